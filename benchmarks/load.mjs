// `pnpm test:load`: the long version of packages/secrets-core/test/load.test.ts, with tables of what was counted.
//   --seed <number>     repeats a run; drawn at random, and printed, where it is left out
//   --hours <number>    simulated hours for each variant, 4 by default
//   --seconds <number>  begins no further hour once it has run for so long, 300 by default
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: { seed: { type: "string" }, hours: { type: "string" }, seconds: { type: "string" } },
});

/** @type {NodeJS.ProcessEnv} */
const env = { ...process.env, QARION_LOAD: "long" };
if (values.seed !== undefined) env.QARION_LOAD_SEED = values.seed;
if (values.hours !== undefined) env.QARION_LOAD_HOURS = values.hours;
if (values.seconds !== undefined) env.QARION_LOAD_SECONDS = values.seconds;
const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const { status } = spawnSync(process.execPath, [vitest, "run", "packages/secrets-core/test/load.test.ts"], {
  cwd: root,
  env,
  stdio: "inherit",
});
process.exitCode = status ?? 1;
