/** Time as core sees it; a test hands in its own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Resolves after `ms` milliseconds, or rejects with the signal's reason as soon as it aborts.
   * `background: true` asks that the wait alone keep no process alive.
   */
  sleep(ms: number, signal?: AbortSignal, options?: { readonly background?: boolean }): Promise<void>;
  /**
   * Milliseconds on a clock that nobody sets. An age is the larger of what the two clocks say: the wall clock can be
   * set back, the monotonic one stands still while a machine is frozen. Without it, `now` serves for both.
   */
  monotonicNow?(): number;
}

const longestTimeoutMs = 2 ** 31 - 1;

export const systemClock: Required<Clock> = {
  now: () => Date.now(),
  monotonicNow: () => performance.now(),
  sleep(ms, signal, options) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener("abort", stop);
          resolve();
        },
        Math.min(Math.max(ms, 0), longestTimeoutMs),
      );
      if (options?.background) timer.unref();
      signal?.addEventListener("abort", stop, { once: true });
    });
  },
};

/** A moment on both clocks. */
export interface Instant {
  readonly wall: number;
  readonly monotonic: number;
}

export function instant(clock: Clock): Instant {
  const wall = clock.now();
  return { wall, monotonic: clock.monotonicNow ? clock.monotonicNow() : wall };
}

/** Milliseconds since that moment: the larger of wall and monotonic time. */
export function ageMs(clock: Clock, since: Instant): number {
  const wall = clock.now();
  const monotonic = clock === systemClock ? sampledMonotonic(wall) : (clock.monotonicNow?.() ?? wall);
  return Math.max(wall - since.wall, monotonic - since.monotonic);
}

const sample = { wall: Number.NaN, monotonic: 0 };

/** The monotonic clock, read once in each millisecond of the wall clock: it costs as much as the rest of a cached read. */
function sampledMonotonic(wall: number): number {
  if (wall !== sample.wall) {
    sample.wall = wall;
    sample.monotonic = performance.now();
  }
  return sample.monotonic;
}
