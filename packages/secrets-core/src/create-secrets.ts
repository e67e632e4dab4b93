import { BackgroundRefresh } from "./background-refresh.js";
import { type Change, ChangeFeed } from "./change-feed.js";
import { toSecretsError } from "./classify-error.js";
import { type Clock, systemClock } from "./clock.js";
import { CredentialVersions } from "./credential-versions.js";
import { Events, type SecretsEvent } from "./events.js";
import { type CacheOptions, effectiveTtlMs, type FreshnessPolicy, freshnessPolicy } from "./freshness.js";
import type { Live } from "./live.js";
import { LiveSecret } from "./live-secret.js";
import { LocatedRefs } from "./located-refs.js";
import { Naming } from "./naming.js";
import type { SecretProvider, VersionInfo } from "./provider.js";
import { ProviderCalls } from "./provider-calls.js";
import type { Secret } from "./secret.js";
import { SecretCache } from "./secret-cache.js";
import type { SecretDocument } from "./secret-document.js";
import { parseRef, type Ref } from "./secret-ref.js";
import type { Secrets, SecretsCheck } from "./secrets.js";
import { checkOf } from "./secrets-check.js";
import { SecretsError } from "./secrets-error.js";
import { setInternals } from "./secrets-internals.js";
import { StoreAccess } from "./store-access.js";
import type { StoreRef } from "./store-ref.js";
import { unlessAborted } from "./unless-aborted.js";
import { type WithSecretOptions, withSecret } from "./with-secret.js";

export interface CreateSecretsOptions {
  readonly provider: SecretProvider;
  /** `ttlMs` 300,000 and `maxStaleMs` 3,600,000 by default; `false`: every read asks the store. */
  readonly cache?: CacheOptions | false;
  /** The deadline of one call to the store, in milliseconds; 10,000 by default. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
  /** Metadata of what happens; see `SecretsEvent`. */
  readonly onEvent?: (event: SecretsEvent) => void;
}

const defaultTimeoutMs = 10_000;

/** @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` */
export function createSecrets(options: CreateSecretsOptions): Secrets {
  const { provider, timeoutMs = defaultTimeoutMs } = options;
  if (typeof provider?.get !== "function" || typeof provider.name !== "string" || !provider.capabilities) {
    throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", { hint: "`provider` must be a SecretProvider." });
  }
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0) {
    throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", { hint: "timeoutMs is a number of milliseconds above 0." });
  }
  return new CachedSecrets(options, freshnessPolicy(options.cache), timeoutMs);
}

class CachedSecrets implements Secrets {
  readonly #provider: SecretProvider;
  readonly #refs: LocatedRefs;
  readonly #clock: Clock;
  readonly #calls: ProviderCalls;
  readonly #events: Events;
  readonly #cache: SecretCache;
  readonly #background: BackgroundRefresh;
  readonly #changes: ChangeFeed;
  readonly #credentials: CredentialVersions;
  readonly #store: StoreAccess;
  #watching = false;
  readonly #closers = new Set<() => void>();
  #closing: Promise<void> | undefined;

