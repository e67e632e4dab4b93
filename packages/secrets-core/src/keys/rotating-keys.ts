import { ageMs, type Instant, instant } from "../clock.js";
import { backoffMs, jittered } from "../freshness.js";
import type { Stage } from "../provider.js";
import type { Secret } from "../secret.js";
import type { Secrets } from "../secrets.js";
import { SecretsError } from "../secrets-error.js";
import { internalsOf, type SecretsInternals } from "../secrets-internals.js";
import { type HeldKey, type HeldKeys, type KeyGeneration, KeyUsage, type RingKey } from "./held-keys.js";
import { keyId } from "./key-id.js";
import { identityOf, KeyOwnership } from "./key-ownership.js";
import type { KeyStatus } from "./key-ring.js";
import type { Reading, Slot } from "./ring-reading.js";
import { type RingReadings, type RingRefs, RingSlots, rotationTimeMs } from "./ring-slots.js";
import { firstReadings } from "./ring-start.js";

export interface RotatingKeysOptions extends RingRefs {
  /** What the keys are for. Two rings of different names may not hold one key. */
  readonly name: string;
  /** The `ring` in the ids of the keys; `name` if it is not given. */
  readonly keyIdRing?: string;
  /** The bytes of a key. Throws for what is no key, in words that never hold the value. */
  parse(secret: Secret): Uint8Array;
  /** `true` for keys from whose id the value could be guessed: they are shown as `weak:NAME`. */
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
 * slot's key is dropped at once, and without a current one nothing new is made. "Denied" on the current key stops
 * everything. While the store cannot be asked, and when it holds what is no key, the last good keys go on being
 * accepted; new things are made until the current key was last confirmed `ttlMs + maxStaleMs` ago.
 */
export class RotatingKeys implements HeldKeys {
  readonly #options: RotatingKeysOptions;
  readonly #internals: SecretsInternals;
  readonly #slots: RingSlots;
  readonly #ownership: KeyOwnership;
  readonly #usage = new KeyUsage();
  readonly #stops: (() => void)[] = [];
  readonly #listeners = new Set<() => void>();

  #generation: KeyGeneration = [];
  #current: RingKey | undefined;
  #confirmedAt: Instant;
  /** Why nothing new can be made, or nothing at all, by the store's own word. */
  #stopped: { readonly error: SecretsError; readonly opens: boolean } | undefined;
  #error: SecretsError | undefined;
  /** The last known key of each slot, for when the slot cannot be read. */
  readonly #slotKeys = new Map<Slot, RingKey>();
  /** Keys that were current and whose previous slot could not be read since. */
  #demoted: readonly RingKey[] = [];
  /** When each key was last seen as the current one: a lower bound of the time at which it was replaced. */
  readonly #seenCurrent = new WeakMap<RingKey, number>();
  #promotedAtMs: number | undefined;
  /** The derived key, chosen once at the start; a ring that holds a real key never comes back to it. */
  #fallback: RingKey | undefined;
  #fallbackEnded = false;

  #refreshing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #readAt: Instant;
  #waitMs = 0;
  #failures = 0;

  /** @throws SecretsError whatever keeps the ring from being whole: it does not start half-configured */
  static async open(secrets: Secrets, options: RotatingKeysOptions): Promise<RotatingKeys> {
    const ring = new RotatingKeys(options, internalsOf(secrets));
    await ring.#start();
    return ring;
  }

  private constructor(options: RotatingKeysOptions, internals: SecretsInternals) {
    this.#options = options;
    this.#internals = internals;
    this.#slots = new RingSlots(options, options.parse, internals);
    this.#ownership = new KeyOwnership(internals.keyOwners, options.name);
    this.#confirmedAt = this.#readAt = instant(internals.clock);
  }

