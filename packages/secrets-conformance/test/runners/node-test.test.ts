import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsup";
import { afterAll, beforeAll, expect, it } from "vitest";
import { providerConformance } from "../../src/index.js";
import { harness } from "./harness.js";

const packages = fileURLToPath(new URL("../../../", import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "conformance-node-test-"));
  await build({
    config: false,
    silent: true,
    removeNodeProtocol: false,
    entry: { run: fileURLToPath(new URL("node-test.ts", import.meta.url)) },
    format: "esm",
    target: "node20",
    outDir: folder,
    outExtension: () => ({ js: ".mjs" }),
    noExternal: [/^@qarion/],
    esbuildOptions(options) {
      options.alias = {
        "@qarion/secrets-core/keys": join(packages, "secrets-core/src/keys/index.ts"),
        "@qarion/secrets-core": join(packages, "secrets-core/src/index.ts"),
      };
    },
  });
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

it("the cases run and pass under node:test", async () => {
  const { output, exitCode } = await run(["--test", "--test-reporter=tap", join(folder, "run.mjs")]);
  const cases = providerConformance(harness);
  expect(output).toMatch(/^# fail 0$/m);
  for (const { name } of cases) expect(output).toContain(`- ${name}`);
  expect(exitCode).toBe(0);
}, 60_000);

function run(args: readonly string[]): Promise<{ output: string; exitCode: number | null }> {
  // Within another runner's process node:test would report to that one in place of stdout.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.on("error", reject).on("close", (exitCode) => resolve({ output, exitCode }));
  });
}
