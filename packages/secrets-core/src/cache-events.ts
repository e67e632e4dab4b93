import type { Events, SecretsEvent } from "./events.js";
import type { SecretDocument } from "./secret-document.js";
import type { SecretsError } from "./secrets-error.js";
import type { StoreRef } from "./store-ref.js";

type Told = { -readonly [K in keyof SecretsEvent]: SecretsEvent[K] };

/** What a cache tells of its documents. */
export class CacheEvents {
  readonly #events: Events;

  constructor(events: Events) {
    this.#events = events;
  }

  /** @param durationMs of the call to the store, where there was one */
  tell(
    type: "hit" | "stale" | "fetch" | "revalidate" | "change",
    { at, source }: SecretDocument,
    durationMs?: number,
  ): void {
    if (!this.#events.heard) return;
    const event: Told = { type, name: at.name, provider: this.#events.provider, stage: at.ref.stage };
    if (source.version !== undefined) event.version = source.version;
    if (durationMs !== undefined) event.durationMs = durationMs;
    this.#events.tell(event);
  }

  failed({ name, ref }: StoreRef, { code }: SecretsError, durationMs: number): void {
    if (this.#events.heard) this.#events.emit({ type: "error", name, stage: ref.stage, code, durationMs });
  }
}
