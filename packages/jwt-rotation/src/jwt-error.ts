import { SecretsError } from "@qarion/secrets-core";

/** Every way in which a token or a signing request can be refused, as a stable code. */
export type JwtErrorCode = `ERR_JWT_${
  | "MALFORMED"
  | "ALGORITHM"
  | "UNKNOWN_KEY"
  | "SIGNATURE"
  | "EXPIRED"
  | "NOT_YET"
  | "CLAIMS"
  | "STALE"}`;

const messages: Readonly<Record<JwtErrorCode, string>> = {
  ERR_JWT_MALFORMED: "this is not a well-formed JWT in compact serialization",
  ERR_JWT_ALGORITHM: "the token's algorithm is not HS256",
  ERR_JWT_UNKNOWN_KEY: "the token names a key that the ring does not hold",
  ERR_JWT_SIGNATURE:
    "no accepted key of the ring made this signature: the token was altered, or signed with a key that the ring does not hold",
  ERR_JWT_EXPIRED: "the token has expired",
  ERR_JWT_NOT_YET: "the token is not valid yet",
  ERR_JWT_CLAIMS: "the claims cannot be accepted",
  ERR_JWT_STALE: "the keys of the ring are older than their limit and could not be refreshed",
};

const brand = Symbol.for("@qarion/jwt-rotation/JwtError");

/**
 * The one error of JWT rings. `code` is stable; neither the message nor any property holds the token, a claim's value
 * or a key.
 */
export class JwtError extends Error {
  readonly code: JwtErrorCode;
  /** The ring could not refresh its keys (`ERR_JWT_STALE`): the same call may succeed later with nothing changed. */
  readonly retryable: boolean;
  /** What to do about it. */
  declare readonly hint?: string;

  /** `cause` is kept only if it is a `SecretsError`; any other may quote what it failed on (`JSON.parse` does). */
  constructor(code: JwtErrorCode, options: { hint?: string; cause?: unknown } = {}) {
    super(
      `${messages[code]}.${options.hint === undefined ? "" : ` ${options.hint}`}`,
      SecretsError.is(options.cause) ? { cause: options.cause } : undefined,
    );
    this.code = code;
    this.retryable = code === "ERR_JWT_STALE";
    if (options.hint !== undefined) this.hint = options.hint;
  }

  override get name(): string {
    return "JwtError";
  }

  /** On the prototype, so that it is neither listed nor copied; `is` reads it. */
  get [brand](): true {
    return true;
  }

  /** Whether it is a `JwtError`, of this copy of the package or of any other (ESM beside CJS). */
  static is(x: unknown): x is JwtError {
    return typeof x === "object" && x !== null && (x as Record<symbol, unknown>)[brand] === true;
  }
}
