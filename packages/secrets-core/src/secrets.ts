import type { Change } from "./change-feed.js";
import type { Live } from "./live.js";
import type { VersionInfo } from "./provider.js";
import type { Secret } from "./secret.js";
import type { Ref } from "./secret-ref.js";
import type { SecretsError } from "./secrets-error.js";
import type { WithSecretOptions } from "./with-secret.js";

/** What can be said of a secret without showing it. */
export type SecretVerdict = "ok" | "stale" | "missing" | "denied" | "disabled" | "invalid" | "unavailable";

export interface SecretsCheck {
  /** `"degraded"`: all can be had, some only from the cache; `"error"`: some cannot be had. */
  readonly status: "ready" | "degraded" | "error";
  readonly secrets: readonly { readonly name: string; readonly verdict: SecretVerdict }[];
}

/**
 * The secrets of a service, from one provider. It owns the cache, joins reads that coincide, and decides by the error
 * whether the last good value may stand in. Every method rejects with a `SecretsError`.
 */
export interface Secrets {
  /** @throws SecretsError by the table of codes; `_NOT_FOUND` when there is none, `_ABORTED` by `signal` */
  get(ref: Ref, options?: { signal?: AbortSignal }): Promise<Secret>;
  /** `undefined` only for "not found"; "denied" and all else still reject. */
  getOptional(ref: Ref): Promise<Secret | undefined>;
  /** All of them, asked for together. @throws AggregateError that names every failure */
  getAll<const T extends Record<string, Ref>>(refs: T): Promise<{ [K in keyof T]: Secret }>;
  /** A verdict for each, asked for together; it does not reject for one that fails. */
  getMany(refs: readonly string[]): Promise<ReadonlyMap<string, Secret | SecretsError>>;
  /** A secret that is refreshed in the background, by one timer for all, which keeps no process alive. */
  live(ref: Ref): Promise<Live<Secret>>;
  live(ref: Ref, options: { optional: true }): Promise<Live<Secret | undefined>>;
  /** Asks the store again, now, whatever the cache holds; all that is held when no reference is given. */
  refresh(ref?: Ref): Promise<void>;
  /**
   * Refreshes what is held when word of a change comes, at most once a second for a name. The word is never believed
   * further than that: it carries no value, and what is not held is not asked for. Returns the function that ends it.
   */
  refreshOn(changes: AsyncIterable<Change>): () => void;
  /**
   * Uses a credential through the minute of its rotation in which the store and the database do not agree. When `use`
   * fails with an authentication failure the store is asked again (one call for all who fail at once), then the pending
   * value is tried, and the previous one while a rotation is at most 15 minutes old, in turns with growing pauses until
   * `budgetMs` (10,000) is used up; then the last failure is thrown.
   *
   * `use` must only authenticate, such as opening a connection: it is called again and again, and what it did before it
   * failed stays done.
   */
  withSecret<T>(ref: Ref, use: (secret: Secret) => Promise<T>, options: WithSecretOptions): Promise<T>;
  /** Names only. @throws SecretsError `_UNSUPPORTED` */
  list(options?: { prefix?: string }): AsyncIterable<{ readonly name: string }>;
  /**
   * Writes a value with the stage of the reference: `NAME@pending` stages it for `promote`, plain `NAME` makes it
   * current at once and the one before it previous. @throws SecretsError `_UNSUPPORTED`
   */
  put(ref: Ref, value: string | Uint8Array): Promise<VersionInfo>;
  /** Makes a pending version current and the current one previous. @throws SecretsError `_UNSUPPORTED` */
  promote(name: string, version: string): Promise<void>;
  /** Whether these secrets, or all that are held, can be had: for a readiness probe. */
  check(refs?: readonly Ref[]): Promise<SecretsCheck>;
  /** Stops the background refresh, settles what is under way with `_CLOSED`, closes the provider. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
