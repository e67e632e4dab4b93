import type { SeededRandom } from "./seeded-random.js";

/** How a store fares for a while. */
export interface FaultPhase {
  readonly kind: "well" | "throttled" | "hanging" | "dead" | "denied" | "missing";
  /** Milliseconds since the start. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Whom `denied` and `missing` concern; the store is well to the others. */
  readonly names: ReadonlySet<string>;
}

const outages = ["throttled", "hanging", "dead"] as const;
const refusals = ["denied", "missing"] as const;

/**
 * Throttles, hangs and dies in turns, with good times between. Some secrets are denied or missing for a while, and in
 * half of these cases an outage follows at once: what was refused must not come back by that. One outage lasts
 * `longOutageMs`, which is meant to outlast every value. It ends with `recoveryMs` of a store that is well.
 */
export function faultSchedule(options: {
  readonly random: SeededRandom;
  readonly names: readonly string[];
  readonly durationMs: number;
  readonly longOutageMs: number;
  readonly recoveryMs: number;
}): readonly FaultPhase[] {
  const { random, names, durationMs, longOutageMs, recoveryMs } = options;
  const phases: FaultPhase[] = [];
  const untilRecoveryMs = durationMs - recoveryMs;
  let atMs = 0;
  const add = (kind: FaultPhase["kind"], forMs: number) => {
    const untilMs = Math.min(atMs + forMs, untilRecoveryMs);
    const some = names.filter(() => random.chance(0.4));
    phases.push({ kind, fromMs: atMs, untilMs, names: new Set(kind === "denied" || kind === "missing" ? some : []) });
    atMs = untilMs;
  };
  const longTurn = random.whole(1, 4);
  for (let turn = 0; atMs < untilRecoveryMs; turn += 1) {
    add("well", random.whole(20_000, 120_000));
    add(refusals[turn % refusals.length] ?? "denied", random.whole(20_000, 100_000));
    if (random.chance(0.5)) add("well", random.whole(20_000, 120_000));
    const outage = outages[turn % outages.length] ?? "dead";
    add(outage, turn === longTurn ? longOutageMs : random.whole(15_000, 240_000));
  }
  phases.push({ kind: "well", fromMs: untilRecoveryMs, untilMs: durationMs, names: new Set() });
  return phases.filter(({ fromMs, untilMs }) => untilMs > fromMs);
}
