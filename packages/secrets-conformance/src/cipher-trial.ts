import { type Cipher, type CipherContext, CipherError, type CipherErrorCode } from "@qarion/secrets-core/keys";
import { nameAndCode } from "./error-facts.js";
import { BrokenClause, holds } from "./outcome.js";

/** The three ciphers of a harness, and what the clauses ask of them. */
export class CipherTrial {
  /** Holds the first key. */
  readonly current: Cipher;
  /** Holds both keys: the second encrypts, the first is previous. */
  readonly previous: Cipher;
  /** Holds the second key. */
  readonly other: Cipher;
  readonly keys: readonly (string | Uint8Array)[];

  constructor(ciphers: { current: Cipher; previous: Cipher; other: Cipher }, keys: readonly (string | Uint8Array)[]) {
    this.current = ciphers.current;
    this.previous = ciphers.previous;
    this.other = ciphers.other;
    this.keys = keys;
  }
}

/** What it fails with. @throws BrokenClause when it gives an answer */
export function refusal(what: string, run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error ?? new Error("it threw nothing");
  }
  throw new BrokenClause(`${what} was accepted`);
}

/** It is refused by one of these codes. */
export function refusedWith(codes: readonly CipherErrorCode[], what: string, run: () => unknown): void {
  const error = refusal(what, run);
  const right = CipherError.is(error) && codes.includes(error.code);
  holds(right, `${what} was refused with ${nameAndCode(error)}`);
}

/** Every way to open a text refuses it. */
export function refusedByAll(what: string, cipher: Cipher, ciphertext: string, context?: CipherContext): void {
  refusal(`${what}, by decrypt(),`, () => cipher.decrypt(ciphertext, context));
  refusal(`${what}, by decryptBytes(),`, () => cipher.decryptBytes(ciphertext, context));
  refusal(`${what}, by rotate(),`, () => cipher.rotate(ciphertext, context));
}

export function expectBytes(found: unknown, expected: Uint8Array, what: string): void {
  holds(found instanceof Uint8Array, `${what}: decryptBytes() gave no Uint8Array`);
  holds(found.length === expected.length, `${what}: ${found.length} bytes came back of ${expected.length}`);
  holds(Buffer.compare(found, expected) === 0, `${what}: other bytes came back`);
}
