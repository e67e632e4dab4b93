import type { BackgroundRefresh, Refreshable } from "./background-refresh.js";
import type { Outcome } from "./cache-entries.js";
import { ageMs, type Clock, type Instant, instant } from "./clock.js";
import { backoffMs } from "./freshness.js";
import { type ListenerFailed, LiveValue } from "./live.js";
import type { Secret } from "./secret.js";
import type { SecretCache } from "./secret-cache.js";
import type { SecretDocument } from "./secret-document.js";
import type { SecretsError } from "./secrets-error.js";
import type { StoreRef } from "./store-ref.js";

/** How often to look where the provider wants no caching at all, as for files on this machine. */
const pollMs = 1_000;

interface Parts {
  readonly cache: SecretCache;
  readonly at: StoreRef;
  readonly clock: Clock;
  readonly background: BackgroundRefresh;
  readonly optional: boolean;
  readonly listenerFailed: ListenerFailed;
}

/** A secret that is refreshed in the background, and follows every read of the same reference too. */
export class LiveSecret extends LiveValue<Secret | undefined> implements Refreshable {
  readonly #parts: Parts;
  readonly #stops: readonly (() => void)[];
  #lookedAt: Instant;
  #waitMs: number;
  #failures = 0;
  #refreshing = 0;
  /** The last call told nothing of the store: it froze with the machine, a write overtook it, or all was closed. */
  #unanswered = false;

  constructor(parts: Parts, document: SecretDocument | undefined, secret: Secret | undefined) {
    super(secret, parts.listenerFailed);
    this.#parts = parts;
    this.#lookedAt = document?.fetchedAt ?? instant(parts.clock);
    this.#waitMs = this.#intervalMs(document);
    this.#stops = [parts.cache.follow(parts.at, (outcome) => this.#told(outcome)), parts.background.add(this)];
  }

  dueInMs(): number {
    return this.#refreshing > 0 ? Number.POSITIVE_INFINITY : this.#waitMs - ageMs(this.#parts.clock, this.#lookedAt);
  }

  async refresh(): Promise<void> {
    const before = this.#lookedAt;
    this.#refreshing += 1;
    try {
      await this.#parts.cache.renew(this.#parts.at);
    } catch {
      // `#told` has heard of it
    } finally {
      this.#refreshing -= 1;
      this.#unanswered = this.#lookedAt === before;
      if (this.#unanswered) this.#looked(backoffMs(++this.#failures));
    }
  }

  async ready(): Promise<void> {
    // One that is under way is joined, unless it froze with the machine.
    if (this.#refreshing > 0 || this.#unanswered || this.dueInMs() <= 0) await this.refresh();
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.clearListeners();
  }

  #told(outcome: Outcome): void {
    if ("document" in outcome) {
      this.#failures = 0;
      this.#looked(this.#intervalMs(outcome.document));
      this.#newer(outcome.document);
    } else {
      this.#failures = this.#isAbsence(outcome.error) ? 0 : this.#failures + 1;
      this.#looked(this.#failures === 0 ? this.#intervalMs(undefined) : backoffMs(this.#failures));
      this.#notNewer(outcome.error);
    }
  }

  #newer(document: SecretDocument): void {
    try {
      const next = document.view(this.#parts.at);
      this.set(next, { changed: this.current === undefined || !next.equals(this.current) });
    } catch (error) {
      this.#notNewer(error as SecretsError); // the document has no such member any more
    }
  }

  #notNewer(error: SecretsError): void {
    if (this.#isAbsence(error)) this.set(undefined, { changed: this.current !== undefined });
    else this.fail(error);
  }

  /** Having no value is one of the states of an optional secret. */
  #isAbsence(error: SecretsError): boolean {
    return this.#parts.optional && error.code === "ERR_SECRETS_NOT_FOUND";
  }

  #looked(waitMs: number): void {
    this.#lookedAt = instant(this.#parts.clock);
    this.#waitMs = waitMs;
  }

  #intervalMs(document: SecretDocument | undefined): number {
    return this.#parts.cache.refreshAfterMs(document) || pollMs;
  }
}
