import type { Clock } from "./clock.js";

/** Something that is refreshed in the background. */
export interface Refreshable {
  /** Milliseconds until it is due; `Infinity` while a refresh is under way. */
  dueInMs(): number;
  /** Never rejects: it keeps its own errors. */
  refresh(): Promise<void>;
}

/** The one timer of a `Secrets`. It runs while something follows it and keeps no process alive. */
export class BackgroundRefresh {
  readonly #clock: Clock;
  /** Called when something is followed. */
  readonly #started: () => void;
  readonly #members = new Set<Refreshable>();
  #wake: AbortController | undefined;
  #closed = false;

  constructor(clock: Clock, started: () => void = () => undefined) {
    this.#clock = clock;
    this.#started = started;
  }

  add(member: Refreshable): () => void {
    this.#members.add(member);
    this.#started();
    this.#reschedule();
    return () => {
      this.#members.delete(member);
      if (this.#members.size === 0) this.#wake?.abort();
    };
  }

  close(): void {
    this.#closed = true;
    this.#members.clear();
    this.#wake?.abort();
  }

  #reschedule(): void {
    if (this.#wake) this.#wake.abort();
    else void this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#closed && this.#members.size > 0) {
      const dueInMs = Math.min(...[...this.#members].map((member) => member.dueInMs()));
      this.#wake = new AbortController();
      try {
        // The longest sleep is bounded so that a clock that jumps is noticed.
        await this.#clock.sleep(Math.min(Math.max(dueInMs, 0), 3_600_000), this.#wake.signal, { background: true });
      } catch {
        continue; // woken: something was added or removed, or all is closed
      }
      for (const member of this.#members) {
        if (member.dueInMs() <= 0) void member.refresh().then(() => this.#wake?.abort());
      }
    }
    this.#wake = undefined;
  }
}
