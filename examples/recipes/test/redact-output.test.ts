import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildProgram, type Program } from "./support/run-program.js";

const value = "planted-väluë-0123456789";

describe("redacted output, in a process of its own", () => {
  let program: Program;
  const run = (what: string) => program.run({ PLANTED: value, CASE: what });
  beforeAll(async () => {
    program = await buildProgram("write-and-exit");
  }, 60_000);
  afterAll(() => program.remove());

  it("takes a secret out of what the console writes", async () => {
    const { stdout, stderr } = await run("console");
    expect(stdout).toContain("to stdout [redacted API_KEY]\n");
    expect(stderr).toBe("to stderr [redacted API_KEY]\n");
    expect(stdout).not.toContain(value);
  });

  it("finds a secret that comes in two writes, one as text and one as bytes", async () => {
    const line = "first [redacted API_KEY] last\n";
    expect(await run("split")).toEqual({ stdout: line, stderr: line, exitCode: 0 });
  });

  it("writes what it held back when the process exits", async () => {
    expect(await run("tail")).toEqual({ stdout: `ends with ${value.slice(0, 12)}`, stderr: "", exitCode: 0 });
  });

  it("writes at once what cannot be the beginning of a secret", async () => {
    const { stdout, stderr } = await run("prompt");
    expect([stdout, stderr]).toEqual(["prompt> ", "shown before the process ends\n"]);
  });

  it("calls back whoever waits for a write", async () => {
    expect((await run("callback")).stdout).toBe("[redacted API_KEY]\ncalled back\n");
  });

  it("loses nothing of much output", async () => {
    const { stdout } = await run("large");
    expect(stdout).toBe(`${"x".repeat(10_000)}[redacted API_KEY]\n`.repeat(200));
  });

  it("keeps nothing back of chunks larger than a stream's buffer", async () => {
    const { stdout, stderr } = await run("chunks");
    expect(stdout).toBe(`${"x".repeat(100_000)}[redacted API_KEY]\n`.repeat(5));
    expect(stderr).toBe(String(stdout.length));
  });

  it.each(["throw", "reject"])("takes a secret out of the error that ends the process: %s", async (what) => {
    const { stderr, exitCode } = await run(what);
    expect(stderr).toMatch(/Error: (thrown|rejected) with \[redacted API_KEY\]\n +at /);
    expect(stderr).not.toContain(value);
    expect(exitCode).toBe(1);
  });
});
