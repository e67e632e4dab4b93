import type { Clock } from "@qarion/secrets-core";
import { JwtError } from "./jwt-error.js";

const cooldownMs = 1_000;
const mostWaiting = 1_000;

/**
 * Refreshes that tokens with unknown keys ask for: at most one a second, since anyone can make up a token. Whoever asks
 * waits for a refresh that starts after it asked, the next one if need be.
 */
export class CooledRefresh {
  readonly #refresh: () => Promise<void>;
  readonly #clock: Clock;
  #next: Promise<void> | undefined;
  #startedAtMs = Number.NEGATIVE_INFINITY;
  #waiting = 0;

  constructor(refresh: () => Promise<void>, clock: Clock) {
    this.#refresh = refresh;
    this.#clock = clock;
  }

  /** @throws {JwtError} `ERR_JWT_STALE` when 1,000 callers wait already */
  async wait(): Promise<void> {
    if (this.#waiting >= mostWaiting) {
      throw new JwtError("ERR_JWT_STALE", { hint: "Too many tokens with unknown keys wait for the ring to refresh." });
    }
    this.#waiting += 1;
    try {
      this.#next ??= this.#cooled();
      await this.#next;
    } finally {
      this.#waiting -= 1;
    }
  }

  async #cooled(): Promise<void> {
    const restMs = this.#startedAtMs + cooldownMs - this.#nowMs();
    await (restMs > 0 ? this.#clock.sleep(restMs) : undefined);
    this.#next = undefined; // whoever comes from here on needs a later one
    this.#startedAtMs = this.#nowMs();
    await this.#refresh();
  }

  #nowMs(): number {
    return this.#clock.monotonicNow?.() ?? this.#clock.now();
  }
}
