import type { Stage } from "../provider.js";
import { SecretsError } from "../secrets-error.js";
import type { HeldKey, KeyGeneration, RingKey } from "./held-keys.js";
import { keyId } from "./key-id.js";
import { identityOf } from "./key-ownership.js";
import type { Reading, Slot } from "./ring-reading.js";
import { type RingReadings, rotationTimeMs } from "./ring-slots.js";

/** What a ring knows at one moment. A refresh makes the next one from it and swaps the whole. */
export interface RingSnapshot {
  readonly generation: KeyGeneration;
  readonly current: RingKey | undefined;
  /** Whether these readings said which key is current; if not, the one before is carried over. */
  readonly confirmed: boolean;
  /** Why nothing new can be made, and perhaps nothing opened either, by the store's own word. */
  readonly stopped: { readonly error: SecretsError; readonly opens: boolean } | undefined;
  /** The first slot that could not be read, or holds what is no key; what was known of it stands. */
  readonly unread: SecretsError | undefined;
  /** The last known key of each slot. */
  readonly slotKeys: ReadonlyMap<Slot, RingKey>;
  /** Keys that were current and whose previous slot could not be read since. */
  readonly demoted: readonly RingKey[];
  /** When each key was last seen as current, in milliseconds since the epoch: it was replaced later than that. */
  readonly seenCurrentMs: ReadonlyMap<RingKey, number>;
  readonly promotedAtMs: number | undefined;
  /** The derived key, chosen once at the start. */
  readonly fallback: RingKey | undefined;
  /** Keys derived from the fallback's secrets: they open what was written with them. */
  readonly derived: readonly RingKey[];
  /** A real key was seen: the ring never comes back to its fallback. */
  readonly real: boolean;
}

export interface SnapshotRules {
  readonly name: string;
  readonly keyIdRing: string;
  /** How long a promotion takes to reach every process, in milliseconds. */
  readonly propagationMs: number;
  readonly lifetimeMs: number | undefined;
  isGuessable(material: Uint8Array): boolean;
}

export const emptySnapshot: RingSnapshot = {
  generation: [],
  current: undefined,
  confirmed: false,
  stopped: undefined,
  unread: undefined,
  slotKeys: new Map(),
  demoted: [],
  seenCurrentMs: new Map(),
  promotedAtMs: undefined,
  fallback: undefined,
  derived: [],
  real: false,
};

/** @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` when two keys have one id; the snapshot before then stays */
export function nextSnapshot(
  before: RingSnapshot,
  readings: RingReadings,
  rules: SnapshotRules,
  nowMs: number,
): RingSnapshot {
  return new SnapshotBuilder(before, readings, rules, nowMs).build();
}

class SnapshotBuilder {
  readonly #before: RingSnapshot;
  readonly #readings: RingReadings;
  readonly #rules: SnapshotRules;
  readonly #nowMs: number;
  readonly #known: RingKey[];
  #unread: SecretsError | undefined;
  #stopped: RingSnapshot["stopped"];
  #confirmed = false;

