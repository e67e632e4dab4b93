/** A clock that stands still until it is told to move. It has the shape of the `Clock` of `@qarion/secrets-core`. */
export interface FakeClock {
  /** The wall clock: milliseconds since the epoch. */
  now(): number;
  /** The clock that nobody sets. It starts elsewhere than the wall clock, so that one cannot pass for the other. */
  monotonicNow(): number;
  /** Resolves once the monotonic clock was advanced by `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal, options?: { readonly background?: boolean }): Promise<void>;
  /**
   * Moves both clocks by `ms` and wakes the sleepers on the way in the order of their time, each at its own time and
   * with what follows from it settled before the next. `advance(0)` lets what is under way settle.
   */
  advance(ms: number): Promise<void>;
  /** Moves the wall clock alone, as it goes on while a machine is frozen; negative sets it back. Wakes nobody. */
  freeze(ms: number): void;
  /** Who sleeps now, the first to wake first. */
  sleepers(): readonly { readonly dueInMs: number; readonly background: boolean }[];
}

interface Sleeper {
  readonly dueAt: number;
  readonly background: boolean;
  wake(): void;
}

/** @param startMs where the wall clock starts, in milliseconds since the epoch */
export function fakeClock(startMs: number = Date.UTC(2026, 0, 1)): FakeClock {
  let wall = startMs;
  let monotonic = 5_000;
  let asleep: Sleeper[] = []; // sorted by the time of waking; of one time, the first to lie down is the first to wake

  const moveTo = (time: number) => {
    wall += time - monotonic;
    monotonic = time;
  };

  return {
    now: () => wall,
    monotonicNow: () => monotonic,
    sleep: (ms, signal, options) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = () => {
          asleep = asleep.filter((other) => other !== sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          dueAt: monotonic + Math.max(ms, 0),
          background: options?.background === true,
          wake: () => {
            signal?.removeEventListener("abort", stop);
            resolve();
          },
        };
        const later = asleep.findIndex(({ dueAt }) => dueAt > sleeper.dueAt);
        asleep.splice(later < 0 ? asleep.length : later, 0, sleeper);
        signal?.addEventListener("abort", stop, { once: true });
      }),
    async advance(ms) {
      if (!(ms >= 0)) throw new RangeError("a fake clock advances by 0 ms or more; freeze() sets the wall clock");
      const target = monotonic + ms;
      await settled();
      for (let next = asleep[0]; next !== undefined && next.dueAt <= target; next = asleep[0]) {
        asleep.shift();
        moveTo(next.dueAt);
        next.wake();
        await settled();
      }
      moveTo(target);
    },
    freeze: (ms) => {
      wall += ms;
    },
    sleepers: () => asleep.map(({ dueAt, background }) => ({ dueInMs: dueAt - monotonic, background })),
  };
}

/** All promise jobs run before the next turn of the event loop. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
