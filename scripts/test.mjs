// `npm test`: sets the workspace up, builds every package and runs all tests, on a machine with only Node and npm.
// Arguments after `--` go to vitest: `npm test -- packages/secrets-core`.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./lib/build.mjs";
import { install } from "./lib/install.mjs";
import { runCommand } from "./lib/run-command.mjs";
import { runScript } from "./lib/run-script.mjs";
import { skipReasons, testedWorkspaces, testsLine } from "./lib/test-record.mjs";
import { workspaceRoot } from "./lib/workspace.mjs";

const folder = mkdtempSync(join(tmpdir(), "qarion-test-"));
const recordFile = join(folder, "record.json");
// Tests append the engines they ran against here, by `noteEngine` of testing/support.
const factsFile = process.env.QARION_TEST_FACTS ?? join(folder, "facts");

await runScript(async (steps) => {
  await install(steps);
  await build(steps, "Build every package");
  await steps.run("Run the tests", () =>
    runCommand(
      process.execPath,
      [
        join(workspaceRoot, "node_modules", "vitest", "vitest.mjs"),
        "run",
        "--reporter=default",
        `--reporter=${join(workspaceRoot, "scripts", "lib", "vitest-record-reporter.mjs")}`,
        ...process.argv.slice(2),
      ],
      { output: "show", env: { QARION_TEST_RECORD: recordFile, QARION_TEST_FACTS: factsFile } },
    ),
  );
  process.stdout.write(`\nSummary\n${steps.table()}`);
});

// Absent when the run did not come as far as the tests: then the failed step is the last line.
if (existsSync(recordFile)) {
  /** @type {import("./lib/test-record.mjs").TestRecord} */
  const record = JSON.parse(readFileSync(recordFile, "utf8"));
  const engines = existsSync(factsFile) ? readFileSync(factsFile, "utf8").split("\n").filter(Boolean) : [];
  tell("Tested against", [`Node.js ${process.versions.node}`, ...new Set(engines)]);
  tell("Skipped, and why", skipReasons(record.skipped));
  tell(`${record.files.length} test files`, testedWorkspaces(record.files));
  process.stdout.write("\n");
  process.stdout.write(`${testsLine(record)}\n`);
}
rmSync(folder, { recursive: true, force: true });

/**
 * @param {string} title
 * @param {readonly string[]} lines
 */
function tell(title, lines) {
  if (lines.length > 0) process.stdout.write(`\n${title}\n${lines.map((line) => `  ${line}\n`).join("")}`);
}
