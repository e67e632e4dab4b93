import { relative, sep } from "node:path";
import { workspaceRoot } from "./workspace.mjs";

/**
 * What a test run came to, as `vitest-record-reporter.mjs` writes it and `scripts/test.mjs` tells it.
 * @typedef {object} TestRecord
 * @property {string[]} files paths from the workspace's folder
 * @property {number} passed
 * @property {number} failed tests that failed, files that could not be loaded and errors outside any test
 * @property {string[]} skipped why, one entry a skipped test
 */

const MOST_REASONS = 20;

/**
 * @param {TestRecord} record
 * @returns {string} exactly `Tests: 123 passed, 0 failed, 4 skipped`
 */
export function testsLine({ passed, failed, skipped }) {
  return `Tests: ${passed} passed, ${failed} failed, ${skipped.length} skipped`;
}

/**
 * One line a reason with the number of tests it kept from running, the most frequent first.
 * @param {readonly string[]} skipped
 * @returns {string[]}
 */
export function skipReasons(skipped) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const reason of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const lines = [...counts].sort(([, a], [, b]) => b - a).map(([reason, count]) => `${count} × ${reason}`);
  if (lines.length <= MOST_REASONS) return lines;
  return [...lines.slice(0, MOST_REASONS), `and ${lines.length - MOST_REASONS} further reasons`];
}

/**
 * The workspaces that test files belong to: `packages/secrets-core`, `scripts`.
 * @param {readonly string[]} files
 * @returns {string[]}
 */
export function testedWorkspaces(files) {
  return [...new Set(files.map((file) => file.replace(/\/test\/.*$/, "")))].sort();
}

/** @param {string} file an absolute path */
export function workspacePath(file) {
  return relative(workspaceRoot, file).split(sep).join("/");
}
