import { BackgroundRefresh } from "./background-refresh.js";
import { type Change, ChangeFeed } from "./change-feed.js";
import { toSecretsError } from "./classify-error.js";
import { type Clock, systemClock } from "./clock.js";
import { CredentialVersions } from "./credential-versions.js";
import { Events, type SecretsEvent } from "./events.js";
import { type CacheOptions, effectiveTtlMs, type FreshnessPolicy, freshnessPolicy } from "./freshness.js";
import type { Live } from "./live.js";
import { LiveSecret } from "./live-secret.js";
import type { SecretProvider, VersionInfo } from "./provider.js";
import { ProviderCalls } from "./provider-calls.js";
import type { Secret } from "./secret.js";
import { SecretCache } from "./secret-cache.js";
import type { SecretDocument } from "./secret-document.js";
import { type ParsedRef, parseRef, type Ref } from "./secret-ref.js";
import type { Secrets, SecretsCheck } from "./secrets.js";
import { checkOf } from "./secrets-check.js";
import { SecretsError } from "./secrets-error.js";
import { setInternals } from "./secrets-internals.js";
import { listNames, promoteVersion, putValue } from "./store-access.js";
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
const mostParsedRefs = 1_000;

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
  readonly #clock: Clock;
  readonly #calls: ProviderCalls;
  readonly #events: Events;
  readonly #cache: SecretCache;
  readonly #background: BackgroundRefresh;
  readonly #changes: ChangeFeed;
  readonly #credentials: CredentialVersions;
  #watching = false;
  readonly #parsed = new Map<string, ParsedRef>();
  readonly #closers = new Set<() => void>();
  #closing: Promise<void> | undefined;

  constructor(options: CreateSecretsOptions, policy: FreshnessPolicy, timeoutMs: number) {
    const provider = options.provider;
    const clock = options.clock ?? systemClock;
    this.#provider = provider;
    this.#clock = clock;
    this.#events = new Events(provider.name, options.onEvent);
    this.#calls = new ProviderCalls(provider, clock, timeoutMs);
    this.#cache = new SecretCache({ provider, calls: this.#calls, policy, clock, timeoutMs, events: this.#events });
    this.#credentials = new CredentialVersions(this.#cache, clock, provider.capabilities.stages);
    this.#background = new BackgroundRefresh(clock, () => this.#watch());
    this.#changes = new ChangeFeed({
      clock,
      signal: this.#calls.signal,
      isHeld: (name) => this.#cache.isHeld(name),
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
        const document = await this.#cache.refresh(parsed);
        return { secret: document.view(parsed.key), ttlMs: this.#cache.ttlMs(document) };
      },
      onSecret: (listener) => this.#cache.onDocument((document) => listener(document.view(undefined))),
      onChange: (listener) => this.#cache.onChange(listener),
      onClose: (close) => {
        this.#closers.add(close);
        return () => this.#closers.delete(close);
      },
    });
  }

  async get(ref: Ref, options?: { signal?: AbortSignal }): Promise<Secret> {
    const parsed = this.#parse(ref);
    this.#mustBeOpen();
    const signal = options?.signal;
    if (signal?.aborted) throw this.#aborted(parsed);
    const document = this.#cache.read(parsed);
    if (!(document instanceof Promise)) return document.view(parsed.key);
    return (signal ? await this.#unlessAborted(document, signal, parsed) : await document).view(parsed.key);
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
    const parsed = this.#parse(ref);
    this.#mustBeOpen();
    const optional = options?.optional === true;
    let document: SecretDocument | undefined;
    let secret: Secret | undefined;
    try {
      document = await this.#cache.read(parsed);
      secret = document.view(parsed.key);
    } catch (error) {
      if (!optional || !SecretsError.is(error) || error.code !== "ERR_SECRETS_NOT_FOUND") throw error;
    }
    this.#mustBeOpen();
    const listenerFailed = () => this.#events.emit({ type: "listener_error", name: parsed.text });
    const parts = {
      cache: this.#cache,
      parsed,
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
      await this.#cache.refresh(this.#parse(ref));
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
    yield* listNames(this.#provider, this.#calls, options);
  }

  async put(ref: Ref, value: string | Uint8Array): Promise<VersionInfo> {
    const parsed = this.#parse(ref);
    this.#mustBeOpen();
    const info = await putValue(this.#provider, this.#calls, parsed, value);
    this.#written(parsed.provider.name);
    return info;
  }

  async promote(name: string, version: string): Promise<void> {
    const { provider: target } = this.#parse({ name, version });
    this.#mustBeOpen();
    await promoteVersion(this.#provider, this.#calls, target);
    this.#written(name);
  }

  refreshOn(changes: AsyncIterable<Change>): () => void {
    this.#mustBeOpen();
    return this.#changes.follow(changes);
  }

  async withSecret<T>(ref: Ref, use: (secret: Secret) => Promise<T>, options: WithSecretOptions): Promise<T> {
    this.#mustBeOpen();
    return withSecret(this.#credentials.of(this.#parse(ref)), use, options);
  }

  async check(refs?: readonly Ref[]): Promise<SecretsCheck> {
    this.#mustBeOpen();
    const wanted = refs ?? this.#cache.held();
    const results = wanted.map(async (ref) => ({ name: this.#parse(ref).text, result: await this.#verdict(ref) }));
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

  async #verdict(ref: Ref): Promise<Secret | SecretsError> {
    try {
      return await this.get(ref);
    } catch (error) {
      return toSecretsError(error, this.#provider);
    }
  }

  #parse(ref: Ref): ParsedRef {
    if (typeof ref !== "string") return parseRef(ref);
    let parsed = this.#parsed.get(ref);
    if (!parsed) {
      parsed = parseRef(ref);
      if (this.#parsed.size >= mostParsedRefs) this.#parsed.clear();
      this.#parsed.set(ref, parsed);
    }
    return parsed;
  }

  #mustBeOpen(): void {
    if (this.#closing) throw this.#calls.closed();
  }

  #written(name: string): void {
    this.#cache.forget(name);
    this.#events.emit({ type: "write", name });
  }

  #aborted({ text }: ParsedRef): SecretsError {
    return new SecretsError("ERR_SECRETS_ABORTED", { secretName: text, provider: this.#provider.name });
  }

  /** One caller that gives up does not take the answer from the others. */
  #unlessAborted<T>(work: Promise<T>, signal: AbortSignal, parsed: ParsedRef): Promise<T> {
    return new Promise((resolve, reject) => {
      const abort = () => reject(this.#aborted(parsed));
      signal.addEventListener("abort", abort, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    });
  }
}
