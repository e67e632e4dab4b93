import type { Stage } from "../provider.js";
import { SecretsError } from "../secrets-error.js";
import type { HeldKey, KeyGeneration, RingKey } from "./held-keys.js";
import { keyId } from "./key-id.js";
import { identityOf } from "./key-ownership.js";
import {
  nextReigns,
  promotionMs,
  type ReadingTime,
  type Reign,
  type RetirementRules,
  retirement,
} from "./retirement.js";
import type { Reading, Slot } from "./ring-reading.js";
import type { RingReadings } from "./ring-slots.js";

/** What a ring knows at one moment. A refresh makes the next one from it and swaps the whole. */
export interface RingSnapshot {
  readonly generation: KeyGeneration;
  readonly current: RingKey | undefined;
  /** Whether these readings said which key is current; if not, the one before is carried over. */
  readonly confirmed: boolean;
  /** Why nothing new can be made, and perhaps nothing opened either, by the store's own word. */
  readonly stopped: { readonly error: SecretsError; readonly opens: boolean } | undefined;
  /** The first slot that could not be read, or holds what is no key. */
  readonly unread: SecretsError | undefined;
  /** The last known key of each slot. */
  readonly slotKeys: ReadonlyMap<Slot, RingKey>;
  /** Keys that were current and whose previous slot could not be read since. */
  readonly demoted: readonly RingKey[];
  /** The keys that this process has seen as current. */
  readonly reigns: ReadonlyMap<RingKey, Reign>;
  readonly promotedAtMs: number | undefined;
  /** The derived key, chosen once at the start. */
  readonly fallback: RingKey | undefined;
  /** Keys derived from the fallback's secrets: they open what was written with them. */
  readonly derived: readonly RingKey[];
  /** A real key was seen: the ring never comes back to its fallback. */
  readonly real: boolean;
}

export interface SnapshotRules extends RetirementRules {
  readonly name: string;
  readonly keyIdRing: string;
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
  reigns: new Map(),
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
  time: ReadingTime,
): RingSnapshot {
  return new SnapshotBuilder(before, readings, rules, time).build();
}

class SnapshotBuilder {
  readonly #before: RingSnapshot;
  readonly #readings: RingReadings;
  readonly #rules: SnapshotRules;
  readonly #time: ReadingTime;
  readonly #known: RingKey[];
  #unread: SecretsError | undefined;
  #stopped: RingSnapshot["stopped"];
  #confirmed = false;

