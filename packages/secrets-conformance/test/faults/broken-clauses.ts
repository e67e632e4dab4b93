import type { ConformanceCase } from "../../src/index.js";

/** Runs the cases and returns the clauses that do not hold. */
export async function brokenClauses(cases: readonly ConformanceCase[]): Promise<string[]> {
  const broken: string[] = [];
  for (const each of cases) await each.run().catch(() => broken.push(each.clause));
  return broken;
}
