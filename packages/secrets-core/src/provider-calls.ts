import { setMaxListeners } from "node:events";
import { toSecretsError } from "./classify-error.js";
import type { Clock } from "./clock.js";
import type { CallContext, ProviderRef, ProviderSecret, SecretProvider, VersionInfo } from "./provider.js";
import { SecretsError } from "./secrets-error.js";

interface Waiting {
  readonly ref: ProviderRef;
  resolve(secret: ProviderSecret): void;
  reject(error: SecretsError): void;
}

/**
 * The calls to a provider, made safe: each has a deadline that holds even if the provider ignores its signal, each
 * failure is a `SecretsError`, reads of one moment are gathered into one `getMany`, and `close` settles what is under
 * way.
 */
export class ProviderCalls {
  readonly #provider: SecretProvider;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #closing = new AbortController();
  #waiting: Waiting[] = [];

  constructor(provider: SecretProvider, clock: Clock, timeoutMs: number) {
    this.#provider = provider;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    setMaxListeners(0, this.signal); // one for each call under way, and many at once are no leak
  }

  /** One read; it goes out with the others that are asked for before the running code next waits. */
  fetch(ref: ProviderRef): Promise<ProviderSecret> {
    const { stages, versions } = this.#provider.capabilities;
    if (ref.stage !== "current" && !stages)
      return Promise.reject(this.unsupported(`read stage ${ref.stage}`, ref.name));
    if (ref.version !== undefined && !versions) return Promise.reject(this.unsupported("read by version", ref.name));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ref, resolve, reject });
      if (this.#waiting.length === 1) queueMicrotask(() => this.#send());
    });
  }

  describe(ref: ProviderRef): Promise<VersionInfo> {
    const { describe } = this.#provider;
    if (!describe) return Promise.reject(this.unsupported("describe a secret", ref.name));
    return this.call((context) => describe.call(this.#provider, ref, context), ref.name);
  }

  unsupported(what: string, secretName?: string): SecretsError {
    return new SecretsError("ERR_SECRETS_UNSUPPORTED", {
      hint: `The provider cannot ${what}.`,
      provider: this.#provider.name,
      ...(secretName === undefined ? {} : { secretName }),
    });
  }

  closed(): SecretsError {
    return new SecretsError("ERR_SECRETS_CLOSED", { provider: this.#provider.name });
  }

  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  /** Fails whatever is under way with `ERR_SECRETS_CLOSED`, later calls too, and closes the provider. */
  async close(): Promise<void> {
    this.#closing.abort(this.closed());
    await this.#withinDeadline(async () => this.#provider.close?.(), new AbortController());
  }

  /** One call with its deadline, ended by `close`. */
  async call<T>(run: (context: CallContext) => Promise<T>, secretName?: string): Promise<T> {
    if (this.signal.aborted) throw this.closed();
    const call = new AbortController();
    setMaxListeners(0, call.signal); // a provider may listen once for each of many requests of one call
    const close = () => call.abort(this.closed());
    this.signal.addEventListener("abort", close, { once: true });
    try {
      return await this.#withinDeadline(run, call, secretName);
    } finally {
      this.signal.removeEventListener("abort", close);
    }
  }

  async #send(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    const { getMany } = this.#provider;
    if (batch.length === 1 || !getMany) {
      for (const item of batch) this.#single(item).then(item.resolve, item.reject);
      return;
    }
    const refs = batch.map(({ ref }) => ref);
    try {
      const answers = await this.call((context) => getMany.call(this.#provider, refs, context));
      for (const item of batch) this.#settle(item, answers.get(item.ref));
    } catch (error) {
      for (const item of batch) this.#fail(item, error);
    }
  }

  /** A damaged value is asked for once more; that is the only retry core makes. */
  async #single({ ref }: Waiting): Promise<ProviderSecret> {
    const read = () =>
      this.call(async (context) => this.#checked(await this.#provider.get(ref, context), ref), ref.name);
    try {
      return await read();
    } catch (error) {
      if (isDamage(error)) return read();
      throw error;
    }
  }

  #settle(item: Waiting, answer: ProviderSecret | Error | undefined): void {
    try {
      if (answer instanceof Error || SecretsError.is(answer)) throw answer;
      item.resolve(this.#checked(answer, item.ref));
    } catch (error) {
      this.#fail(item, error);
    }
  }

  #fail(item: Waiting, raw: unknown): void {
    const error = toSecretsError(raw, this.#provider, item.ref.name);
    if (isDamage(error)) this.#single(item).then(item.resolve, item.reject);
    else item.reject(error);
  }

  #checked(answer: ProviderSecret | undefined, ref: ProviderRef): ProviderSecret {
    const value = answer?.value;
    if (typeof value === "string") return answer as ProviderSecret;
    // Bytes are copied: what the provider's client does with its buffer afterwards is its own affair.
    if (value instanceof Uint8Array) return { ...answer, value: Uint8Array.from(value) };
    throw new SecretsError("ERR_SECRETS_UNKNOWN", {
      hint: "The provider answered with neither a value nor an error; it breaks its contract.",
      secretName: ref.name,
      provider: this.#provider.name,
    });
  }

  async #withinDeadline<T>(
    run: (context: CallContext) => Promise<T>,
    call: AbortController,
    secretName?: string,
  ): Promise<T> {
    const deadline = this.#clock.sleep(this.#timeoutMs, call.signal).then(() => {
      throw new SecretsError("ERR_SECRETS_TIMEOUT", {
        hint: `There was no answer within ${this.#timeoutMs} ms. Check the network to the store, or raise timeoutMs.`,
        provider: this.#provider.name,
        ...(secretName === undefined ? {} : { secretName }),
      });
    });
    const aborted = new Promise<never>((_, reject) => {
      call.signal.addEventListener("abort", () => reject(call.signal.reason), { once: true });
    });
    try {
      return await Promise.race([run({ signal: call.signal }), deadline, aborted]);
    } catch (error) {
      throw toSecretsError(error, this.#provider, secretName);
    } finally {
      // Ends the deadline's timer and whatever the provider still does; nobody waits for either any more.
      for (const loser of [deadline, aborted]) loser.catch(() => undefined);
      call.abort(new SecretsError("ERR_SECRETS_ABORTED"));
    }
  }
}

function isDamage(error: unknown): boolean {
  return SecretsError.is(error) && error.code === "ERR_SECRETS_INTEGRITY";
}
