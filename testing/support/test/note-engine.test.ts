import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { noteEngine } from "../src/index.js";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qarion-facts-"));
  file = join(folder, "facts");
  vi.stubEnv("QARION_TEST_FACTS", file);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe("noteEngine", () => {
  it("appends one line a call to the file that QARION_TEST_FACTS names", () => {
    noteEngine("PostgreSQL 15.19 at 127.0.0.1:5432");
    noteEngine(" MariaDB 10.11 ");
    expect(readFileSync(file, "utf8")).toBe("PostgreSQL 15.19 at 127.0.0.1:5432\nMariaDB 10.11\n");
  });

  it.each([undefined, ""])("records nothing when QARION_TEST_FACTS is %j", (value) => {
    vi.stubEnv("QARION_TEST_FACTS", value);
    noteEngine("PostgreSQL 15.19");
    expect(existsSync(file)).toBe(false);
  });

  it.each(["", "  ", "two\nlines"])("refuses what is not one line: %j", (description) => {
    expect(() => noteEngine(description)).toThrow("one line");
    expect(existsSync(file)).toBe(false);
  });

  it("refuses a URL with a user in it, and does not repeat it", () => {
    const url = `postgres://someone:${"x".repeat(8)}@localhost/db`;
    expect(() => noteEngine(`PostgreSQL at ${url}`)).toThrow(/^(?!.*x{8}).*leave out the user/s);
    expect(existsSync(file)).toBe(false);
  });
});
