import { writeFileSync } from "node:fs";
import { workspacePath } from "./test-record.mjs";

/** @import { Reporter, TestCase, TestModule } from "vitest/node" */

/**
 * Writes the `TestRecord` of a run to the file that QARION_TEST_RECORD names. Vitest's own JSON report would do but for
 * two things it leaves out: the reason given to `context.skip(reason)`, and errors outside any test.
 * @implements {Reporter}
 */
export default class RecordReporter {
  /**
   * @param {readonly TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const file = process.env.QARION_TEST_RECORD;
    if (file === undefined) throw new Error("QARION_TEST_RECORD must name the file to write the record of the run to");
    /** @type {import("./test-record.mjs").TestRecord} */
    const record = { files: [], passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) {
      record.files.push(workspacePath(module.moduleId));
      record.failed += module.errors().length;
      for (const suite of module.children.allSuites()) record.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") record.passed += 1;
        else if (state === "skipped") record.skipped.push(skipReason(test));
        // A test that a stopped run left pending has not passed.
        else record.failed += 1;
      }
    }
    writeFileSync(file, JSON.stringify(record));
  }
}

/**
 * What the test said when it skipped itself, else the name of the outermost suite that is skipped as a whole, else the
 * test's own name.
 * @param {TestCase} test
 */
function skipReason(test) {
  const result = test.result();
  if (result.state === "skipped" && result.note !== undefined) return result.note;
  let reason = test.fullName;
  for (let parent = test.parent; parent.type === "suite"; parent = parent.parent) {
    if (parent.options.mode === "skip" || parent.options.mode === "todo") reason = parent.fullName;
  }
  return reason;
}
