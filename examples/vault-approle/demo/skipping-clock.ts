import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "@qarion/secrets";

/** The clock of this machine, and a day later when it is told so. Who sleeps is not woken. */
export class SkippingClock implements Clock {
  #skippedMs = 0;

  readonly now = () => Date.now() + this.#skippedMs;
  readonly monotonicNow = () => performance.now() + this.#skippedMs;

  async sleep(ms: number, signal?: AbortSignal, { background = false } = {}): Promise<void> {
    await pause(ms, undefined, { ref: !background, ...(signal ? { signal } : {}) });
  }

  skip(ms: number): void {
    this.#skippedMs += ms;
  }
}
