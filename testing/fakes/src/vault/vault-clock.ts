import { type Instant, instant } from "./go-time.js";

/** The time of a server, which its test moves. */
export interface VaultClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** This moment, or `inMs` from now. Two calls never give the same text, as two moments on a real server do not. */
  instant(inMs?: number): Instant;
  advance(ms: number): void;
}

/** @param base where time comes from; without, it stands still from now on, so that no time to live depends on luck */
export function vaultClock(base: () => number = standingStill()): VaultClock {
  let advancedMs = 0;
  let nanos = 0;
  const now = () => base() + advancedMs;
  return {
    now,
    instant(inMs = 0) {
      nanos = (nanos + 1) % 1_000_000;
      return instant(now() + inMs, nanos);
    },
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError("the clock advances by 0 ms or more");
      advancedMs += ms;
    },
  };
}

function standingStill(): () => number {
  const nowMs = Date.now();
  return () => nowMs;
}