  constructor(before: RingSnapshot, readings: RingReadings, rules: SnapshotRules, time: ReadingTime) {
    this.#before = before;
    this.#readings = readings;
    this.#rules = rules;
    this.#time = time;
    this.#known = [
      ...new Set([...before.generation.map(({ key }) => key), ...before.slotKeys.values(), ...before.derived]),
    ];
  }

  build(): RingSnapshot {
    const { current: currentReading, pending: pendingSlots, previous: previousSlots } = this.#readings;
    const fallback = this.#before.fallback ?? this.#chosenFallback();
    const current = this.#current(fallback);
    const slotKeys = new Map([...this.#slotKeys(pendingSlots, [currentReading]), ...this.#slotKeys(previousSlots, [])]);
    const pending = keysIn(slotKeys, pendingSlots);
    const previous = keysIn(slotKeys, previousSlots);
    const derived = fallback ? this.#derived(fallback) : [];
    const demoted = this.#demoted(current, [...pending, ...previous]);
    const promotedAtMs = promotionMs(this.#readings, this.#before.promotedAtMs);
    const reigns = nextReigns(this.#before.reigns, current, this.#confirmed, this.#time);

    const states = new Map<RingKey, Stage>();
    const add = (key: RingKey, state: Stage) => states.has(key) || states.set(key, state);
    if (current) add(current, "current");
    for (const key of pending) add(key, "pending");
    for (const key of [...previous, ...demoted, ...derived]) add(key, "previous");
    this.#refuseCollisions([...states.keys()]);
    for (const key of reigns.keys()) if (!states.has(key)) reigns.delete(key);

    const endOf = (key: RingKey) => retirement(this.#rules, promotedAtMs, reigns.get(key), demoted.includes(key));
    const generation = [...states].map(
      ([key, state]): HeldKey => ({ key, state, ...(state === "previous" ? endOf(key) : {}) }),
    );
    return {
      generation: sameKeys(this.#before.generation, generation) ? this.#before.generation : Object.freeze(generation),
      current,
      confirmed: this.#confirmed,
      stopped: this.#stopped,
      unread: this.#unread,
      slotKeys,
      demoted,
      reigns,
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
        if (fallback && !this.#before.real && reading.error.code === "ERR_SECRETS_NOT_FOUND") {
          this.#confirmed = true;
          return fallback;
        }
        this.#stopped = { error: reading.error, opens: true };
        return reading.error.code === "ERR_SECRETS_INVALID_VALUE" ? this.#before.current : undefined; // blank, or none
      case "invalid":
        // A slip of the hand in the one key that signs makes nothing unreadable; nothing new is made with what it was.
        this.#unread ??= reading.error;
        this.#stopped = { error: reading.error, opens: true };
        return this.#before.current;
      case "unknown":
        // An outage takes nothing back: what the store has stopped stays stopped until it says otherwise.
        this.#unread ??= reading.error;
        this.#stopped = this.#before.stopped;
        return this.#before.current;
    }
  }

  /** Only at the start, and only when the ring's own current key is not there. */
  #chosenFallback(): RingKey | undefined {
    const { current, fallback } = this.#readings;
    if (this.#before !== emptySnapshot || current.kind !== "absent" || fallback?.current.kind !== "key")
      return undefined;
    return this.#derivedKey(fallback.current);
  }

  /** A key that left its slot is kept while what it `movesTo` cannot be read, unless it was disabled. */
  #slotKeys(slots: ReadonlyMap<Slot, Reading>, movesTo: readonly Reading[]): Map<Slot, RingKey> {
    const keys = new Map<Slot, RingKey>();
    const mayHaveMoved = movesTo.some(({ kind }) => kind === "unknown");
    for (const [slot, reading] of slots) {
      const before = this.#before.slotKeys.get(slot);
      const isKept =
        reading.kind === "unknown" ||
        (reading.kind === "absent" && mayHaveMoved && reading.error.code !== "ERR_SECRETS_VERSION_DISABLED");
      if (reading.kind === "key") keys.set(slot, this.#ringKey(reading));
      else if (isKept && before) keys.set(slot, before);
      if (reading.kind !== "key" && reading.kind !== "absent") this.#unread ??= reading.error;
    }
    return keys;
  }

  /** The chosen key always; what else the fallback's secrets yield, for as long as they are there. */
  #derived(fallback: RingKey): RingKey[] {
    const { fallback: read } = this.#readings;
    if (!read) return [...this.#before.derived];
    if (read.current.kind === "denied") this.#stopped = { error: read.current.error, opens: false };
    if (read.current.kind === "unknown" && this.#before.stopped?.opens === false) this.#stopped = this.#before.stopped;
    const derived = new Set([fallback]);
    for (const reading of [read.current, ...read.previous.values()]) {
      if (reading.kind === "key") derived.add(this.#derivedKey(reading));
      if (reading.kind === "unknown") for (const key of this.#before.derived) derived.add(key);
      if (reading.kind !== "key" && reading.kind !== "absent") this.#unread ??= reading.error;
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
    next.every(({ key, state, retireAfterMs, isObserved }, index) => {
      const held = before[index];
      return (
        held?.key === key &&
        held.state === state &&
        held.retireAfterMs === retireAfterMs &&
        held.isObserved === isObserved
      );
    })
  );
}
