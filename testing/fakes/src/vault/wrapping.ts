import { WRAPPING_POLICY } from "./default-policies.js";
import { type Instant, instant } from "./go-time.js";
import type { EngineResponse } from "./logical.js";
import type { Namespace } from "./namespaces.js";
import type { TokenEntry } from "./token-entry.js";
import type { TokenStore } from "./token-store.js";
import type { VaultClock } from "./vault-clock.js";
import { badRequest, VaultError } from "./vault-error.js";

interface Wrapped {
  readonly body: string;
  readonly creationPath: string;
  readonly created: Instant;
  readonly ttlSeconds: number;
}

/** Response wrapping: an answer put away, and a token for one use that fetches it. */
export class Wrapping {
  readonly #clock: VaultClock;
  readonly #tokens: TokenStore;
  readonly #wrapped = new Map<string, Wrapped>();

  constructor(clock: VaultClock, tokens: TokenStore) {
    this.#clock = clock;
    this.#tokens = tokens;
  }

  /** Puts a body away. What it gives is `wrap_info`. */
  wrap(namespace: Namespace, body: string, ttlMs: number, creationPath: string, wrappedAccessor?: string): object {
    const { token } = this.#tokens.issue({
      namespace,
      policies: [WRAPPING_POLICY],
      path: creationPath,
      displayName: "",
      renewable: false,
      numUses: 1,
      explicitMaxTtlMs: ttlMs,
      limits: () => ({ ttlMs, maxTtlMs: 0, periodMs: 0 }),
    });
    const created = this.#clock.instant();
    this.#wrapped.set(token.id, { body, creationPath, created, ttlSeconds: ttlMs / 1_000 });
    return {
      token: token.id,
      accessor: token.accessor,
      ttl: ttlMs / 1_000,
      creation_time: created.text,
      creation_path: creationPath,
      ...(wrappedAccessor === undefined ? {} : { wrapped_accessor: wrappedAccessor }),
    };
  }

  /** @throws VaultError 400 where the token wraps nothing, or no longer */
  check(id: string | undefined): TokenEntry {
    if (id === undefined || id === "") throw new VaultError(403, "error validating wrapping token: token is empty");
    const token = this.#tokens.find(id);
    if (token === undefined || !this.#wrapped.has(id))
      throw badRequest("wrapping token is not valid or does not exist");
    return token;
  }

  /** The body that was put away, once. */
  open(token: TokenEntry): EngineResponse {
    const wrapped = this.#wrapped.get(token.id);
    if (wrapped === undefined) throw badRequest("wrapping token is not valid or does not exist");
    this.#wrapped.delete(token.id);
    this.#tokens.revoke(token);
    return { rawBody: wrapped.body };
  }

  describe(token: TokenEntry): EngineResponse {
    const { creationPath, created, ttlSeconds } = this.#wrapped.get(token.id) ?? {};
    return {
      data: {
        creation_path: creationPath,
        creation_time: created?.text ?? instant(token.createdAtMs).text,
        creation_ttl: ttlSeconds,
      },
    };
  }
}
