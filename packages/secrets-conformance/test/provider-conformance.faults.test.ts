import { beforeAll, describe, expect, it, vi } from "vitest";
import { providerConformance } from "../src/index.js";
import { batchFaults } from "./faults/batch-faults.js";
import { brokenClauses } from "./faults/broken-clauses.js";
import { errorFaults } from "./faults/error-faults.js";
import { lifeFaults } from "./faults/life-faults.js";
import { acmeHarness, type ProviderFault } from "./faults/provider-fault.js";
import { SoundProvider } from "./faults/sound-provider.js";
import { valueFaults } from "./faults/value-faults.js";
import { versionFaults } from "./faults/version-faults.js";

// Faulty ones that print do so here too.
beforeAll(() => {
  for (const method of ["log", "debug"] as const)
    vi.spyOn(globalThis.console, method).mockImplementation(() => undefined);
  const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  return () => stderr.mockRestore();
});

const faults: readonly ProviderFault[] = [
  ...valueFaults,
  ...errorFaults,
  ...batchFaults,
  ...versionFaults,
  ...lifeFaults,
];

describe("a provider without a fault meets every clause, so each can be met:", () => {
  it.each(providerConformance(acmeHarness((store) => new SoundProvider(store))))("$clause", async (each) => {
    await each.run();
    expect(each.skipped).toBeUndefined();
  });
});

describe("a planted fault is found by the clauses that are about it, and by no others:", () => {
  it.concurrent.each(faults)(
    "$fault",
    async ({ make, caughtBy }) => {
      const broken = await brokenClauses(providerConformance(acmeHarness(make)));
      expect(caughtBy).not.toEqual([]);
      expect(broken.sort()).toEqual([...caughtBy].sort());
    },
    60_000,
  );
});

it("every clause is broken by some fault", () => {
  const covered = new Set(faults.flatMap(({ caughtBy }) => caughtBy));
  const clauses = providerConformance(acmeHarness((store) => new SoundProvider(store))).map(({ clause }) => clause);
  expect(clauses.filter((clause) => !covered.has(clause as never))).toEqual([]);
});
