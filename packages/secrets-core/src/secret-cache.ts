import { CacheEntries, type Entry, type Flight, type Outcome } from "./cache-entries.js";
import { CacheEvents } from "./cache-events.js";
import { ageMs, type Clock, type Instant, instant } from "./clock.js";
import { DocumentSource } from "./document-source.js";
import type { Events } from "./events.js";
import {
  backoffMs,
  effectiveTtlMs,
  type FreshnessPolicy,
  isAuthoritative,
  isNotFound,
  jittered,
  MomentaryJitter,
  negativeTtlMs,
} from "./freshness.js";
import type { SecretProvider } from "./provider.js";
import type { ProviderCalls } from "./provider-calls.js";
import type { SecretDocument } from "./secret-document.js";
import type { SecretsError } from "./secrets-error.js";
import type { StoreRef } from "./store-ref.js";

/** Of the time after which a value is asked for again. */
const nearlyDue = 0.75;

/**
 * One entry for each name, stage and version. It keeps the last good document and decides by the error whether that may
 * stand in: while the store cannot be asked, yes, up to `ttlMs + maxStaleMs`; once it has said "not found", "denied" or
 * anything else, no.
 */
export class SecretCache {
  readonly #provider: SecretProvider;
  readonly #source: DocumentSource;
  readonly #policy: FreshnessPolicy;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  /** Asking for several at once costs the store less than asking for each. */
  readonly #batches: boolean;
  readonly #events: CacheEvents;
  readonly #listeners = new Set<(document: SecretDocument) => void>();
  readonly #changeListeners = new Set<(name: string) => void>();
  readonly #entries = new CacheEntries();
  readonly #jitter = new MomentaryJitter();

  constructor(parts: {
    provider: SecretProvider;
    calls: ProviderCalls;
    policy: FreshnessPolicy;
    clock: Clock;
    timeoutMs: number;
    events: Events;
  }) {
    this.#provider = parts.provider;
    this.#policy = parts.policy;
    this.#clock = parts.clock;
    this.#timeoutMs = parts.timeoutMs;
    this.#events = new CacheEvents(parts.events);
    this.#source = new DocumentSource(parts.provider, parts.calls);
    this.#batches = parts.provider.getMany !== undefined && parts.provider.describe === undefined;
  }

