import type { Clock } from "./clock.js";
import { Cooled } from "./cooled.js";
import { backoffMs } from "./freshness.js";

/** Word of a change in the store. It never carries a value; `name` is what changed, all that is held without it. */
export interface Change {
  readonly name?: string;
}

/** However many changes are told, a name is refreshed at most once in so many milliseconds, and once more after that. */
const cooldownMs = 1_000;
const mostNames = 10_000;

interface Parts {
  readonly clock: Clock;
  /** Aborts when all is closed. */
  readonly signal: AbortSignal;
  /** What of the store is in use under this name: word of anything else is let pass, since anyone may have sent it. */
  held(name: string): readonly string[];
  /** Never rejects. */
  refresh(name: string | undefined): Promise<void>;
}

/**
 * Turns word of changes into refreshes: coalesced, rate-limited, with one more refresh after the last word. Lost, repeated,
 * reordered and forged ones do no harm, since a refresh asks the store.
 */
export class ChangeFeed {
  readonly #parts: Parts;
  readonly #refreshes = new Map<string | undefined, Cooled>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Follows until the changes end or fail, all is closed, or the returned function is called. */
  follow(changes: AsyncIterable<Change>): () => void {
    const following = new AbortController();
    void this.#read(changes, following.signal).catch(() => undefined); // a source that fails has no more to tell
    return () => following.abort();
  }

  /** Follows a source that is opened anew after it ended or failed, less and less often. */
  watch(open: (signal: AbortSignal) => AsyncIterable<Change>): void {
    void this.#watch(open);
  }

  async #watch(open: (signal: AbortSignal) => AsyncIterable<Change>): Promise<void> {
    const { clock, signal } = this.#parts;
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        await this.#read(open(signal), signal, () => {
          failures = 0;
        });
      } catch {
        // What changed while nobody listened is found by the refresh that is due anyway.
      }
      await clock.sleep(backoffMs(Math.max(failures, 1)), signal, { background: true }).catch(() => undefined);
    }
  }

  async #read(changes: AsyncIterable<Change>, signal: AbortSignal, heard?: () => void): Promise<void> {
    const iterator = changes[Symbol.asyncIterator]();
    const signals = new Set([signal, this.#parts.signal]);
    const isEnded = () => [...signals].some((one) => one.aborted);
    const end = () => void iterator.return?.()?.catch(() => undefined);
    for (const one of signals) one.addEventListener("abort", end, { once: true });
    try {
      while (!isEnded()) {
        const next = await iterator.next();
        if (next.done || isEnded()) return;
        heard?.();
        this.#changed(next.value?.name);
      }
    } finally {
      for (const one of signals) one.removeEventListener("abort", end);
      end();
    }
  }

  #changed(name: string | undefined): void {
    if (name === undefined) this.#refresh(undefined);
    else if (typeof name === "string") for (const held of this.#parts.held(name)) this.#refresh(held);
  }

  #refresh(name: string | undefined): void {
    let refresh = this.#refreshes.get(name);
    if (!refresh) {
      if (this.#refreshes.size >= mostNames) this.#refreshes.clear();
      refresh = new Cooled(() => this.#parts.refresh(name), this.#parts.clock, cooldownMs);
      this.#refreshes.set(name, refresh);
    }
    void refresh.run();
  }
}
