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

  /** Fails whatever is under way with `ERR_SECRETS_CLOSED`; later calls fail the same. */
  close(): void {
    this.#closing.abort(this.closed());
  }

  /** One call with its deadline. A damaged value is asked for once more; that is the only retry core makes. */
  async call<T>(run: (context: CallContext) => Promise<T>, secretName?: string): Promise<T> {
    try {
      return await this.#within(run, secretName);
    } catch (error) {
      if (SecretsError.is(error) && error.code === "ERR_SECRETS_INTEGRITY") return this.#within(run, secretName);
      throw error;
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
      const answers = await this.#within((context) => getMany.call(this.#provider, refs, context));
      for (const item of batch) this.#settle(item, answers.get(item.ref));
    } catch (error) {
      for (const item of batch) item.reject(toSecretsError(error, this.#provider, item.ref.name));
    }
  }

  #single({ ref }: Waiting): Promise<ProviderSecret> {
    return this.call(async (context) => this.#checked(await this.#provider.get(ref, context), ref), ref.name);
  }

  #settle(item: Waiting, answer: ProviderSecret | Error | undefined): void {
    if (answer instanceof Error || SecretsError.is(answer)) {
      const error = toSecretsError(answer, this.#provider, item.ref.name);
      if (error.code === "ERR_SECRETS_INTEGRITY") this.#single(item).then(item.resolve, item.reject);
      else item.reject(error);
      return;
    }
    try {
      item.resolve(this.#checked(answer, item.ref));
    } catch (error) {
      item.reject(toSecretsError(error, this.#provider, item.ref.name));
    }
  }

  #checked(answer: ProviderSecret | undefined, ref: ProviderRef): ProviderSecret {
    if (typeof answer?.value === "string" || answer?.value instanceof Uint8Array) return answer;
    throw new SecretsError("ERR_SECRETS_UNKNOWN", {
      hint: "The provider answered with neither a value nor an error; it breaks its contract.",
      secretName: ref.name,
      provider: this.#provider.name,
    });
  }

  async #within<T>(run: (context: CallContext) => Promise<T>, secretName?: string): Promise<T> {
    if (this.signal.aborted) throw this.closed();
    const call = new AbortController();
    const deadline = this.#clock.sleep(this.#timeoutMs, call.signal).then(() => {
      throw new SecretsError("ERR_SECRETS_TIMEOUT", {
        hint: `There was no answer within ${this.#timeoutMs} ms. Check the network to the store, or raise timeoutMs.`,
        provider: this.#provider.name,
        ...(secretName === undefined ? {} : { secretName }),
      });
    });
    const close = () => call.abort(this.closed());
    this.signal.addEventListener("abort", close, { once: true });
    const aborted = new Promise<never>((_, reject) => {
      call.signal.addEventListener("abort", () => reject(call.signal.reason), { once: true });
    });
    try {
      return await Promise.race([run({ signal: call.signal }), deadline, aborted]);
    } catch (error) {
      throw toSecretsError(error, this.#provider, secretName);
    } finally {
      this.signal.removeEventListener("abort", close);
      // Ends the deadline's timer and whatever the provider still does; nobody waits for either any more.
      for (const loser of [deadline, aborted]) loser.catch(() => undefined);
      call.abort(new SecretsError("ERR_SECRETS_ABORTED"));
    }
  }
}
