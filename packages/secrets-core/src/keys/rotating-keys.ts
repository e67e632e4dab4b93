import { ageMs, type Instant, instant } from "../clock.js";
import { backoffMs, jittered } from "../freshness.js";
import type { Secret } from "../secret.js";
import type { Secrets } from "../secrets.js";
import { SecretsError } from "../secrets-error.js";
import { internalsOf, type SecretsInternals } from "../secrets-internals.js";
import { type HeldKey, type HeldKeys, type KeyGeneration, KeyUsage, type RingKey } from "./held-keys.js";
import { KeyOwnership } from "./key-ownership.js";
import type { KeyStatus } from "./key-ring.js";
import { type RingReadings, type RingRefs, RingSlots } from "./ring-slots.js";
import { emptySnapshot, nextSnapshot, type RingSnapshot, type SnapshotRules } from "./ring-snapshot.js";
import { refuseToStart } from "./ring-start.js";

export interface RotatingKeysOptions extends RingRefs {
  /** What the keys are for. Two rings of different names may not hold one key. */
  readonly name: string;
  /** The `ring` in the ids of the keys; `name` if it is not given. */
  readonly keyIdRing?: string;
  /** The bytes of a key. Throws for what is no key, in words that never hold the value. */
  parse(secret: Secret): Uint8Array;
  /** The keys are used as they are for HMAC, where bytes that differ can be one key: no two rings of such share one. */
  readonly hmacKeys?: boolean;
  /** `true` for keys that could be guessed from their id: they are shown as `weak:NAME`. */
  isGuessable?(material: Uint8Array): boolean;
  /** How long what a previous key made stays valid, in milliseconds; `undefined` for what never expires by itself. */
  readonly lifetimeMs?: number;
  /** What the ring can say of the removal of a key. */
  verdict(held: HeldKey, nowMs: number): Pick<KeyStatus, "safeToRemove" | "because">;
}

/** How often to look where the provider wants no caching at all, as for files on this machine. */
const pollMs = 1_000;

/**
 * A ring of keys that follows its slots. Each refresh reads all of them past every cache and swaps the whole generation
 * at once.
 *
 * What each answer of the store means: a key that is there is used. "Not found", "disabled" and blank are explicit: that
 * slot's key is dropped at once, and without a current one nothing new is made. What is no key is dropped the same; in
 * the current slot it ends the making of new things, while the key before it still opens what it made. "Denied" on the
 * current key stops everything. While the store cannot be asked, all this stays as it is: the last good keys go on being
 * accepted, and new things are made until the current key was last confirmed `ttlMs + maxStaleMs` ago.
 */
export class RotatingKeys implements HeldKeys {
  readonly #options: RotatingKeysOptions;
  readonly #rules: SnapshotRules;
  readonly #internals: SecretsInternals;
  readonly #slots: RingSlots;
  readonly #ownership: KeyOwnership;
  readonly #usage: KeyUsage;
  readonly #background = { dueInMs: () => this.#dueInMs(), refresh: () => this.refresh() };
  readonly #stops: (() => void)[] = [];
  readonly #listeners = new Set<() => void>();

  #snapshot: RingSnapshot = emptySnapshot;
  /** When a reading of the slots last said which key is current. */
  #confirmedAt: Instant;
  #error: SecretsError | undefined;

  #refreshing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #readAt: Instant;
  #waitMs = 0;
  #failures = 0;
  #closed = false;

  /** @throws SecretsError whatever keeps the ring from being whole: it does not start half-configured */
  static async open(secrets: Secrets, options: RotatingKeysOptions): Promise<RotatingKeys> {
    const ring = new RotatingKeys(options, internalsOf(secrets));
    await ring.#start();
    return ring;
  }

