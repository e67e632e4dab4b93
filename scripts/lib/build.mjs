import { runCommand } from "./run-command.mjs";

/**
 * Builds packages and what they depend on; what has not changed since the last build is taken from turbo's cache.
 * @param {import("./steps.mjs").Steps} steps
 * @param {string} title
 * @param {string[]} filters of turbo; none means every package
 */
export async function build(steps, title, filters = []) {
  await steps.run(title, () =>
    runCommand("turbo", [
      "run",
      "build",
      "--ui=stream",
      "--output-logs=errors-only",
      ...filters.map((f) => `--filter=${f}`),
    ]),
  );
}
