/** @import { ChildProcess } from "node:child_process" */

const SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
const GRACE_MS = 5_000;
const POLL_MS = 50;
const PARENT_CHECK_MS = 500;

/** Whether a child started with `detached` leads a process group of its own; Windows has none. */
export const hasProcessGroups = process.platform !== "win32";

/**
 * Ends the process group of `child` when this process is told to stop: by SIGINT, SIGTERM or SIGHUP, or because the
 * `npm run` that started it has gone, whose shell passes no signal on. What is still there 5 s later, or at a second
 * signal, is killed.
 * @param {ChildProcess} child started with `detached: hasProcessGroups`
 * @returns {{ end(): Promise<NodeJS.Signals | undefined> }} to be called once the child has ended: waits for the rest of
 * a group that was told to stop, and says by which signal
 */
export function stopWithThisProcess(child) {
  /** @type {NodeJS.Signals | undefined} */
  let stoppedBy;
  /** @type {Promise<void> | undefined} */
  let stopping;
  /** @param {NodeJS.Signals} signal */
  const stop = (signal) => {
    if (stoppedBy !== undefined) {
      signalGroup(child, "SIGKILL");
      return;
    }
    stoppedBy = signal;
    stopping = stopGroup(child, signal);
  };

  for (const signal of SIGNALS) process.on(signal, stop);
  const parent = process.ppid;
  const parentCheck = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(parentCheck);
    stop("SIGHUP");
  }, PARENT_CHECK_MS);
  // Started by hand, a script may well outlive the shell it was started from.
  if (process.env.npm_lifecycle_event === undefined) clearInterval(parentCheck);

  return {
    async end() {
      await stopping;
      clearInterval(parentCheck);
      for (const signal of SIGNALS) process.off(signal, stop);
      return stoppedBy;
    },
  };
}

/**
 * @param {ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
async function stopGroup(child, signal) {
  const deadline = Date.now() + GRACE_MS;
  signalGroup(child, signal);
  while (signalGroup(child, 0)) {
    if (Date.now() > deadline) {
      signalGroup(child, "SIGKILL");
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/**
 * Whether there was a process left to take the signal; 0 only asks.
 * @param {ChildProcess} child
 * @param {NodeJS.Signals | 0} signal
 */
function signalGroup(child, signal) {
  if (child.pid === undefined) return false;
  if (!hasProcessGroups) return child.kill(signal);
  try {
    return process.kill(-child.pid, signal);
  } catch (error) {
    // EPERM is what macOS says of a group in which all have ended.
    if (error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "EPERM")) return false;
    throw error;
  }
}