  private constructor(options: RotatingKeysOptions, internals: SecretsInternals) {
    const { ttlMs, maxStaleMs } = internals.policy;
    this.#options = options;
    this.#rules = {
      name: options.name,
      keyIdRing: options.keyIdRing ?? options.name,
      propagationMs: ttlMs + maxStaleMs,
      lifetimeMs: options.lifetimeMs,
      isGuessable: (material) => options.isGuessable?.(material) === true,
    };
    this.#internals = internals;
    this.#usage = new KeyUsage(() => internals.clock.now());
    this.#slots = new RingSlots(options, options.parse, internals);
    this.#ownership = new KeyOwnership(internals.keyOwners, options.name, options.hmacKeys === true);
    this.#confirmedAt = this.#readAt = instant(internals.clock);
  }

  generation(): KeyGeneration {
    const { stopped, generation } = this.#snapshot;
    if (stopped && !stopped.opens) throw stopped.error;
    return generation;
  }

  encryptionKey(): RingKey {
    const { stopped, current } = this.#snapshot;
    if (stopped) throw stopped.error;
    const age = ageMs(this.#internals.clock, this.#confirmedAt);
    if (!current || age > this.#limitMs()) throw this.#tooOld(age);
    return current;
  }

  used(key: RingKey): void {
    this.#usage.count(key);
  }

  status(): readonly KeyStatus[] {
    const nowMs = this.#internals.clock.now();
    return this.#snapshot.generation.map((held) => ({
      keyId: held.key.keyId,
      state: held.state,
      ...this.#usage.of(held.key),
      ...(held.retireAfterMs === undefined || held.isObserved ? {} : { retireAfter: new Date(held.retireAfterMs) }),
      ...this.#options.verdict(held, nowMs),
    }));
  }

  /** Why the keys are not newer; `undefined` while all is well. */
  get error(): SecretsError | undefined {
    return this.#error;
  }

  /** Calls back after each swap of the keys. */
  onSwap(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads all slots after this call; joined by all who ask while it waits for its turn. Never rejects: see `error`. */
  refresh(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (!this.#refreshing) {
      this.#refreshing = this.#refresh().finally(() => {
        this.#refreshing = undefined;
        if (!this.#closed) this.#internals.background.add(this.#background); // when it is due has changed
      });
      return this.#refreshing;
    }
    this.#next ??= this.#refreshing.then(() => {
      this.#next = undefined;
      return this.refresh();
    });
    return this.#next;
  }

  /** Refreshes if that is due. */
  async ready(): Promise<void> {
    if (this.#dueInMs() <= 0) await this.refresh();
  }

  /** Ends every refresh and gives the keys free for other rings. Those held last still open what they opened. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#error = new SecretsError("ERR_SECRETS_CLOSED", { secretName: this.#slots.current.ref.text });
    for (const stop of this.#stops.splice(0)) stop();
    this.#listeners.clear();
    this.#ownership.release();
  }

  async #start(): Promise<void> {
    const startedAt = instant(this.#internals.clock);
    const readings = await this.#slots.read({ fallback: true });
    refuseToStart(readings, this.#slots.current);
    this.#adopt(readings, startedAt);
    this.#stops.push(
      this.#internals.background.add(this.#background),
      this.#followReads(),
      this.#internals.onClose(() => void this.close()),
    );
  }

  /** Whoever reads one of the secrets and finds it changed saves the ring the wait until its own next look. */
  #followReads(): () => void {
    return this.#internals.onChange(this.#slots.names, () => {
      if (!this.#refreshing) void this.refresh();
    });
  }

  async #refresh(): Promise<void> {
    const startedAt = instant(this.#internals.clock);
    const { generation: before, fallback, real } = this.#snapshot;
    const readings = await this.#slots.read({ fallback: fallback !== undefined && !real });
    if (this.#closed) return;
    try {
      this.#adopt(readings, startedAt);
    } catch (error) {
      if (!SecretsError.is(error)) throw error;
      this.#error = error; // the last generation stays whole
      this.#readAt = startedAt;
      this.#waitMs = backoffMs(++this.#failures);
    }
    if (before === this.#snapshot.generation) return;
    this.#internals.events.emit({ type: "ring", name: this.#options.name });
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch {
        this.#internals.events.emit({ type: "listener_error", name: this.#options.name });
      }
    }
  }

  #adopt(readings: RingReadings, startedAt: Instant): void {
    const next = nextSnapshot(this.#snapshot, readings, this.#rules, {
      startedMs: startedAt.wall,
      endedMs: this.#internals.clock.now(),
    });
    this.#ownership.hold(next.generation.map(({ key }) => key));
    this.#snapshot = next;
    if (next.confirmed) this.#confirmedAt = startedAt;
    this.#error = next.unread ?? next.stopped?.error;
    this.#failures = this.#error ? this.#failures + 1 : 0;
    this.#waitMs = this.#error ? backoffMs(this.#failures) : this.#intervalMs(readings.ttlMs);
    this.#readAt = startedAt;
  }

  #limitMs(): number {
    return Math.max(this.#rules.propagationMs, pollMs);
  }

  #intervalMs(ttlMs: number): number {
    return Math.min(ttlMs > 0 ? jittered(ttlMs) : pollMs, 0.8 * this.#limitMs());
  }

  #dueInMs(): number {
    if (this.#refreshing) return Number.POSITIVE_INFINITY;
    return Math.ceil(this.#waitMs - ageMs(this.#internals.clock, this.#readAt)); // timers know whole milliseconds
  }

  #tooOld(age: number): SecretsError {
    const code = this.#error?.retryable ? this.#error.code : "ERR_SECRETS_UNAVAILABLE";
    return new SecretsError(code, {
      secretName: this.#slots.current.ref.text,
      hint: `The current key was last confirmed ${Math.round(age / 1000)} s ago, and ${Math.round(this.#limitMs() / 1000)} s is the limit for making anything new with it.`,
      ...(this.#error === undefined ? {} : { cause: this.#error }),
    });
  }
}
