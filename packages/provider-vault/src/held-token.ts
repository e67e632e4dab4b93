import type { Clock } from "@qarion/secrets-core";
import { type Stopwatch, startStopwatch } from "./stopwatch.js";

/** What Vault says of a token. */
export interface TokenFacts {
  readonly token: string;
  /** From now on; `Infinity` where it is not known or has no end. */
  readonly lifeMs: number;
  readonly isRenewable: boolean;
}

/** Of a token's life, after which something is done about its end. */
const dueAfter = 2 / 3;
const longestPauseMs = 60_000;
const shortestPauseMs = 1_000;

/** A token, and how far its life has gone. */
export class HeldToken implements TokenFacts {
  readonly token: string;
  readonly lifeMs: number;
  readonly isRenewable: boolean;
  readonly #ageMs: Stopwatch;
  #dueMs: number;

  constructor(clock: Clock, { token, lifeMs, isRenewable }: TokenFacts, dueMs = lifeMs * dueAfter) {
    this.token = token;
    this.lifeMs = lifeMs;
    this.isRenewable = isRenewable;
    this.#ageMs = startStopwatch(clock);
    this.#dueMs = dueMs;
  }

  get isOver(): boolean {
    return this.#ageMs() >= this.lifeMs;
  }

  /** Time to look it up, to renew or to replace it. */
  get isDue(): boolean {
    return this.#ageMs() >= this.#dueMs;
  }

  /** Tries again after half of what is left, within limits. */
  postpone(): void {
    const pauseMs = Math.min((this.lifeMs - this.#ageMs()) / 2, longestPauseMs);
    this.#dueMs = this.#ageMs() + Math.max(pauseMs, shortestPauseMs);
  }

  /** Nothing can be done about its end. */
  letEnd(): this {
    this.#dueMs = Number.POSITIVE_INFINITY;
    return this;
  }
}
