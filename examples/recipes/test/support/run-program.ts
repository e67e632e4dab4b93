import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsup";

const packages = fileURLToPath(new URL("../../../../packages/", import.meta.url));

interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

export interface Program {
  run(env: Readonly<Record<string, string>>): Promise<Run>;
  remove(): void;
}

/** Makes a program of test/programs ready to run in a process of its own, with the packages as their sources are now. */
export async function buildProgram(name: string): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), "recipes-programs-"));
  await build({
    config: false,
    silent: true,
    entry: { [name]: fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url)) },
    format: "cjs",
    target: "node20",
    outDir: folder,
    outExtension: () => ({ js: ".cjs" }),
    clean: false,
    noExternal: [/./],
    esbuildOptions(options) {
      options.alias = {
        "@qarion/secrets-core": join(packages, "secrets-core/src/index.ts"),
        "@qarion/secrets-core/redact": join(packages, "secrets-core/src/redact/index.ts"),
      };
    },
  });
  return {
    run: (env) => run([join(folder, `${name}.cjs`)], env),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...env }, timeout: 15_000 });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject).on("close", (exitCode) => resolve({ stdout, stderr, exitCode }));
  });
}
