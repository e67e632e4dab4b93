import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../lib/run-command.mjs";
import { workspaceRoot } from "../lib/workspace.mjs";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qarion-reporter-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Runs vitest itself over the given test files and returns the record that the reporter wrote. */
async function recordOf(files: Record<string, string>): Promise<unknown> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const record = join(folder, "record.json");
  const vitest = join(workspaceRoot, "node_modules", "vitest", "vitest.mjs");
  const reporter = join(workspaceRoot, "scripts", "lib", "vitest-record-reporter.mjs");
  const args = [vitest, "run", "--root", folder, "--globals", "--no-file-parallelism", `--reporter=${reporter}`];
  const run = runCommand(process.execPath, args, { cwd: folder, env: { QARION_TEST_RECORD: record } });
  // The exit code is vitest's own affair; what counts here is what was recorded.
  await run.catch((error: unknown) => expect(error).toHaveProperty("name", "CommandError"));
  return JSON.parse(readFileSync(record, "utf8"));
}

describe("the record of a test run", () => {
  it("counts what passed, failed and was skipped, and says why it was skipped", async () => {
    const record = await recordOf({
      "a.test.mjs": `
        it("passes", () => {});
        it("fails", () => { throw new Error("no"); });
        it("skips itself", (context) => context.skip("no Python here"));
        it.skip("is skipped", () => {});
        it.todo("is not written yet");
        describe.skip("vectors (not there)", () => { describe("inner", () => { it("one", () => {}); it("two", () => {}); }); });
      `,
    });
    expect(record).toEqual({
      files: [expect.stringMatching(/a\.test\.mjs$/)],
      passed: 1,
      failed: 1,
      skipped: ["no Python here", "is skipped", "is not written yet", "vectors (not there)", "vectors (not there)"],
    });
  });

  it("counts as failed a file that cannot be loaded, a suite's hook that throws, and an error outside any test", async () => {
    const record = await recordOf({
      "load.test.mjs": 'import "./not-there.mjs"; it("never runs", () => {});',
      "hook.test.mjs":
        'describe("s", () => { afterAll(() => { throw new Error("hook"); }); it("passes", () => {}); });',
      "stray.test.mjs": `
        it("passes", async () => {
          Promise.reject(new Error("nobody waits"));
          await new Promise((resolve) => setTimeout(resolve, 50));
        });
      `,
    });
    expect(record).toMatchObject({ passed: 2, failed: 3, skipped: [] });
  });
});
