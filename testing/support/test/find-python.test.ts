import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

let folder: string;
let findPython: typeof import("../src/index.js").findPython;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "qarion-python-"));
  vi.resetModules();
  ({ findPython } = await import("../src/index.js"));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A program on the PATH that answers the probe as an interpreter of that version would, or fails as one without the module. */
function installInterpreter(name: string, answer: [string, string, string | null] | "no such module"): void {
  const file = join(folder, name);
  const body = answer === "no such module" ? "exit 1" : `echo '${JSON.stringify(answer)}'`;
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
}

describe("findPython", () => {
  it("takes the first interpreter that can import the module, not the first interpreter", () => {
    installInterpreter("python3", "no such module");
    installInterpreter("python3.12", ["/opt/python3.12", "3.12.1", "48.0.0"]);
    vi.stubEnv("PATH", folder);
    expect(findPython("cryptography")).toEqual({
      executable: "/opt/python3.12",
      version: "3.12.1",
      moduleVersion: "48.0.0",
    });
  });

  it("passes over Python 2", () => {
    installInterpreter("python", ["/opt/python2", "2.7.18", null]);
    vi.stubEnv("PATH", folder);
    expect(findPython("cryptography")).toBeUndefined();
  });

  it("is undefined when there is no Python", () => {
    vi.stubEnv("PATH", folder);
    expect(findPython("cryptography")).toBeUndefined();
  });

  it("keeps its answer for the life of the process", () => {
    vi.stubEnv("PATH", folder);
    findPython("cryptography");
    installInterpreter("python3", ["/opt/python3", "3.11.7", null]);
    expect(findPython("cryptography")).toBeUndefined();
    expect(findPython("joserfc")?.executable).toBe("/opt/python3");
  });

  it.each(["", "os; print(1)", "a..b", "1a", "a-b"])("refuses what is not the name of a module: %j", (module) => {
    expect(() => findPython(module)).toThrow("not the name of a Python module");
  });

  it("answers for the Python of this machine, if any, with an interpreter that does import the module", (context) => {
    const python = findPython("json");
    if (python === undefined) return context.skip("there is no Python on this machine");
    const run = spawnSync(python.executable, ["-c", "import json, platform; print(platform.python_version())"]);
    expect(run.stdout.toString().trim()).toBe(python.version);
    expect(findPython("no_such_module_of_anyone")).toBeUndefined();
  });
});
