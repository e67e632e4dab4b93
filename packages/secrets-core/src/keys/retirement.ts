import type { HeldKey, RingKey } from "./held-keys.js";
import { type RingReadings, rotationTimeMs } from "./ring-slots.js";

/** When a key was current as far as this process saw, in milliseconds since the epoch. It was replaced between the two. */
export interface Reign {
  readonly lastSeenMs: number;
  /** The end of the first reading that had another current key, or none. */
  readonly replacedByMs?: number;
}

/** When the slots were read, in milliseconds since the epoch. */
export interface ReadingTime {
  readonly startedMs: number;
  readonly endedMs: number;
}

export interface RetirementRules {
  /** How long a promotion takes to reach every process, in milliseconds. */
  readonly propagationMs: number;
  /** How long what a key made stays valid; `undefined` for what never expires. */
  readonly lifetimeMs: number | undefined;
}

/** ECMA-262 section 21.4.1.1. */
const latestDateMs = 8.64e15;

/** The reigns after a reading that `confirmed` this current key, or carried it over. */
export function nextReigns(
  before: ReadonlyMap<RingKey, Reign>,
  current: RingKey | undefined,
  confirmed: boolean,
  { startedMs, endedMs }: ReadingTime,
): Map<RingKey, Reign> {
  const reigns = new Map<RingKey, Reign>();
  for (const [key, reign] of before) {
    reigns.set(key, key === current ? reign : { replacedByMs: endedMs, ...reign });
  }
  if (current && confirmed) reigns.set(current, { lastSeenMs: startedMs });
  return reigns;
}

/** When the current key took its place, in milliseconds since the epoch, if a durable fact says so. */
export function promotionMs({ current, rotatedAt }: RingReadings, beforeMs: number | undefined): number | undefined {
  if (current.kind !== "key") return beforeMs;
  const activatedAtMs = new Date(current.secret.activatedAt ?? Number.NaN).getTime();
  if (Number.isFinite(activatedAtMs)) return activatedAtMs;
  if (rotatedAt?.kind === "unknown" || rotatedAt?.kind === "invalid") return beforeMs;
  return rotatedAt?.kind === "key" ? rotationTimeMs(rotatedAt.secret) : undefined;
}

/**
 * When a previous key ends: `promotedAt + propagation + lifetime`. A durable time is not believed against what this
 * process saw: a key that was current a moment ago was not replaced last week. Then, and for a key without a durable time
 * that is kept only because its slot cannot be read, the moment counts by which it had been replaced: others may have
 * signed with it until then.
 */
export function retirement(
  { propagationMs, lifetimeMs }: RetirementRules,
  promotedAtMs: number | undefined,
  reign: Reign | undefined,
  isDemoted: boolean,
): Pick<HeldKey, "retireAfterMs" | "isObserved"> {
  if (lifetimeMs === undefined) return {};
  const endOf = (replacedAtMs: number) => Math.min(replacedAtMs + propagationMs + lifetimeMs, latestDateMs);
  const observedMs = reign?.replacedByMs;
  if (promotedAtMs === undefined) {
    return isDemoted && observedMs !== undefined ? { retireAfterMs: endOf(observedMs), isObserved: true } : {};
  }
  const isBelieved = observedMs === undefined || promotedAtMs >= (reign?.lastSeenMs ?? 0);
  return { retireAfterMs: endOf(isBelieved ? promotedAtMs : observedMs) };
}
