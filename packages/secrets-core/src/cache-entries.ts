import type { Instant } from "./clock.js";
import type { ProviderRef } from "./provider.js";
import type { SecretDocument } from "./secret-document.js";
import type { SecretsError } from "./secrets-error.js";
import { type StoreRef, wholeOf } from "./store-ref.js";

/** How a call to the store ended, as those are told who follow a secret. */
export type Outcome = { readonly document: SecretDocument } | { readonly error: SecretsError };

/** A call to the store that is under way. */
export interface Flight {
  readonly promise: Promise<SecretDocument>;
  readonly startedAt: Instant;
}

/** What is known of one name, stage and version. */
export interface Entry {
  readonly ref: ProviderRef;
  /** How users know the document as a whole. */
  readonly whole: StoreRef;
  /** Somebody uses it: more than a key ring that looks whether there is one. */
  wanted: boolean;
  /** It was read since the store was last asked for it. */
  used: boolean;
  document?: SecretDocument | undefined;
  /** At this age of the document a read asks for a newer one. */
  refreshAfterMs: number;
  failure?: { readonly error: SecretsError; readonly at: Instant; readonly restMs: number } | undefined;
  failures: number;
  /** When this process saw the value change, in milliseconds since the epoch. */
  changedAtMs?: number;
  flight?: Flight | undefined;
  /** A refresh that waits for the present flight to end, since that one may have read the store too early. */
  next?: Promise<SecretDocument> | undefined;
  readonly followers: Set<(outcome: Outcome) => void>;
}

const mostEntries = 10_000;

/** The entries of a cache. Names made from users' input must not fill the memory, so there is a limit to them. */
export class CacheEntries implements Iterable<Entry> {
  readonly #entries = new Map<string, Entry>();

  of(at: StoreRef): Entry {
    let entry = this.#entries.get(at.cacheKey);
    if (!entry) {
      if (this.#entries.size >= mostEntries) this.#makeRoom();
      entry = {
        ref: at.ref,
        whole: wholeOf(at),
        wanted: false,
        used: false,
        refreshAfterMs: 0,
        failures: 0,
        followers: new Set(),
      };
      this.#entries.set(at.cacheKey, entry);
    }
    return entry;
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.#entries.values();
  }

  /**
   * What nobody follows and nobody waits for can go, the oldest first, and what holds a value only when the others are
   * not enough.
   */
  #makeRoom(): void {
    for (const holding of [false, true]) {
      for (const [key, { document, flight, followers }] of this.#entries) {
        if (this.#entries.size < mostEntries / 2) return;
        if ((document !== undefined) === holding && !flight && followers.size === 0) this.#entries.delete(key);
      }
    }
  }
}
