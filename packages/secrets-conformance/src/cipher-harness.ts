import type { Cipher } from "@qarion/secrets-core/keys";
import type { CipherClause } from "./cipher-clauses.js";

/**
 * Which keys a cipher holds, of two that the harness keeps: `"current"` the first alone, `"other"` the second alone,
 * `"previous"` both after a rotation, the second one current and the first one previous.
 */
export type CipherKeys = "current" | "previous" | "other";

/** What a cipher's author gives to `cipherConformance`. */
export interface CipherHarness {
  /** Stands before the clause in the name of each case. */
  readonly name: string;
  /** A new cipher; always over the same two keys. */
  create(keys: CipherKeys): Cipher | Promise<Cipher>;
  /** The ciphers' `bindsContext`: clauses for the other sort are skipped from the start. Without it a case finds out. */
  readonly bindsContext?: boolean;
  /** The two keys, as text or bytes, to be looked for in what is shown; without them that clause is skipped. */
  readonly keys?: readonly (string | Uint8Array)[];
  /** Clauses that this format cannot meet, each with the reason. */
  readonly skip?: Readonly<Partial<Record<CipherClause, string>>>;
}
