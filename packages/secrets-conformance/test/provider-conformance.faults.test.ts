import { describe, expect, it } from "vitest";
import { type ConformanceCase, providerConformance } from "../src/index.js";
import { batchFaults } from "./faults/batch-faults.js";
import { errorFaults } from "./faults/error-faults.js";
import { lifeFaults } from "./faults/life-faults.js";
import { acmeHarness, type ProviderFault } from "./faults/provider-fault.js";
import { SoundProvider } from "./faults/sound-provider.js";
import { valueFaults } from "./faults/value-faults.js";
import { versionFaults } from "./faults/version-faults.js";

const faults: readonly ProviderFault[] = [
  ...valueFaults,
  ...errorFaults,
  ...batchFaults,
  ...versionFaults,
  ...lifeFaults,
];

/** The clauses that do not hold. */
async function broken(cases: readonly ConformanceCase[]): Promise<string[]> {
  const clauses: string[] = [];
  for (const each of cases) await each.run().catch(() => clauses.push(each.clause));
  return clauses;
}

describe("a provider without a fault", () => {
  const cases = providerConformance(acmeHarness((store) => new SoundProvider(store)));

  it.each(cases)("$name", async (each) => {
    await each.run();
    expect(each.skipped).toBeUndefined(); // so every clause is shown to be one that can be met
  });
});

describe("a planted fault is found by the clauses that are about it, and by no others:", () => {
  it.each(faults)("$fault", async ({ make, caughtBy }) => {
    const found = await broken(providerConformance(acmeHarness(make)));
    expect(found.sort()).toEqual([...new Set(caughtBy)].sort());
    expect(caughtBy).not.toEqual([]);
  });
});
