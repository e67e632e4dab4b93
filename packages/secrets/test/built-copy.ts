import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsup";

const entry = fileURLToPath(new URL("../src/index.ts", import.meta.url));
const core = fileURLToPath(new URL("../../secrets-core/src/index.ts", import.meta.url));

/**
 * The package as a deployment has it, in a folder of its own without any provider installed: what Node itself says of a
 * missing package, and what is imported when, shows only outside this workspace.
 */
export class BuiltCopy {
  readonly folder = mkdtempSync(join(tmpdir(), "qarion-secrets-"));

  async build(): Promise<void> {
    await build({
      entry: { secrets: entry },
      outDir: this.folder,
      format: ["esm", "cjs"],
      outExtension: ({ format }) => ({ js: format === "esm" ? ".mjs" : ".cjs" }),
      target: "node20",
      platform: "node",
      external: [/^@qarion\/provider-/],
      noExternal: ["@qarion/secrets-core"],
      esbuildOptions: (options) => {
        options.alias = { "@qarion/secrets-core": core };
      },
      config: false,
      dts: false,
      clean: false,
      silent: true,
    });
  }

  /** Puts a package there whose main file is this text. */
  install(name: string, main: string): void {
    this.write(`node_modules/${name}/index.mjs`, main);
    this.write(`node_modules/${name}/package.json`, JSON.stringify({ name, type: "module", exports: "./index.mjs" }));
  }

  uninstall(name: string): void {
    rmSync(join(this.folder, "node_modules", name), { recursive: true });
  }

  /** Runs it with `secretsFromEnv` at hand; returns what the program prints as JSON. */
  run(
    program: string,
    { env = {}, format = "esm" }: { env?: Record<string, string>; format?: "esm" | "cjs" } = {},
  ): unknown {
    const load =
      format === "esm"
        ? 'const { secretsFromEnv, SecretsError } = await import("./secrets.mjs");'
        : 'const { secretsFromEnv, SecretsError } = require("./secrets.cjs");';
    const file = `program.${format === "esm" ? "mjs" : "cjs"}`;
    this.write(
      file,
      `(async () => { ${load}
        const print = (value) => process.stdout.write(JSON.stringify(value));
        const tell = (error) => ({ code: error.code, message: error.message, isOurs: SecretsError.is(error) });
        ${program} })();`,
    );
    const { stdout, stderr } = spawnSync(process.execPath, [file], { cwd: this.folder, env, encoding: "utf8" });
    if (stdout === "") throw new Error(`the program printed nothing: ${stderr}`);
    return JSON.parse(stdout);
  }

  write(path: string, content: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