  constructor(options: CreateSecretsOptions, policy: FreshnessPolicy, timeoutMs: number) {
    const provider = options.provider;
    const clock = options.clock ?? systemClock;
    const naming = new Naming(provider);
    this.#provider = provider;
    this.#refs = new LocatedRefs(naming);
    this.#clock = clock;
    this.#events = new Events(provider.name, options.onEvent);
    this.#calls = new ProviderCalls(provider, clock, timeoutMs);
    this.#cache = new SecretCache({ provider, calls: this.#calls, policy, clock, timeoutMs, events: this.#events });
    this.#store = new StoreAccess({ provider, calls: this.#calls, naming, cache: this.#cache, clock });
    this.#credentials = new CredentialVersions(
      this.#cache,
      clock,
      naming.capabilities.stages ? (name, stage) => naming.locate(parseRef({ name, stage })) : undefined,
    );
    this.#background = new BackgroundRefresh(clock, () => this.#watch());
    this.#changes = new ChangeFeed({
      clock,
      signal: this.#calls.signal,
      held: (name) => naming.storeNames(name).filter((stored) => this.#cache.isHeld(stored)),
      refresh: async (name) => void (await this.#cache.refreshAll(name)),
    });
    setInternals(this, {
      clock,
      policy,
      background: this.#background,
      events: this.#events,
      providerTtlMs: effectiveTtlMs(policy, provider.capabilities),
      keyOwners: new Map(),
      readNow: async (parsed) => {
        this.#mustBeOpen();
        const at = naming.locate(parsed);
        const document = await this.#cache.refresh(at);
        return { secret: document.view(at), ttlMs: this.#cache.ttlMs(document) };
      },
      onSecret: (listener) => this.#cache.onDocument((document) => listener(document.whole)),
      onChange: (names, listener) => {
        const stored = new Set([...names].map((name) => naming.storeName(name)));
        return this.#cache.onChange((name) => {
          if (stored.has(name)) listener();
        });
      },
      onClose: (close) => {
        this.#closers.add(close);
        return () => this.#closers.delete(close);
      },
    });
  }

  get(ref: Ref, options?: { signal?: AbortSignal }): Promise<Secret> {
    try {
      const at = this.#refs.of(ref);
      this.#mustBeOpen();
      const signal = options?.signal;
      if (signal?.aborted) throw this.#aborted(at);
      const document = this.#cache.read(at);
      return document instanceof Promise ? this.#awaited(document, at, signal) : document.promised(at);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async getOptional(ref: Ref): Promise<Secret | undefined> {
    try {
      return await this.get(ref);
    } catch (error) {
      if (SecretsError.is(error) && error.code === "ERR_SECRETS_NOT_FOUND") return undefined;
      throw error;
    }
  }

  async getAll<const T extends Record<string, Ref>>(refs: T): Promise<{ [K in keyof T]: Secret }> {
    const entries = Object.entries(refs);
    const verdicts = await Promise.all(entries.map(([, ref]) => this.#verdict(ref)));
    const errors = verdicts.filter((verdict) => SecretsError.is(verdict));
    if (errors.length > 0) {
      // A bad reference is not repeated, so that failure goes by the name that the caller gave it.
      const named = verdicts.flatMap((verdict, index) =>
        SecretsError.is(verdict) ? [`${verdict.secretName ?? entries[index]?.[0]} (${verdict.code})`] : [],
      );
      throw new AggregateError(
        errors,
        `${errors.length} of ${entries.length} secrets could not be had: ${named.join(", ")}`,
      );
    }
    return Object.fromEntries(entries.map(([name], index) => [name, verdicts[index]])) as { [K in keyof T]: Secret };
  }

  async getMany(refs: readonly string[]): Promise<ReadonlyMap<string, Secret | SecretsError>> {
    const verdicts = await Promise.all(refs.map((ref) => this.#verdict(ref)));
    return new Map(refs.map((ref, index) => [ref, verdicts[index] as Secret | SecretsError]));
  }

  live(ref: Ref): Promise<Live<Secret>>;
  live(ref: Ref, options: { optional: true }): Promise<Live<Secret | undefined>>;
  async live(ref: Ref, options?: { optional: true }): Promise<Live<Secret | undefined>> {
    const at = this.#refs.of(ref);
    this.#mustBeOpen();
    const optional = options?.optional === true;
    let document: SecretDocument | undefined;
    let secret: Secret | undefined;
    try {
      document = await this.#cache.read(at);
      secret = document.view(at);
    } catch (error) {
      if (!optional || !SecretsError.is(error) || error.code !== "ERR_SECRETS_NOT_FOUND") throw error;
    }
    this.#mustBeOpen();
    const listenerFailed = () => this.#events.emit({ type: "listener_error", name: at.text });
    const parts = {
      cache: this.#cache,
      at,
      clock: this.#clock,
      background: this.#background,
      optional,
      listenerFailed,
    };
    return new LiveSecret(parts, document, secret);
  }

  async refresh(ref?: Ref): Promise<void> {
    this.#mustBeOpen();
    if (ref !== undefined) {
      await this.#cache.refresh(this.#refs.of(ref));
      return;
    }
    const { asked, errors } = await this.#cache.refreshAll();
    if (errors.length > 0) {
      const named = errors.map(({ secretName, code }) => `${secretName ?? "?"} (${code})`).join(", ");
      throw new AggregateError(errors, `${errors.length} of ${asked} secrets could not be refreshed: ${named}`);
    }
  }

  async *list(options: { prefix?: string } = {}): AsyncIterable<{ readonly name: string }> {
    this.#mustBeOpen();
    yield* this.#store.list(options.prefix);
  }

  async put(ref: Ref, value: string | Uint8Array): Promise<VersionInfo> {
    const at = this.#refs.of(ref);
    this.#mustBeOpen();
    return this.#written(at, () => this.#store.put(at, value));
  }

  async promote(name: string, version: string): Promise<void> {
    const at = this.#refs.of({ name });
    this.#mustBeOpen();
    await this.#written(at, () => this.#store.promote(at, version));
  }

  refreshOn(changes: AsyncIterable<Change>): () => void {
    this.#mustBeOpen();
    return this.#changes.follow(changes);
  }

  async withSecret<T>(ref: Ref, use: (secret: Secret) => Promise<T>, options: WithSecretOptions): Promise<T> {
    this.#mustBeOpen();
    return withSecret(this.#credentials.of(this.#refs.of(ref)), use, options);
  }

  async check(refs?: readonly Ref[]): Promise<SecretsCheck> {
    this.#mustBeOpen();
    const wanted = refs?.map((ref) => this.#refs.of(ref)) ?? this.#cache.held();
    const results = wanted.map(async (at) => ({ name: at.text, result: await this.#verdictOf(() => this.#read(at)) }));
    return checkOf(await Promise.all(results));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#background.close();
    for (const close of this.#closers) close();
    await this.#calls.close();
  }

  /** A provider that tells of changes is listened to from when the first live value or ring follows it. */
  #watch(): void {
    const { watch } = this.#provider;
    if (!watch || this.#watching) return;
    this.#watching = true;
    this.#changes.watch((signal) => watch.call(this.#provider, { signal }));
  }

  #verdict(ref: Ref): Promise<Secret | SecretsError> {
    return this.#verdictOf(() => this.get(ref));
  }

  async #verdictOf(read: () => Promise<Secret>): Promise<Secret | SecretsError> {
    try {
      return await read();
    } catch (error) {
      return toSecretsError(error, this.#provider);
    }
  }

  async #awaited(document: Promise<SecretDocument>, at: StoreRef, signal: AbortSignal | undefined): Promise<Secret> {
    return (signal ? await unlessAborted(document, signal, () => this.#aborted(at)) : await document).view(at);
  }

  async #read(at: StoreRef): Promise<Secret> {
    return (await this.#cache.read(at)).view(at);
  }

  #mustBeOpen(): void {
    if (this.#closing) throw this.#calls.closed();
  }

  async #written<T>({ ref, name }: StoreRef, write: () => Promise<T>): Promise<T> {
    try {
      const answer = await write();
      this.#cache.forget(ref.name);
      this.#events.emit({ type: "write", name });
      return answer;
    } catch (error) {
      // The store may have done it, and its answer was lost.
      if (SecretsError.is(error) && error.retryable) this.#cache.expire(ref.name);
      throw error;
    }
  }

  #aborted({ text }: StoreRef): SecretsError {
    return new SecretsError("ERR_SECRETS_ABORTED", { secretName: text, provider: this.#provider.name });
  }
}
