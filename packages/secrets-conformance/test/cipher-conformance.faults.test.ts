import { beforeAll, describe, expect, it, vi } from "vitest";
import { cipherConformance } from "../src/index.js";
import { brokenClauses } from "./faults/broken-clauses.js";
import { cipherHarness } from "./faults/cipher-fault.js";
import { cipherFaults } from "./faults/cipher-faults.js";
import { SoundCipher } from "./faults/sound-cipher.js";

// Faulty ones that print do so here too.
beforeAll(() => {
  for (const method of ["log", "debug"] as const)
    vi.spyOn(globalThis.console, method).mockImplementation(() => undefined);
  const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  return () => stderr.mockRestore();
});

const sound = cipherConformance(cipherHarness((materials) => new SoundCipher(materials)));

describe("a cipher without a fault meets every clause for its sort:", () => {
  it.each(sound)("$clause", async (each) => {
    await each.run();
    const unbound = each.clause === "context: a cipher that binds none refuses to be given one";
    expect(each.skipped).toBe(unbound ? "the cipher binds a context" : undefined);
  });
});

describe("a planted fault is found by the clauses that are about it, and by no others:", () => {
  it.each(cipherFaults)(
    "$fault",
    async ({ make, caughtBy, byChance = [] }) => {
      const broken = await brokenClauses(cipherConformance(cipherHarness(make)));
      expect(caughtBy).not.toEqual([]);
      expect(broken.filter((clause) => !byChance.includes(clause as never)).sort()).toEqual([...caughtBy].sort());
    },
    60_000,
  );
});

it("every clause is broken by some fault", () => {
  const covered = new Set(cipherFaults.flatMap(({ caughtBy }) => caughtBy));
  expect(sound.map(({ clause }) => clause).filter((clause) => !covered.has(clause as never))).toEqual([]);
});
