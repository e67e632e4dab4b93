import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandError, runCommand } from "../lib/run-command.mjs";
import { workspaceRoot } from "../lib/workspace.mjs";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qarion commänd "));
});

afterEach(() => rmSync(folder, { recursive: true }));

const node = (program: string, ...args: string[]) => runCommand(process.execPath, ["-e", program, ...args]);

describe("runCommand", () => {
  it("gives back what the command printed, both streams in their order", async () => {
    const printed = await node('console.log("one"); console.error("two"); console.log("three")');
    expect(printed).toBe("one\ntwo\nthree\n");
  });

  it("passes arguments as they are, without a shell", async () => {
    const argument = "$(echo no) \"; ls ' * ünï";
    expect(await node("console.log(process.argv[1])", argument)).toBe(`${argument}\n`);
  });

  it("rejects on another exit code than 0, with what was printed", async () => {
    const failing = node('console.log("why"); process.exit(3)');
    await expect(failing).rejects.toThrow(/ended with exit code 3$/);
    await expect(failing).rejects.toMatchObject({ name: "CommandError", output: "why\n" });
  });

  it("rejects when the command is ended by a signal", async () => {
    await expect(node('process.kill(process.pid, "SIGKILL")')).rejects.toThrow(/was ended by SIGKILL$/);
  });

  it("rejects when there is no such command", async () => {
    await expect(runCommand("no-such-command-of-anyone", [])).rejects.toThrow(CommandError);
  });

  it("runs in the workspace's folder unless told otherwise", async () => {
    expect(join(await node("process.stdout.write(process.cwd())"), "/")).toBe(workspaceRoot);
    expect(await runCommand(process.execPath, ["-p", "process.cwd()"], { cwd: folder })).toContain("qarion commänd ");
  });

  it("does not wait for a process that the command leaves behind with its output open", async () => {
    const program = `
      const child = require("node:child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 5000)"], { stdio: "inherit" });
      child.unref();
      console.log(child.pid);
    `;
    const pid = Number(await node(program));
    expect(isRunning(pid)).toBe(true);
    process.kill(pid, "SIGKILL");
  });

  describe.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("stopped by %s", (signal, exitCode) => {
    it("ends all that the command has started, and says so by the exit code", async () => {
      const { script, grandchild } = await startScript("setTimeout(() => {}, 60_000)");
      script.kill(signal);
      expect(await once(script, "exit")).toEqual([exitCode, null]);
      expect(isRunning(grandchild)).toBe(false);
    });
  });

  it("kills at a second signal what does not heed the first", async () => {
    const stubborn = 'for (const s of ["SIGINT", "SIGTERM"]) process.on(s, () => {}); setTimeout(() => {}, 60_000)';
    const { script, grandchild } = await startScript(stubborn);
    script.kill("SIGTERM");
    await sleep(300);
    expect(isRunning(grandchild)).toBe(true);
    script.kill("SIGTERM");
    expect(await once(script, "exit")).toEqual([143, null]);
    await expect.poll(() => isRunning(grandchild)).toBe(false);
  });

  it("ends all that the command has started when the npm that ran the script goes away, whose shell passes nothing on", async () => {
    const { script, grandchild } = await startScript("setTimeout(() => {}, 60_000)", { throughShell: true });
    expect(isRunning(grandchild)).toBe(true);
    script.kill("SIGKILL");
    await expect.poll(() => isRunning(grandchild), { timeout: 10_000 }).toBe(false);
  });

  /** A script with a step whose command starts a process that runs `program`. */
  async function startScript(
    program: string,
    { throughShell = false } = {},
  ): Promise<{ script: ChildProcess; grandchild: number }> {
    const pidFile = join(folder, "pid");
    const parent = join(folder, "parent.cjs");
    writeFileSync(
      parent,
      `const { spawn } = require("node:child_process");
       spawn(process.execPath, ["-e", ${JSON.stringify(`require("fs").writeFileSync(process.argv[1], String(process.pid)); ${program}`)}, ${JSON.stringify(pidFile)}]);
       setTimeout(() => {}, 60_000);`,
    );
    const main = join(folder, "main.mjs");
    const library = new URL("../lib/", import.meta.url);
    writeFileSync(
      main,
      `import { runCommand } from ${JSON.stringify(new URL("run-command.mjs", library).href)};
       import { runScript } from ${JSON.stringify(new URL("run-script.mjs", library).href)};
       await runScript((steps) => steps.run("a step", () => runCommand(process.execPath, [${JSON.stringify(parent)}])));`,
    );
    // The trailing command keeps the shell from becoming the script, so that it is a process of its own in between.
    const script = throughShell
      ? spawn("sh", ["-c", '"$0" "$1"; true', process.execPath, main], {
          stdio: "ignore",
          env: { ...process.env, npm_lifecycle_event: "test" },
        })
      : spawn(process.execPath, [main], { stdio: "ignore" });
    await expect
      .poll(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "", { timeout: 10_000 })
      .toBe(true);
    return { script, grandchild: Number(readFileSync(pidFile, "utf8")) };
  }
});

/** A zombie counts as ended: where process 1 collects no orphans, as in many containers, they stay in the table. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = `/proc/${pid}/stat`;
  return !existsSync(status) || !/\) [ZX] /.test(readFileSync(status, "utf8"));
}
