import { channel } from "node:diagnostics_channel";
import { callListener } from "./call-listener.js";
import type { Stage } from "./provider.js";
import type { SecretsErrorCode } from "./secrets-error.js";

/** What happened, as metadata: names, codes and durations, never values. */
export interface SecretsEvent {
  /**
   * `"hit"` and `"stale"`: a read answered from the cache; `"fetch"`: the store gave a value; `"revalidate"`: the store
   * confirmed the version held; `"error"`: it did not (`code`); `"change"`: the value differs from the one before;
   * `"write"`: `put` or `promote`; `"ring"`: a key ring swapped its keys; `"listener_error"`: a listener threw.
   */
  readonly type: "hit" | "stale" | "fetch" | "revalidate" | "error" | "change" | "write" | "ring" | "listener_error";
  readonly name?: string;
  readonly provider: string;
  readonly stage?: Stage;
  readonly version?: string;
  readonly code?: SecretsErrorCode;
  readonly durationMs?: number;
}

/**
 * Every event of every `Secrets` of the process is also published here, for tools that were not told of them when they
 * were made: `diagnostics_channel.subscribe("qarion:secrets", (event) => …)`. An error of a subscriber is Node's to
 * handle: it becomes an uncaught exception.
 */
const published = channel("qarion:secrets");

/** Tells listeners; one given as `onEvent` that throws harms nothing and nobody. */
export class Events {
  readonly #listener: ((event: SecretsEvent) => void) | undefined;
  readonly provider: string;

  constructor(provider: string, listener: ((event: SecretsEvent) => void) | undefined) {
    this.provider = provider;
    this.#listener = listener;
  }

  /** Whether anyone listens: on the way of a cached read even making an event would cost more than the read. */
  get heard(): boolean {
    return this.#listener !== undefined || published.hasSubscribers;
  }

  emit(event: Omit<SecretsEvent, "provider">): void {
    if (this.heard) this.tell({ ...event, provider: this.provider });
  }

  /** Passes an event on as it is. */
  tell(told: SecretsEvent): void {
    const listener = this.#listener;
    // A metrics hook that fails must not fail a read, and there is nobody left to tell.
    if (listener) callListener(() => listener(told), ignored);
    if (published.hasSubscribers) published.publish(told);
  }
}

function ignored(): void {}
