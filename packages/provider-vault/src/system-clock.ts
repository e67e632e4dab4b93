import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "@qarion/secrets-core";

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicNow: () => performance.now(),
  sleep: (ms, signal, { background = false } = {}) =>
    pause(ms, undefined, { ...(signal && { signal }), ref: !background }),
};
