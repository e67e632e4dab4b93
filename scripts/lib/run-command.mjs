import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { childEnvironment } from "./child-environment.mjs";
import { hasProcessGroups, stopWithThisProcess } from "./process-group.mjs";
import { workspaceRoot } from "./workspace.mjs";

/** A command that ended with another exit code than 0, or could not be started. `output` is what it printed. */
export class CommandError extends Error {
  /**
   * @param {string} message
   * @param {string} output
   */
  constructor(message, output) {
    super(message);
    this.name = "CommandError";
    this.output = output;
  }
}

/** Somebody stopped the run by a signal; every process it had started is gone. */
export class InterruptedError extends Error {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`stopped by ${signal}`);
    this.name = "InterruptedError";
    this.signal = signal;
    /** What a shell reports for a process that a signal ended. */
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * Runs a command and resolves when it has ended well: to what it printed when `output` is `"capture"`, to the empty
 * string when it is `"show"`.
 *
 * The command leads a process group of its own, so that a signal that stops this process stops all that it has started.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {object} [options]
 * @param {"capture" | "show"} [options.output] captured output is shown only when the command fails
 * @param {boolean} [options.interactive] gives the command this process's standard input
 * @param {string} [options.cwd] the workspace's folder unless given
 * @param {NodeJS.ProcessEnv} [options.env] added to `childEnvironment()`
 * @returns {Promise<string>}
 * @throws {CommandError} on any other exit code than 0
 * @throws {InterruptedError} when a signal stopped it
 */
export async function runCommand(command, args, options = {}) {
  const { output = "capture", interactive = false, cwd = workspaceRoot, env = {} } = options;
  // Captured into a file: both streams keep their order, and a process left behind cannot hold a pipe open.
  const folder = mkdtempSync(join(tmpdir(), "qarion-run-"));
  const capture = join(folder, "output");
  const descriptor = openSync(capture, "w");
  const sink = output === "capture" ? descriptor : "inherit";
  try {
    const child = spawn(command, args, {
      cwd,
      env: { ...childEnvironment(), ...env },
      stdio: [interactive ? "inherit" : "ignore", sink, sink],
      detached: hasProcessGroups,
    });
    const group = stopWithThisProcess(child);
    /** @type {string | undefined} */
    const failure = await new Promise((resolve) => {
      child.once("error", (error) => resolve(`could not be started: ${error.message}`));
      child.once("exit", (code, signal) => {
        resolve(code === 0 ? undefined : signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
      });
    });
    const stoppedBy = await group.end();
    if (stoppedBy !== undefined) throw new InterruptedError(stoppedBy);
    const printed = readFileSync(capture, "utf8");
    if (failure !== undefined) throw new CommandError(`${[command, ...args].join(" ")} ${failure}`, printed);
    return printed;
  } finally {
    closeSync(descriptor);
    rmSync(folder, { recursive: true, force: true });
  }
}
