import { formatDuration } from "./duration.mjs";
import { CommandError, InterruptedError } from "./run-command.mjs";
import { formatTable } from "./text-table.mjs";

const HEARTBEAT_MS = 30_000;

/**
 * The steps of a script: each is announced, timed and listed in the table at the end.
 * @typedef {object} Steps
 * @property {<T>(title: string, action: () => Promise<T> | T) => Promise<T>} run rethrows what the action throws, and
 * shows what a failed command printed
 * @property {() => string} table
 */

/**
 * @param {(text: string) => void} [write]
 * @returns {Steps}
 */
export function createSteps(write = (text) => void process.stdout.write(text)) {
  /** @type {{ title: string, outcome: string, durationMs: number }[]} */
  const done = [];
  return {
    async run(title, action) {
      write(`\n▸ ${title}\n`);
      const startedAt = Date.now();
      const heartbeat = setInterval(
        () => write(`  still at it: ${title} (${formatDuration(Date.now() - startedAt)})\n`),
        HEARTBEAT_MS,
      );
      /** @param {string} outcome */
      const finish = (outcome) => {
        const durationMs = Date.now() - startedAt;
        done.push({ title, outcome, durationMs });
        write(`  ${outcome}, ${formatDuration(durationMs)}\n`);
      };
      try {
        const result = await action();
        finish("done");
        return result;
      } catch (error) {
        if (error instanceof CommandError) write(indent(error.output));
        if (error instanceof Error) write(`  ${error.message}\n`);
        finish(error instanceof InterruptedError ? "stopped" : "failed");
        throw new StepError(title, error);
      } finally {
        clearInterval(heartbeat);
      }
    },
    table: () =>
      formatTable(
        done.map(({ title, outcome, durationMs }) => [outcome, formatDuration(durationMs).padStart(12), title]),
      ),
  };
}

/** A step that did not succeed; why has been printed already, and is the cause. */
export class StepError extends Error {
  /**
   * @param {string} title
   * @param {unknown} cause
   */
  constructor(title, cause) {
    super(title, { cause });
    this.name = "StepError";
  }
}

/** @param {string} text */
function indent(text) {
  return text === "" ? "" : `${text.trimEnd().replace(/^/gm, "  │ ")}\n`;
}
