import type { Clock } from "@qarion/secrets-core";
import { Cooled } from "@qarion/secrets-core/keys";
import { JwtError } from "./jwt-error.js";

const cooldownMs = 1_000;
const mostWaiting = 1_000;

/**
 * Refreshes that tokens with unknown keys ask for: at most one a second, since anyone can make up a token. Whoever asks
 * waits for a refresh that starts after it asked, the next one if need be.
 */
export class CooledRefresh {
  readonly #cooled: Cooled;

  constructor(refresh: () => Promise<void>, clock: Clock) {
    this.#cooled = new Cooled(refresh, clock, cooldownMs);
  }

  /** @throws {JwtError} `ERR_JWT_STALE` when 1,000 callers wait already */
  async wait(): Promise<void> {
    if (this.#cooled.waiting >= mostWaiting) {
      throw new JwtError("ERR_JWT_STALE", { hint: "Too many tokens with unknown keys wait for the ring to refresh." });
    }
    await this.#cooled.run();
  }
}
