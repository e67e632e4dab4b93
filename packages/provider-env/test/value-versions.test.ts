import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stage } from "@qarion/secrets-core";
import { describe, expect, it } from "vitest";
import { envProvider } from "../src/index.js";
import { ask } from "./ask.js";
import { tempFolder } from "./temp-folder.js";

function versionsOf(env: Record<string, string>, directory?: string) {
  const provider = envProvider({ env, files: [], directory });
  return async (name: string, stage?: Stage) => (await ask(provider, name, stage)).version;
}

describe("version ids", () => {
  it("count the values of each name", async () => {
    const env: Record<string, string> = { A: "one", B: "one" };
    const version = versionsOf(env);
    expect([await version("A"), await version("A")]).toEqual(["1", "1"]);
    env.A = "two";
    expect([await version("A"), await version("A"), await version("B")]).toEqual(["2", "2", "1"]);
    env.A = "one";
    expect(await version("A")).toBe("3");
  });

  it("differ between the stages of a name, and go along with a value that changes its stage", async () => {
    const env: Record<string, string> = { KEY: "first", KEY_NEXT: "second" };
    const version = versionsOf(env);
    expect([await version("KEY"), await version("KEY", "pending")]).toEqual(["1", "2"]);
    env.KEY_PREVIOUS = "first";
    expect(await version("KEY", "previous")).toBe("1");
    env.KEY = "second";
    expect(await version("KEY")).toBe("2");
  });

  it("see a change of binary values, and an empty value as one", async () => {
    const folder = tempFolder();
    const version = versionsOf({}, folder);
    const seen: (string | undefined)[] = [];
    for (const bytes of [[0xff, 0x00], [0xff, 0x01], [], [0xff, 0x01]]) {
      writeFileSync(join(folder, "KEY"), Uint8Array.from(bytes));
      seen.push(await version("KEY"));
    }
    expect(seen).toEqual(["1", "2", "3", "4"]);
  });
});
