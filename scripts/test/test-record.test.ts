import { describe, expect, it } from "vitest";
import { skipReasons, testedWorkspaces, testsLine } from "../lib/test-record.mjs";

describe("testsLine", () => {
  it("is exactly the line that others read", () => {
    const record = { files: [], passed: 123, failed: 0, skipped: ["a", "a", "b", "c"] };
    expect(testsLine(record)).toBe("Tests: 123 passed, 0 failed, 4 skipped");
  });
});

describe("skipReasons", () => {
  it("counts each reason once, the most frequent first", () => {
    expect(skipReasons(["no Python", "no vectors", "no Python"])).toEqual(["2 × no Python", "1 × no vectors"]);
  });

  it("stops after 20 reasons and says how many there are besides", () => {
    const lines = skipReasons(Array.from({ length: 23 }, (_, index) => `reason ${index}`));
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe("and 3 further reasons");
  });
});

describe("testedWorkspaces", () => {
  it("names each folder that has tests once", () => {
    const files = ["scripts/test/a.test.ts", "packages/columns/test/b/c.test.ts", "packages/columns/test/d.test.ts"];
    expect(testedWorkspaces(files)).toEqual(["packages/columns", "scripts"]);
  });
});
