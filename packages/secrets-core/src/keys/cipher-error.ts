import { safeCause } from "../secrets-error.js";

export type CipherErrorCode = `ERR_CIPHER_${
  | "MALFORMED"
  | "AUTHENTICATION_FAILED"
  | "KEY_UNKNOWN"
  | "EXPIRED"
  | "INVALID_KEY"
  | "CONTEXT"
  | "PLAINTEXT"}`;

const messages: Readonly<Record<CipherErrorCode, string>> = {
  ERR_CIPHER_MALFORMED: "this is not a ciphertext of the expected format",
  ERR_CIPHER_AUTHENTICATION_FAILED:
    "no key of the ring authenticates this ciphertext: it was altered, bound to another context, or made with a key that the ring does not hold",
  ERR_CIPHER_KEY_UNKNOWN: "the key that made this ciphertext is not in the ring",
  ERR_CIPHER_EXPIRED: "the ciphertext is older than its time to live, or dated in the future",
  ERR_CIPHER_INVALID_KEY: "this is not a key for this cipher",
  ERR_CIPHER_CONTEXT: "the context cannot be used with this cipher",
  ERR_CIPHER_PLAINTEXT: "plaintext and ciphertext are mixed up",
};

const brand = Symbol.for("@qarion/secrets-core/CipherError");

/** The one error of ciphers. `code` is stable; the message never holds plaintext, ciphertext or a key. */
export class CipherError extends Error {
  readonly code: CipherErrorCode;
  /** What to do about it. */
  declare readonly hint?: string;
  /** The id of the key that the ciphertext names, where the format has one. */
  declare readonly keyId?: string;

  constructor(code: CipherErrorCode, options: { hint?: string; keyId?: string; cause?: unknown } = {}) {
    const key = options.keyId === undefined ? "" : ` (key ${options.keyId})`;
    super(
      `${messages[code]}${key}.${options.hint === undefined ? "" : ` ${options.hint}`}`,
      options.cause === undefined ? undefined : { cause: safeCause(options.cause) },
    );
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
    if (options.keyId !== undefined) this.keyId = options.keyId;
  }

  override get name(): string {
    return "CipherError";
  }

  /** On the prototype, so that it is neither listed nor copied; `is` reads it. */
  get [brand](): true {
    return true;
  }

  /** Whether it is a `CipherError`, of this copy of the package or of any other (ESM beside CJS). */
  static is(x: unknown): x is CipherError {
    return typeof x === "object" && x !== null && (x as Record<symbol, unknown>)[brand] === true;
  }
}