  generation(): KeyGeneration {
    if (this.#stopped && !this.#stopped.opens) throw this.#stopped.error;
    return this.#generation;
  }

  encryptionKey(): RingKey {
    if (this.#stopped) throw this.#stopped.error;
    const age = ageMs(this.#internals.clock, this.#confirmedAt);
    if (!this.#current || age > this.#limitMs()) throw this.#tooOld(age);
    return this.#current;
  }

  used(key: RingKey): void {
    this.#usage.count(key);
  }

  status(): readonly KeyStatus[] {
    const nowMs = this.#internals.clock.now();
    return this.#generation.map((held) => ({
      keyId: held.key.keyId,
      state: held.state,
      ...this.#usage.of(held.key),
      ...(held.retireAfterMs === undefined ? {} : { retireAfter: new Date(held.retireAfterMs) }),
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
    if (!this.#refreshing) {
      this.#refreshing = this.#refresh().finally(() => {
        this.#refreshing = undefined;
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

  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    this.#listeners.clear();
    this.#ownership.release();
  }

  async #start(): Promise<void> {
    const startedAt = instant(this.#internals.clock);
    const readings = await this.#slots.read({ fallback: true });
    const { fallback } = firstReadings(readings, this.#slots.current);
    if (fallback) this.#fallback = this.#derivedKey(fallback.material, fallback.secret.name);
    this.#swap(readings, startedAt);
    if (this.#error) throw this.#error;
    this.#stops.push(
      this.#internals.background.add({ dueInMs: () => this.#dueInMs(), refresh: () => this.refresh() }),
      this.#internals.onClose(() => void this.close()),
    );
  }

  async #refresh(): Promise<void> {
    const startedAt = instant(this.#internals.clock);
    this.#readAt = startedAt;
    const before = this.#generation;
    try {
      this.#swap(await this.#slots.read({ fallback: this.#fallback !== undefined && !this.#fallbackEnded }), startedAt);
    } catch (error) {
      if (!SecretsError.is(error)) throw error;
      this.#error = error; // the last generation stays whole
      this.#waitMs = backoffMs(++this.#failures);
    }
    if (before === this.#generation) return;
    this.#internals.events.emit({ type: "ring", name: this.#options.name });
    for (const listener of this.#listeners) listener();
  }

  /** The next generation from what the slots hold now and what was known before. */
  #swap(readings: RingReadings, startedAt: Instant): void {
    const outages = new Set<SecretsError>();
    const current = this.#nextCurrent(readings, outages);
    const pending = this.#nextKeys(readings.pending, outages);
    const previous = this.#nextKeys(readings.previous, outages);
    const derived = this.#nextDerived(readings, outages);
    const demoted = this.#nextDemoted(readings, current, [...pending, ...previous]);

    const held = new Map<RingKey, Stage>();
    for (const key of current ? [current] : []) held.set(key, "current");
    for (const key of pending) if (!held.has(key)) held.set(key, "pending");
    for (const key of [...previous, ...demoted, ...derived]) if (!held.has(key)) held.set(key, "previous");
    this.#refuseCollisions([...held.keys()]);
    this.#ownership.hold([...held.keys()]);

    this.#promotedAtMs = this.#nextPromotedAt(readings);
    if (readings.current.kind === "key" || (this.#fallback && !this.#fallbackEnded && !this.#stopped)) {
      this.#confirmedAt = startedAt;
      if (current) this.#seenCurrent.set(current, startedAt.wall);
    }
    this.#demoted = demoted;
    this.#current = current;
    this.#adopt([...held].map(([key, state]) => this.#heldKey(key, state, demoted)));
    this.#error = [...outages][0] ?? this.#stopped?.error;
    this.#failures = outages.size > 0 ? this.#failures + 1 : 0;
    this.#waitMs = outages.size > 0 ? backoffMs(this.#failures) : this.#intervalMs(readings.ttlMs);
    this.#readAt = startedAt;
  }

  #nextCurrent({ current }: RingReadings, outages: Set<SecretsError>): RingKey | undefined {
    this.#stopped = undefined;
    switch (current.kind) {
      case "key":
        this.#fallbackEnded = true;
        return this.#ringKey(current.material, current.secret.name);
      case "denied":
        this.#stopped = { error: current.error, opens: false };
        return this.#current;
      case "absent":
        if (current.error.code === "ERR_SECRETS_INVALID_VALUE") break; // blank: no key, and no word that there is none
        if (this.#fallback && !this.#fallbackEnded) return this.#fallback;
        this.#stopped = { error: current.error, opens: true };
        return undefined;
      case "unknown":
        break;
    }
    outages.add(current.error);
    return this.#current;
  }

  #nextKeys(readings: ReadonlyMap<Slot, Reading>, outages: Set<SecretsError>): RingKey[] {
    for (const [slot, reading] of readings) {
      if (reading.kind === "key") this.#slotKeys.set(slot, this.#ringKey(reading.material, reading.secret.name));
      else if (reading.kind === "unknown") outages.add(reading.error);
      else this.#slotKeys.delete(slot);
      if (reading.kind === "denied") outages.add(reading.error);
    }
    return [...readings.keys()].flatMap((slot) => this.#slotKeys.get(slot) ?? []);
  }

  /** Derived keys open what was written with them for as long as their secrets are there; the chosen one always. */
  #nextDerived({ fallback }: RingReadings, outages: Set<SecretsError>): RingKey[] {
    if (!this.#fallback) return [];
    const derived = new Set([this.#fallback]);
    if (fallback) {
      const readings = [fallback.current, ...fallback.previous.values()];
      for (const reading of readings) {
        if (reading.kind === "key") derived.add(this.#derivedKey(reading.material, reading.secret.name));
        else if (reading.kind === "unknown") outages.add(reading.error);
      }
      const unread = readings.some((reading) => reading.kind === "unknown");
      if (unread) for (const { key } of this.#generation) if (key.keyId.startsWith("derived:")) derived.add(key);
      if (fallback.current.kind === "denied") this.#stopped = { error: fallback.current.error, opens: false };
    } else {
      for (const { key } of this.#generation) if (key.keyId.startsWith("derived:")) derived.add(key);
    }
    return [...derived];
  }

  /** Keys that left the current slot for a previous slot that cannot be read: kept until that slot says otherwise. */
  #nextDemoted({ current, previous }: RingReadings, next: RingKey | undefined, inSlots: readonly RingKey[]): RingKey[] {
    if (![...previous.values()].some((reading) => reading.kind === "unknown")) return [];
    const left = current.kind === "key" && this.#current && this.#current !== next ? [this.#current] : [];
    return [...new Set([...this.#demoted, ...left])].filter((key) => key !== next && !inSlots.includes(key));
  }

  #nextPromotedAt({ current, rotatedAt }: RingReadings): number | undefined {
    if (current.kind !== "key") return this.#promotedAtMs;
    const { activatedAt } = current.secret;
    if (activatedAt) return activatedAt.getTime();
    if (rotatedAt?.kind === "unknown") return this.#promotedAtMs;
    return rotatedAt?.kind === "key" ? rotationTimeMs(rotatedAt.secret) : undefined;
  }

  #heldKey(key: RingKey, state: Stage, demoted: readonly RingKey[]): HeldKey {
    const { lifetimeMs } = this.#options;
    if (state !== "previous" || lifetimeMs === undefined) return { key, state };
    const seenCurrentMs = this.#seenCurrent.get(key);
    // For a key kept only because its slot cannot be read, what this process saw bounds the time of its replacement.
    const promotedAtMs = this.#promotedAtMs ?? (demoted.includes(key) ? seenCurrentMs : undefined);
    if (promotedAtMs === undefined) return { key, state };
    const propagationMs = this.#internals.policy.ttlMs + this.#internals.policy.maxStaleMs;
    return { key, state, retireAfterMs: Math.max(promotedAtMs, seenCurrentMs ?? 0) + propagationMs + lifetimeMs };
  }

  /** The same array for as long as the keys and what is known of them are the same: ciphers prepare keys by it. */
  #adopt(next: KeyGeneration): void {
    const same =
      next.length === this.#generation.length &&
      next.every(({ key, state, retireAfterMs }, index) => {
        const held = this.#generation[index];
        return held?.key === key && held.state === state && held.retireAfterMs === retireAfterMs;
      });
    if (!same) this.#generation = Object.freeze(next);
  }

  #ringKey(material: Uint8Array, secretName: string): RingKey {
    const guessable = this.#options.isGuessable?.(material) === true;
    return (
      this.#known(material) ?? {
        keyId: guessable ? this.#label(`weak:${secretName}`) : this.#keyId(material),
        material,
      }
    );
  }

  #derivedKey(material: Uint8Array, secretName: string): RingKey {
    return this.#known(material) ?? { keyId: this.#label(`derived:${secretName}`), material };
  }

  #keyId(material: Uint8Array): string {
    return keyId(material, this.#options.keyIdRing ?? this.#options.name);
  }

  #known(material: Uint8Array): RingKey | undefined {
    const identity = identityOf(material);
    return this.#knownKeys().find((key) => identityOf(key.material) === identity);
  }

  #knownKeys(): RingKey[] {
    return [
      ...this.#generation.map(({ key }) => key),
      ...this.#slotKeys.values(),
      ...(this.#fallback ? [this.#fallback] : []),
    ];
  }

  /** Labels tell the slot that a key was first seen in; a number keeps two keys of one slot apart. */
  #label(wanted: string): string {
    const taken = new Set(this.#knownKeys().map((key) => key.keyId));
    let label = wanted;
    for (let number = 2; taken.has(label); number += 1) label = `${wanted}~${number}`;
    return label;
  }

  #refuseCollisions(keys: readonly RingKey[]): void {
    if (new Set(keys.map((key) => key.keyId)).size === keys.length) return;
    throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", {
      hint: `Two keys of the ring ${JSON.stringify(this.#options.name)} have the same id: generate one of them anew.`,
    });
  }

  #limitMs(): number {
    const { ttlMs, maxStaleMs } = this.#internals.policy;
    return Math.max(ttlMs + maxStaleMs, pollMs);
  }

  #intervalMs(ttlMs: number): number {
    return Math.min(ttlMs > 0 && Number.isFinite(ttlMs) ? jittered(ttlMs) : pollMs, 0.8 * this.#limitMs());
  }

  #dueInMs(): number {
    if (this.#refreshing) return Number.POSITIVE_INFINITY;
    return this.#waitMs - ageMs(this.#internals.clock, this.#readAt);
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
