import { callListener } from "./call-listener.js";
import { SecretsError } from "./secrets-error.js";

/** A value that follows its source. */
export interface Live<T> {
  /** The last good value: a plain read that never throws. */
  readonly current: T;
  /** Why `current` is not newer; `undefined` while all is well. */
  readonly error: SecretsError | undefined;
  /** Calls back after each change of the value; returns the function that ends it. */
  onChange(listener: (next: T) => void): () => void;
  /**
   * A value built from this one and rebuilt when it changes: a pool, a client, a key ring. If a build fails, the last
   * good one stays, `error` says so, and the build is tried again when the source is next confirmed or `ready` is called.
   * `dispose` gets each one that was replaced, and the last when it is closed; a slow one holds up no later build, and
   * `close` waits for it. Closing the `Secrets` does not dispose of what was derived.
   * @throws what the first build throws: there is no good one to keep
   */
  derive<U>(build: (value: T) => U | Promise<U>, dispose?: (old: U) => unknown): Promise<Live<U>>;
  /** Refreshes if that is due and waits for it: the first line of a handler on a runtime that freezes. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** Told of a listener that threw. */
export type ListenerFailed = () => void;

/** What every live value has: a current value, why it is not newer, listeners and what is derived from it. */
export abstract class LiveValue<T> implements Live<T> {
  #current: T;
  #error: SecretsError | undefined;
  readonly #listeners = new Set<(next: T) => void>();
  readonly #confirmed = new Set<() => void>();
  readonly listenerFailed: ListenerFailed;

  constructor(initial: T, listenerFailed: ListenerFailed) {
    this.#current = initial;
    this.listenerFailed = listenerFailed;
  }

  get current(): T {
    return this.#current;
  }

  get error(): SecretsError | undefined {
    return this.#error;
  }

  abstract ready(): Promise<void>;
  abstract close(): Promise<void>;

  onChange(listener: (next: T) => void): () => void {
    const own = (next: T) => listener(next); // so that one function may listen twice, and stop once
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Calls back when the source is found to be what it was. */
  onConfirmed(listener: () => void): () => void {
    this.#confirmed.add(listener);
    return () => this.#confirmed.delete(listener);
  }

  async derive<U>(build: (value: T) => U | Promise<U>, dispose?: (old: U) => unknown): Promise<Live<U>> {
    let changedMeanwhile = false;
    const stop = this.onChange(() => {
      changedMeanwhile = true;
    });
    let initial: U;
    try {
      initial = await build(this.current);
    } finally {
      stop();
    }
    const derived = new DerivedValue(this, initial, build, dispose);
    if (changedMeanwhile) derived.rebuild(this.current);
    return derived;
  }

  protected set(next: T, { changed }: { changed: boolean }): void {
    this.#current = next;
    this.#error = undefined;
    if (!changed) {
      for (const listener of [...this.#confirmed]) listener();
      return;
    }
    for (const listener of [...this.#listeners]) callListener(() => listener(next), this.listenerFailed);
  }

  protected fail(error: SecretsError): void {
    this.#error = error;
  }

  protected clearListeners(): void {
    this.#listeners.clear();
    this.#confirmed.clear();
  }
}

class DerivedValue<T, U> extends LiveValue<U> {
  readonly #source: LiveValue<T>;
  readonly #build: (value: T) => U | Promise<U>;
  readonly #dispose: ((old: U) => unknown) | undefined;
  readonly #stops: readonly (() => void)[];
  readonly #disposals = new Set<Promise<void>>();
  #building: Promise<void> = Promise.resolve();
  #failed = false;
  #wanted: T;
  #closing: Promise<void> | undefined;

  constructor(source: LiveValue<T>, initial: U, build: (value: T) => U | Promise<U>, dispose?: (old: U) => unknown) {
    super(initial, source.listenerFailed);
    this.#source = source;
    this.#build = build;
    this.#dispose = dispose;
    this.#wanted = source.current;
    this.#stops = [source.onChange((next) => this.rebuild(next)), source.onConfirmed(() => this.#tryAgain())];
  }

  override get error(): SecretsError | undefined {
    return super.error ?? this.#source.error;
  }

  async ready(): Promise<void> {
    await this.#source.ready();
    this.#tryAgain();
    await this.#building;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** One build at a time; of several changes meanwhile only the last is built. */
  rebuild(next: T): void {
    this.#wanted = next;
    this.#building = this.#building.then(() => this.#buildFrom(next));
  }

  /** What failed may have been the database and not the secret. */
  #tryAgain(): void {
    if (!this.#failed) return;
    this.#failed = false;
    this.rebuild(this.#source.current);
  }

  async #close(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.clearListeners();
    await this.#building;
    this.#disposeOf(this.current);
    await Promise.all(this.#disposals);
  }

  async #buildFrom(value: T): Promise<void> {
    if (this.#closing || value !== this.#wanted) return;
    let built: U;
    try {
      built = await this.#build(value);
    } catch (error) {
      this.#failed = true;
      this.fail(
        SecretsError.is(error)
          ? error
          : new SecretsError("ERR_SECRETS_INVALID_VALUE", {
              hint: "What is derived from this secret could not be built from its new value; the last good one stays.",
              cause: error,
            }),
      );
      return;
    }
    this.#failed = false;
    const old = this.current;
    if (this.#closing) return this.#disposeOf(built);
    this.set(built, { changed: true });
    this.#disposeOf(old);
  }

  #disposeOf(old: U): void {
    const disposal = (async () => this.#dispose?.(old))().then(
      () => undefined,
      () => this.listenerFailed(),
    );
    this.#disposals.add(disposal);
    void disposal.then(() => this.#disposals.delete(disposal));
  }
}
