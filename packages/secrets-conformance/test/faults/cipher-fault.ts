import { randomBytes } from "node:crypto";
import type { Cipher } from "@qarion/secrets-core/keys";
import type { CipherClause, CipherHarness } from "../../src/index.js";

type Make = (materials: readonly Uint8Array[]) => Cipher;

/** One planted defect, and the clauses that are to find it: these and no others. */
export interface CipherFault {
  readonly fault: string;
  readonly caughtBy: readonly CipherClause[];
  /** Clauses that it breaks in some runs: what a wrong key makes of a text is a matter of chance. */
  readonly byChance?: readonly CipherClause[];
  readonly make: Make;
}

export function cipherHarness(make: Make): CipherHarness {
  const [first, second] = [randomBytes(32), randomBytes(32)];
  const rings = { current: [first], previous: [second, first], other: [second] };
  return { name: "ref1", keys: [first, second], create: (keys) => make(rings[keys]) };
}