  constructor(before: RingSnapshot, readings: RingReadings, rules: SnapshotRules, nowMs: number) {
    this.#before = before;
    this.#readings = readings;
    this.#rules = rules;
    this.#nowMs = nowMs;
    this.#known = [
      ...new Set([...before.generation.map(({ key }) => key), ...before.slotKeys.values(), ...before.derived]),
    ];
  }

  build(): RingSnapshot {
    const { current: currentReading, pending: pendingSlots, previous: previousSlots } = this.#readings;
    const fallback = this.#before.fallback ?? this.#chosenFallback();
    const current = this.#current(fallback);
    const slotKeys = new Map([...this.#slotKeys(pendingSlots), ...this.#slotKeys(previousSlots)]);
    const pending = keysIn(slotKeys, pendingSlots);
    const previous = keysIn(slotKeys, previousSlots);
    const derived = fallback ? this.#derived(fallback) : [];
    const demoted = this.#demoted(current, [...pending, ...previous]);
    const promotedAtMs = this.#promotedAtMs();
    const seenCurrentMs = new Map(this.#before.seenCurrentMs);
    if (current && this.#confirmed) seenCurrentMs.set(current, this.#nowMs);

    const states = new Map<RingKey, Stage>();
    const add = (key: RingKey, state: Stage) => states.has(key) || states.set(key, state);
    if (current) add(current, "current");
    for (const key of pending) add(key, "pending");
    for (const key of [...previous, ...demoted, ...derived]) add(key, "previous");
    this.#refuseCollisions([...states.keys()]);
    for (const key of seenCurrentMs.keys()) if (!states.has(key)) seenCurrentMs.delete(key);

    const generation = [...states].map(([key, state]): HeldKey => {
      const retireAfterMs =
        state === "previous"
          ? this.#retireAfterMs(promotedAtMs, seenCurrentMs.get(key), demoted.includes(key))
          : undefined;
      return retireAfterMs === undefined ? { key, state } : { key, state, retireAfterMs };
    });
    return {
      generation: sameKeys(this.#before.generation, generation) ? this.#before.generation : Object.freeze(generation),
      current,
      confirmed: this.#confirmed,
      stopped: this.#stopped,
      unread: this.#unread,
      slotKeys,
      demoted,
      seenCurrentMs,
      promotedAtMs,
      fallback,
      derived,
      real: this.#before.real || currentReading.kind === "key",
    };
  }

  #current(fallback: RingKey | undefined): RingKey | undefined {
    const { current: reading } = this.#readings;
    switch (reading.kind) {
      case "key":
        this.#confirmed = true;
        return this.#ringKey(reading);
      case "denied":
        this.#stopped = { error: reading.error, opens: false };
        return this.#before.current;
      case "absent":
        if (reading.error.code === "ERR_SECRETS_INVALID_VALUE") break; // blank: no key, but no word that there is none
        if (fallback && !this.#before.real) {
          this.#confirmed = true;
          return fallback;
        }
        this.#stopped = { error: reading.error, opens: true };
        return undefined;
      case "unknown":
        break;
    }
    this.#unread ??= reading.error;
    return this.#before.current;
  }

  /** Only at the start, and only when the ring's own current key is not there. */
  #chosenFallback(): RingKey | undefined {
    const { current, fallback } = this.#readings;
    if (this.#before !== emptySnapshot || current.kind !== "absent" || fallback?.current.kind !== "key")
      return undefined;
    return this.#derivedKey(fallback.current);
  }

  #slotKeys(slots: ReadonlyMap<Slot, Reading>): Map<Slot, RingKey> {
    const keys = new Map<Slot, RingKey>();
    for (const [slot, reading] of slots) {
      const before = this.#before.slotKeys.get(slot);
      if (reading.kind === "key") keys.set(slot, this.#ringKey(reading));
      else if (reading.kind === "unknown" && before) keys.set(slot, before);
      if (reading.kind === "unknown" || reading.kind === "denied") this.#unread ??= reading.error;
    }
    return keys;
  }

  /** The chosen key always; what else the fallback's secrets yield, for as long as they are there. */
  #derived(fallback: RingKey): RingKey[] {
    const { fallback: read } = this.#readings;
    if (!read) return [...this.#before.derived];
    if (read.current.kind === "denied") this.#stopped = { error: read.current.error, opens: false };
    const derived = new Set([fallback]);
    for (const reading of [read.current, ...read.previous.values()]) {
      if (reading.kind === "key") derived.add(this.#derivedKey(reading));
      if (reading.kind === "unknown") {
        this.#unread ??= reading.error;
        for (const key of this.#before.derived) derived.add(key);
      }
    }
    return [...derived];
  }

  /** Keys that left the current slot for a previous slot that cannot be read: kept until that slot says otherwise. */
  #demoted(current: RingKey | undefined, inSlots: readonly RingKey[]): RingKey[] {
    const { current: reading, previous } = this.#readings;
    if (![...previous.values()].some(({ kind }) => kind === "unknown")) return [];
    const left = reading.kind === "key" && this.#before.current ? [this.#before.current] : [];
    return [...new Set([...this.#before.demoted, ...left])].filter((key) => key !== current && !inSlots.includes(key));
  }

  /** When the current key took its place, if a durable fact says so. */
  #promotedAtMs(): number | undefined {
    const { current, rotatedAt } = this.#readings;
    if (current.kind !== "key") return this.#before.promotedAtMs;
    const { activatedAt } = current.secret;
    if (activatedAt) return activatedAt.getTime();
    if (rotatedAt?.kind === "unknown") return this.#before.promotedAtMs;
    return rotatedAt?.kind === "key" ? rotationTimeMs(rotatedAt.secret) : undefined;
  }

  /**
   * `promotedAt + propagation + lifetime`. A durable time is not believed against what this process saw: a key that was
   * current a moment ago was not replaced last week. Where it has no durable time, a key kept only because its slot
   * cannot be read is bounded by what this process saw.
   */
  #retireAfterMs(promotedAtMs: number | undefined, seenMs: number | undefined, isDemoted: boolean): number | undefined {
    const { lifetimeMs, propagationMs } = this.#rules;
    const replacedAtMs =
      promotedAtMs === undefined ? (isDemoted ? seenMs : undefined) : Math.max(promotedAtMs, seenMs ?? 0);
    if (lifetimeMs === undefined || replacedAtMs === undefined) return undefined;
    return replacedAtMs + propagationMs + lifetimeMs;
  }

  #ringKey({ material, secret }: Extract<Reading, { kind: "key" }>): RingKey {
    const { keyIdRing } = this.#rules;
    return this.#remembered(material, () =>
      this.#rules.isGuessable(material) ? this.#label(`weak:${secret.name}`) : keyId(material, keyIdRing),
    );
  }

  #derivedKey({ material, secret }: Extract<Reading, { kind: "key" }>): RingKey {
    return this.#remembered(material, () => this.#label(`derived:${secret.name}`));
  }

  #remembered(material: Uint8Array, nameIt: () => string): RingKey {
    const identity = identityOf(material);
    let key = this.#known.find((known) => identityOf(known.material) === identity);
    if (!key) {
      key = Object.freeze({ keyId: nameIt(), material });
      this.#known.push(key);
    }
    return key;
  }

  /** Labels tell the slot that a key was first seen in; a number keeps two keys of one slot apart. */
  #label(wanted: string): string {
    let label = wanted;
    for (let number = 2; this.#known.some((key) => key.keyId === label); number += 1) label = `${wanted}~${number}`;
    return label;
  }

  #refuseCollisions(keys: readonly RingKey[]): void {
    if (new Set(keys.map((key) => key.keyId)).size === keys.length) return;
    throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", {
      hint: `Two keys of the ring ${JSON.stringify(this.#rules.name)} have the same id: generate one of them anew.`,
    });
  }
}

function keysIn(keys: ReadonlyMap<Slot, RingKey>, slots: ReadonlyMap<Slot, Reading>): RingKey[] {
  return [...slots.keys()].flatMap((slot) => keys.get(slot) ?? []);
}

/** Ciphers prepare keys by generation, so one that says the same is the same array. */
function sameKeys(before: KeyGeneration, next: KeyGeneration): boolean {
  return (
    before.length === next.length &&
    next.every(({ key, state, retireAfterMs }, index) => {
      const held = before[index];
      return held?.key === key && held.state === state && held.retireAfterMs === retireAfterMs;
    })
  );
}
