import { readFileSync, renameSync, writeFileSync } from "node:fs";

export type Variables = Readonly<Record<string, string>>;

export function readEnvFile(path: string): Variables {
  return Object.fromEntries(
    readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line.includes("="))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

/** Written beside and renamed, so that a reader sees the old file or the new one and nothing between. */
export function writeEnvFile(path: string, variables: Variables): void {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(`${path}.new`, lines.join(""), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
