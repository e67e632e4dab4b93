// What a hundred secrets of AWS cost: cold, in an hour of steady reads, and to import.
import { startAwsServer } from "@qarion-testing/fakes/built/aws";
import { coldStart } from "./cold-start.mjs";
import { importCost } from "./import-cost.mjs";
import { steadyHour } from "./steady-hour.mjs";

const roundTripMs = 20;

export async function run() {
  const aws = await startAwsServer();
  const names = Array.from({ length: 100 }, (_, index) => `app/secret-${index}`);
  for (const name of names) aws.seed(name, `value of ${name}`);
  try {
    await coldStart({ aws, names, roundTripMs, rounds: 9 });
    await steadyHour({ aws, names });
    await importCost({ rounds: 11 });
  } finally {
    await aws.close();
  }
}
