import type { Clock } from "@qarion/secrets-core";

/** Tells how many milliseconds ago it was started: the larger of wall and monotonic time. */
export type Stopwatch = () => number;

/** The wall clock can be set back, and the monotonic one stands still while a machine is frozen. */
export function startStopwatch(clock: Clock): Stopwatch {
  const monotonicNow = () => clock.monotonicNow?.() ?? clock.now();
  const wallMs = clock.now();
  const monotonicMs = monotonicNow();
  return () => Math.max(clock.now() - wallMs, monotonicNow() - monotonicMs);
}
