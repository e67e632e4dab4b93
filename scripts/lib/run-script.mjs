import { InterruptedError } from "./run-command.mjs";
import { createSteps, StepError } from "./steps.mjs";

/**
 * Runs a script made of steps and sets the exit code: 0, 1, or 128 plus the signal that stopped it. A failure ends with
 * the table of what was done and the name of the step that failed.
 * @param {(steps: import("./steps.mjs").Steps) => Promise<void>} body
 */
export async function runScript(body) {
  const steps = createSteps();
  try {
    await body(steps);
  } catch (error) {
    const cause = error instanceof StepError ? error.cause : error;
    process.exitCode = cause instanceof InterruptedError ? cause.exitCode : 1;
    process.stdout.write(`\nSummary\n${steps.table()}`);
    if (error instanceof StepError) {
      process.stdout.write(`\n✗ ${cause instanceof InterruptedError ? "stopped" : "failed"} at: ${error.message}\n`);
    } else {
      process.stdout.write(`\n✗ ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
}
