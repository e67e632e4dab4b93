import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const workspaceRoot = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * The path of published test vectors kept beside the workspace, in `../shared/vectors`, such as
 * `sharedVectors("fernet/verify.json")`; `undefined` when they are not there. They are read in place and never copied:
 * a test that needs them is skipped without them, under a name that says so.
 * @param name a path below the vectors' folder, with `/` between its parts
 * @param root the workspace's folder; the one that this file is in unless given
 * @throws Error for a name that leads out of the vectors' folder
 */
export function sharedVectors(name: string, root: string = workspaceRoot): string | undefined {
  const parts = name.split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) {
    throw new Error(`not a path below the vectors' folder: ${JSON.stringify(name)}`);
  }
  const path = join(root, "..", "shared", "vectors", ...parts);
  return existsSync(path) ? path : undefined;
}