  /** The document: at once from the cache where its freshness allows it, else from the store. */
  read(at: StoreRef): SecretDocument | Promise<SecretDocument> {
    const entry = this.#entries.of(at);
    entry.wanted = true;
    entry.used = true;
    const { document } = entry;
    if (!document) {
      if (entry.failure && this.#resting(entry)) throw entry.failure.error;
      return this.#join(entry);
    }
    const age = ageMs(this.#clock, document.fetchedAt);
    if (age < entry.refreshAfterMs) return this.#hit(document, "fresh");
    if (!this.#mayServe(document, age)) return this.#join(entry);
    if (this.#resting(entry)) return this.#served(document);
    if (this.#policy.revalidate === "await") {
      return this.#joinWithDue(entry).catch((error: SecretsError) => this.#lastGood(entry, error));
    }
    this.#joinWithDue(entry).catch(() => undefined); // the entry keeps the failure, and this read has its answer
    return this.#served(document);
  }

  /** A value that was asked for after this call: it joins no flight that is under way, only one that waits its turn. */
  refresh(at: StoreRef): Promise<SecretDocument> {
    return this.#refresh(this.#entries.of(at));
  }

  /**
   * Asks for all that is held, followed or was not to be had, or for what of it has this name. That there still is no
   * secret where there was none is no failure; how many were asked for, and how each failed.
   */
  async refreshAll(name?: string): Promise<{ readonly asked: number; readonly errors: readonly SecretsError[] }> {
    const entries = [...this.#entries].filter(
      ({ ref, document, failure, followers }) =>
        (name === undefined || ref.name === name) && (document ?? failure ?? followers.size > 0),
    );
    const refreshes = entries.map(async (entry): Promise<SecretsError | undefined> => {
      const { document } = entry;
      try {
        await this.#refresh(entry);
        return undefined;
      } catch (raw) {
        const error = raw as SecretsError;
        return document || !isNotFound(error) ? error : undefined;
      }
    });
    const errors = (await Promise.all(refreshes)).filter((error) => error !== undefined);
    return { asked: entries.length, errors };
  }

  #refresh(entry: Entry): Promise<SecretDocument> {
    if (!entry.flight || this.#isThawed(entry.flight)) return this.#start(entry, { force: true });
    entry.next ??= entry.flight.promise
      .catch(() => undefined) // its own callers hear of it
      .then(() => {
        entry.next = undefined;
        return this.#start(entry, { force: true });
      });
    return entry.next;
  }

  /** Asks the store whether there is a newer value, as a read past the TTL would, and waits for it. */
  renew(at: StoreRef): Promise<SecretDocument> {
    return this.#joinWithDue(this.#entries.of(at));
  }

  /** When a document should be asked for again, in milliseconds after it was. */
  refreshAfterMs(document: SecretDocument | undefined): number {
    const ttlMs = this.ttlMs(document);
    return this.#batches ? this.#jitter.jittered(ttlMs, this.#clock.now()) : jittered(ttlMs);
  }

  /** Calls back after each flight for this reference. */
  follow(at: StoreRef, follower: (outcome: Outcome) => void): () => void {
    const { followers } = this.#entries.of(at);
    followers.add(follower);
    return () => followers.delete(follower);
  }

  /** Whether anything is known or followed under this name of the store. */
  isHeld(name: string): boolean {
    return [...this.#entries].some(({ ref }) => ref.name === name);
  }

  /** When this process saw the value change. */
  changedAtMs(at: StoreRef): number | undefined {
    return this.#entries.of(at).changedAtMs;
  }

  /** Calls back when a fetched value differs from the one known before, and when one is there that was not. */
  onChange(listener: (name: string) => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  /** Calls back with each document that is held now or fetched from now on. */
  onDocument(listener: (document: SecretDocument) => void): () => void {
    this.#listeners.add(listener);
    for (const { document } of this.#entries) if (document) listener(document);
    return () => this.#listeners.delete(listener);
  }

  /** How old the document is allowed to get before `follow`ers should ask for a newer one. */
  ttlMs(document: SecretDocument | undefined): number {
    return effectiveTtlMs(this.#policy, this.#provider.capabilities, document?.source);
  }

  /** What is in use: held now, or read and not to be had. What the store does not have is not held. */
  held(): StoreRef[] {
    return [...this.#entries]
      .filter(({ document, wanted, failure }) => document ?? (wanted && !isNotFound(failure?.error)))
      .map(({ whole }) => whole);
  }

  /** A write may have been done: the next read asks the store, and what is known stays for an outage. */
  expire(name: string): void {
    for (const entry of this.#entries) if (entry.ref.name === name) entry.refreshAfterMs = 0;
  }

  /** Forgets what is known of every stage and version of a name: it was written. */
  forget(name: string): void {
    for (const entry of this.#entries) {
      if (entry.ref.name !== name) continue;
      entry.document = undefined;
      entry.failure = undefined;
      entry.flight = undefined; // it may have read the store before the write, and its answer is not kept
    }
  }

  /** Whether the store was asked a moment ago and need not be asked again yet. */
  #resting({ failure }: Entry): boolean {
    return failure !== undefined && ageMs(this.#clock, failure.at) < failure.restMs;
  }

  #mayServe(document: SecretDocument, age: number): boolean {
    const ttlMs = this.ttlMs(document);
    return ttlMs > 0 && age < ttlMs + this.#policy.maxStaleMs;
  }

  #lastGood(entry: Entry, error: SecretsError): SecretDocument {
    const { document } = entry;
    if (!error.retryable || !document || !this.#mayServe(document, ageMs(this.#clock, document.fetchedAt))) throw error;
    return this.#served(document);
  }

  /** The last good document past its refresh time, told as stale once it is past its TTL. */
  #served(document: SecretDocument): SecretDocument {
    const fresh = ageMs(this.#clock, document.fetchedAt) < this.ttlMs(document);
    return this.#hit(document, fresh ? "fresh" : "stale");
  }

  #hit(document: SecretDocument, state: "fresh" | "stale"): SecretDocument {
    this.#events.tell(state === "fresh" ? "hit" : "stale", document);
    return state === "fresh" ? document : document.asStale();
  }

  #join(entry: Entry): Promise<SecretDocument> {
    if (entry.flight && !this.#isThawed(entry.flight)) return entry.flight.promise;
    return this.#start(entry, { force: false });
  }

  /** A store that answers batches is asked in one for all that is used and nearly due, not for one after the other. */
  #joinWithDue(entry: Entry): Promise<SecretDocument> {
    if (entry.flight && !this.#isThawed(entry.flight)) return entry.flight.promise; // it took the others along
    const flight = this.#start(entry, { force: false });
    if (!this.#batches) return flight;
    for (const other of this.#entries) {
      const { document, used, followers } = other;
      if (!document || other.flight || (!used && followers.size === 0) || this.#resting(other)) continue;
      if (ageMs(this.#clock, document.fetchedAt) < nearlyDue * other.refreshAfterMs) continue;
      this.#join(other).catch(() => undefined); // the entry keeps the failure, and nobody asked yet
    }
    return flight;
  }

  /** The machine stood still while the call was under way; whatever comes of it says nothing of the store. */
  #isThawed(flight: Flight): boolean {
    return ageMs(this.#clock, flight.startedAt) > 2 * this.#timeoutMs;
  }

  #start(entry: Entry, { force }: { force: boolean }): Promise<SecretDocument> {
    const startedAt = instant(this.#clock);
    entry.used = false;
    const flight: Flight = { startedAt, promise: this.#fly(entry, force, startedAt, () => entry.flight === flight) };
    entry.flight = flight;
    return flight.promise;
  }

  async #fly(entry: Entry, force: boolean, startedAt: Instant, isPresent: () => boolean): Promise<SecretDocument> {
    try {
      const document = await this.#source.ask(entry.whole, force ? undefined : entry.document, startedAt);
      for (const listener of this.#listeners) listener(document);
      if (isPresent()) this.#landed(entry, document);
      return document;
    } catch (raw) {
      const error = raw as SecretsError;
      if (isPresent()) this.#failed(entry, error, startedAt, force);
      throw error;
    }
  }

  #landed(entry: Entry, document: SecretDocument): void {
    const { document: before, failure } = entry;
    entry.flight = undefined;
    entry.failure = undefined;
    entry.failures = 0;
    const ttlMs = this.ttlMs(document);
    entry.document = this.#policy.caching && ttlMs > 0 ? document : undefined;
    entry.refreshAfterMs = this.refreshAfterMs(document);
    const confirmed = before?.source === document.source;
    this.#events.tell(confirmed ? "revalidate" : "fetch", document, ageMs(this.#clock, document.fetchedAt));
    const changed = before !== undefined && !confirmed && !before.sameValue(document);
    if (changed) {
      entry.changedAtMs = this.#clock.now();
      this.#events.tell("change", document);
    }
    if (changed || isNotFound(failure?.error)) for (const listener of this.#changeListeners) listener(entry.ref.name);
    for (const follower of entry.followers) follower({ document });
  }

  #failed(entry: Entry, error: SecretsError, startedAt: Instant, force: boolean): void {
    const flownMs = ageMs(this.#clock, startedAt);
    const thawed = entry.flight !== undefined && this.#isThawed(entry.flight) && error.code === "ERR_SECRETS_TIMEOUT";
    entry.flight = undefined;
    if (thawed || error.code === "ERR_SECRETS_CLOSED") return;
    entry.failures += 1;
    if (!error.retryable) entry.document = undefined;
    entry.failure = { error, at: instant(this.#clock), restMs: this.#restMs(entry, error, force) };
    this.#events.failed(entry.whole, error, flownMs);
    for (const follower of entry.followers) follower({ error });
  }

  #restMs(entry: Entry, error: SecretsError, force: boolean): number {
    if (!this.#policy.caching) return 0;
    const ttlMs = effectiveTtlMs(this.#policy, this.#provider.capabilities);
    // What a key ring finds missing while it looks around is not kept from those who read by themselves.
    if (isAuthoritative(error.code)) return force ? 0 : Math.min(negativeTtlMs, ttlMs);
    // Without a value to serve meanwhile, every read tries again: an error of one moment is not kept for the next.
    return error.retryable && entry.document ? backoffMs(entry.failures) : 0;
  }
}
