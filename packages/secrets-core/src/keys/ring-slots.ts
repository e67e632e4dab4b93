import type { Secret } from "../secret.js";
import type { Ref } from "../secret-ref.js";
import type { SecretsInternals } from "../secrets-internals.js";
import { invalidKey, type Reading, readSlot, type Slot, slotOf } from "./ring-reading.js";

export interface FallbackKeys {
  readonly current: Ref;
  readonly previous?: readonly Ref[];
  /** Makes the key from the other secret. */
  derive(secret: Secret): Uint8Array;
}

export interface RingRefs {
  readonly current: Ref;
  readonly previous?: readonly Ref[];
  readonly pending?: readonly Ref[];
  /** Places to look in besides, where "no such stage" only means "none there". */
  readonly guessed?: { readonly previous?: readonly Ref[]; readonly pending?: readonly Ref[] };
  /** Holds the time at which the current key took its place, as ISO 8601 or seconds since the epoch. */
  readonly rotatedAt?: Ref;
  readonly fallback?: FallbackKeys;
}

/** One look at every slot of a ring. */
export interface RingReadings {
  readonly current: Reading;
  readonly pending: ReadonlyMap<Slot, Reading>;
  readonly previous: ReadonlyMap<Slot, Reading>;
  readonly rotatedAt: Reading | undefined;
  /** Read only while the ring is on its fallback, or may still choose it. */
  readonly fallback: { readonly current: Reading; readonly previous: ReadonlyMap<Slot, Reading> } | undefined;
  /** The shortest time after which the provider wants to be asked again, in milliseconds. */
  readonly ttlMs: number;
}

/** The slots of a ring, and the order in which they are read. */
export class RingSlots {
  readonly current: Slot;
  readonly #pending: readonly Slot[];
  readonly #previous: readonly Slot[];
  readonly #rotatedAt: Slot | undefined;
  readonly #fallback:
    | { readonly current: Slot; readonly previous: readonly Slot[]; readonly keys: FallbackKeys }
    | undefined;
  readonly #parse: (secret: Secret) => Uint8Array;
  readonly #internals: SecretsInternals;

  constructor(refs: RingRefs, parse: (secret: Secret) => Uint8Array, internals: SecretsInternals) {
    this.current = slotOf(refs.current);
    this.#pending = slotsOf(refs.pending, refs.guessed?.pending);
    this.#previous = slotsOf(refs.previous, refs.guessed?.previous);
    this.#rotatedAt = refs.rotatedAt === undefined ? undefined : slotOf(refs.rotatedAt, true);
    this.#fallback = refs.fallback && {
      current: slotOf(refs.fallback.current),
      previous: slotsOf(refs.fallback.previous, undefined),
      keys: refs.fallback,
    };
    this.#parse = parse;
    this.#internals = internals;
  }

  /** The names of all secrets that the ring reads. */
  get names(): ReadonlySet<string> {
    const slots = [this.current, ...this.#pending, ...this.#previous, ...(this.#rotatedAt ? [this.#rotatedAt] : [])];
    const fallback = this.#fallback ? [this.#fallback.current, ...this.#fallback.previous] : [];
    return new Set([...slots, ...fallback].map((slot) => slot.ref.name));
  }

  /**
   * Pending, current, previous: one after the other and in this order, so that a value that moves next → current →
   * previous meanwhile is seen at least once. The time of rotation comes last, since writers set it before they move
   * the current key: one that is too old would end the previous key too early.
   */
  async read({ fallback: withFallback }: { fallback: boolean }): Promise<RingReadings> {
    let ttlMs = Number.POSITIVE_INFINITY;
    const seen = (slotTtlMs: number) => {
      ttlMs = Math.min(ttlMs, slotTtlMs);
    };
    const read = (slot: Slot, parse = this.#parse) => readSlot(slot, parse, this.#internals, seen);
    const readAll = async (slots: readonly Slot[], parse?: (secret: Secret) => Uint8Array) => {
      const readings = new Map<Slot, Reading>();
      for (const slot of slots) readings.set(slot, await read(slot, parse));
      return readings;
    };
    const pending = await readAll(this.#pending);
    const current = await read(this.current);
    const previous = await readAll(this.#previous);
    let fallback: RingReadings["fallback"];
    if (this.#fallback && withFallback) {
      const { keys } = this.#fallback;
      const derive = (secret: Secret) => keys.derive(secret);
      fallback = {
        current: await read(this.#fallback.current, derive),
        previous: await readAll(this.#fallback.previous, derive),
      };
    }
    const rotatedAt = this.#rotatedAt && (await read(this.#rotatedAt, rotationTimeBytes));
    return { pending, current, previous, fallback, rotatedAt, ttlMs: Math.min(ttlMs, this.#internals.providerTtlMs) };
  }
}

function rotationTimeBytes(secret: Secret): Uint8Array {
  rotationTimeMs(secret);
  return secret.revealBytes();
}

/** A day and a time with its zone (ISO 8601, RFC 3339): hosts differ in their own zones, and a key may be replaced late in a day. */
const dateTime = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))$/;

/** @throws SecretsError `ERR_SECRETS_INVALID_VALUE` */
export function rotationTimeMs(secret: Secret): number {
  const text = secret.reveal().trim();
  if (/^\d{9,11}(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const [, day = "", time = ""] = dateTime.exec(text) ?? [];
  const timeMs = Date.parse(`${day}T${time}`);
  if (Number.isFinite(timeMs) && isDay(day)) return timeMs;
  throw invalidKey(
    secret.name,
    "It is the time of the last rotation: write it as 2026-01-31T12:00:00Z or in seconds since the epoch.",
  );
}

/** `Date.parse` takes 30 February for 2 March. */
function isDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

/** What the user names is not guessed besides. */
function slotsOf(named: readonly Ref[] = [], guessed: readonly Ref[] = []): readonly Slot[] {
  const slots = named.map((ref) => slotOf(ref));
  const taken = new Set(slots.map(({ ref }) => ref.text));
  return [...slots, ...guessed.map((ref) => slotOf(ref, true)).filter(({ ref }) => !taken.has(ref.text))];
}
