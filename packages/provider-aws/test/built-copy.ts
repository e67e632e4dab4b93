import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { build } from "tsup";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const runTimeoutMs = 30_000;

/**
 * The package with core, as a deployment has them, in a folder of its own and without the SDK: what Node itself says of a
 * missing package, what is imported when, and what several processes do at once shows only outside this workspace.
 */
export class BuiltCopy {
  readonly folder = mkdtempSync(join(tmpdir(), "qarion-provider-aws-"));

  async build(): Promise<void> {
    this.write("entry.ts", 'export * from "@qarion/secrets-core"; export * from "@qarion/provider-aws";');
    await build({
      entry: { secrets: join(this.folder, "entry.ts") },
      outDir: this.folder,
      format: ["esm", "cjs"],
      outExtension: ({ format }) => ({ js: format === "esm" ? ".mjs" : ".cjs" }),
      target: "node20",
      platform: "node",
      external: [/^@aws-sdk\//],
      noExternal: [/^@qarion\//],
      esbuildOptions: (options) => {
        options.alias = {
          "@qarion/secrets-core": source("../../secrets-core/src/index.ts"),
          "@qarion/secrets-core/provider": source("../../secrets-core/src/provider-kit/index.ts"),
          "@qarion/provider-aws": source("../src/index.ts"),
        };
      },
      config: false,
      dts: false,
      clean: false,
      silent: true,
    });
  }

  /** Puts this workspace's SDK there. */
  linkSdk(): void {
    mkdirSync(join(this.folder, "node_modules"), { recursive: true });
    symlinkSync(realpathSync(source("../node_modules/@aws-sdk")), join(this.folder, "node_modules/@aws-sdk"));
  }

  /** Puts a package there whose main file is this text. */
  install(name: string, main: string): void {
    this.write(`node_modules/${name}/index.mjs`, main);
    this.write(`node_modules/${name}/package.json`, JSON.stringify({ name, type: "module", exports: "./index.mjs" }));
  }

  /** Runs a program that has all of both packages at hand; resolves with what it prints as JSON. */
  async run(
    program: string,
    {
      env = {},
      format = "esm",
      file = "program",
    }: { env?: Record<string, string>; format?: "esm" | "cjs"; file?: string } = {},
  ): Promise<unknown> {
    const load = format === "esm" ? 'await import("./secrets.mjs")' : 'require("./secrets.cjs")';
    const name = `${file}.${format === "esm" ? "mjs" : "cjs"}`;
    this.write(
      name,
      `(async () => {
        const { createSecrets, SecretsError, awsSecretsManager, awsSecretChanges, awsPlugin } = ${load};
        const print = (value) => process.stdout.write(JSON.stringify(value));
        ${program}
      })();`,
    );
    const child = spawn(process.execPath, [name], { cwd: this.folder, env, timeout: runTimeoutMs });
    const [printed, complained] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    if (printed === "") throw new Error(`the program printed nothing: ${complained}`);
    return JSON.parse(printed);
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
