import { ageMs, type Clock, type Instant, instant } from "./clock.js";

/**
 * Work that anyone may ask for at any time and that runs at most once in a cooldown. Whoever asks waits for a run that
 * starts after it asked, so what it wanted seen is seen; those who ask meanwhile share that run.
 */
export class Cooled {
  readonly #work: () => Promise<void>;
  readonly #clock: Clock;
  readonly #cooldownMs: number;
  #next: Promise<void> | undefined;
  #startedAt: Instant | undefined;
  #waiting = 0;

  constructor(work: () => Promise<void>, clock: Clock, cooldownMs: number) {
    this.#work = work;
    this.#clock = clock;
    this.#cooldownMs = cooldownMs;
  }

  /** How many wait now. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Rejects as the work does. */
  async run(): Promise<void> {
    this.#waiting += 1;
    try {
      this.#next ??= this.#cooled();
      await this.#next;
    } finally {
      this.#waiting -= 1;
    }
  }

  async #cooled(): Promise<void> {
    const restMs = this.#startedAt === undefined ? 0 : this.#cooldownMs - ageMs(this.#clock, this.#startedAt);
    await (restMs > 0 ? this.#clock.sleep(restMs) : undefined);
    this.#next = undefined; // whoever comes from here on needs a later one
    this.#startedAt = instant(this.#clock);
    await this.#work();
  }
}
