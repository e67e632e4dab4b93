import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { inspect } from "node:util";
import type { Stage, VersionInfo } from "./provider.js";
import { SecretsError } from "./secrets-error.js";

/**
 * A secret value that does not show itself: `toString`, `toJSON`, template literals, `util.inspect` with any option,
 * spread and `structuredClone` yield `[redacted NAME]` or nothing of the value. Only the `reveal` methods do.
 */
export interface Secret extends VersionInfo {
  readonly name: string;
  readonly provider: string;
  readonly stage: Stage;
  /** When the store was last asked for it or confirmed it. */
  readonly fetchedAt: Date;
  /** `"stale"`: older than the cache's `ttlMs`. */
  readonly state: "fresh" | "stale";
  /** The value as text. @throws SecretsError `ERR_SECRETS_INVALID_VALUE` when it is binary and not UTF-8 */
  reveal(): string;
  /** A copy of the value's bytes. */
  revealBytes(): Uint8Array;
  /** The value parsed as JSON. @throws SecretsError `ERR_SECRETS_INVALID_VALUE`, which does not quote it */
  revealJson(): unknown;
  /** A secret built from this one, redacted like it: `password.map((p) => `postgres://app:${p}@db/app`)`. */
  map(build: (value: string) => string): Secret;
  /** Compares values in constant time, whatever their lengths. */
  equals(other: Secret | string | Uint8Array): boolean;
}

export interface SecretFacts extends VersionInfo {
  readonly name: string;
  readonly provider: string;
  readonly stage: Stage;
  readonly fetchedAt: Date;
  readonly state: "fresh" | "stale";
}

/** Makes comparison independent of lengths, and its digests worthless outside this process. */
const comparisonKey = randomBytes(32);

class RedactedSecret implements Secret {
  declare readonly name: string;
  declare readonly provider: string;
  declare readonly stage: Stage;
  declare readonly version?: string;
  declare readonly activatedAt?: Date;
  declare readonly fetchedAt: Date;
  declare readonly state: "fresh" | "stale";
  readonly #value: string | Uint8Array;

  constructor(value: string | Uint8Array, facts: SecretFacts) {
    this.#value = value;
    Object.assign(this, facts);
    Object.freeze(this);
  }

  reveal(): string {
    return typeof this.#value === "string" ? this.#value : this.#decode(this.#value);
  }

  revealBytes(): Uint8Array {
    return typeof this.#value === "string" ? new TextEncoder().encode(this.#value) : Uint8Array.from(this.#value);
  }

  revealJson(): unknown {
    try {
      return JSON.parse(this.reveal());
    } catch (error) {
      if (SecretsError.is(error)) throw error;
      throw this.#invalid("The value is not JSON."); // V8's own message quotes the text
    }
  }

  map(build: (value: string) => string): Secret {
    let built: string;
    try {
      built = build(this.reveal());
    } catch (error) {
      if (SecretsError.is(error)) throw error;
      throw this.#invalid("The function given to map() failed on the value."); // its error may hold its input in any part
    }
    if (typeof built !== "string") throw this.#invalid("The function given to map() must return a string.");
    return secretOf(built, this);
  }

  equals(other: Secret | string | Uint8Array): boolean {
    return timingSafeEqual(
      digest(this.#value),
      digest(typeof other === "string" || other instanceof Uint8Array ? other : other.revealBytes()),
    );
  }

  toString(): string {
    return `[redacted ${this.name}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.toPrimitive](): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }

  get [Symbol.toStringTag](): string {
    return "Secret";
  }

  #decode(bytes: Uint8Array): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.#invalid("The value is binary; read it with revealBytes().");
    }
  }

  #invalid(hint: string, cause?: unknown): SecretsError {
    return new SecretsError("ERR_SECRETS_INVALID_VALUE", {
      hint,
      secretName: this.name,
      provider: this.provider,
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/** A secret with this value and these facts; anything else that `facts` holds is left behind. */
export function secretOf(value: string | Uint8Array, facts: SecretFacts): Secret {
  const { name, provider, stage, version, activatedAt, fetchedAt, state } = facts;
  return new RedactedSecret(value, {
    name,
    provider,
    stage,
    ...(version === undefined ? {} : { version }),
    ...(activatedAt === undefined ? {} : { activatedAt }),
    fetchedAt,
    state,
  });
}

function digest(value: string | Uint8Array): Buffer {
  return createHmac("sha256", comparisonKey).update(value).digest();
}
