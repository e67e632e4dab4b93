import type { Clock } from "./clock.js";
import { JsonMembers } from "./json-members.js";
import type { ProviderSecret, SecretProvider, VersionInfo } from "./provider.js";
import type { ProviderCalls } from "./provider-calls.js";
import { secretOf } from "./secret.js";
import { SecretsError, type SecretsErrorCode } from "./secrets-error.js";
import type { StoreRef } from "./store-ref.js";

const mostTries = 8;
/** What no newer version of the bundle would change. */
const final: ReadonlySet<SecretsErrorCode> = new Set([
  "ERR_SECRETS_ACCESS_DENIED",
  "ERR_SECRETS_UNAUTHENTICATED",
  "ERR_SECRETS_UNSUPPORTED",
  "ERR_SECRETS_CLOSED",
]);
const pauseMs = 50;

/**
 * Sets one member of a bundle: reads the bundle past every cache, and writes it back only if it is still the version
 * that was read. Who writes at the same moment from elsewhere loses nothing, and neither do we.
 */
export class BundleWriter {
  readonly #provider: SecretProvider;
  readonly #calls: ProviderCalls;
  readonly #clock: Clock;
  #last: Promise<unknown> = Promise.resolve();

  constructor(provider: SecretProvider, calls: ProviderCalls, clock: Clock) {
    this.#provider = provider;
    this.#calls = calls;
    this.#clock = clock;
  }

  /** Writers of one process take turns, so that only other processes are met at the store. */
  put(at: StoreRef, value: string | Uint8Array): Promise<VersionInfo> {
    const turn = this.#last.then(() => this.#put(at, textOf(value, at)));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #put(at: StoreRef, value: string): Promise<VersionInfo> {
    const { put, capabilities } = this.#provider;
    if (!put || capabilities.conditionalWrites !== true) {
      throw this.#calls.unsupported("write one member of a bundle safely", at.name);
    }
    for (let tries = 1; ; tries += 1) {
      const { source, members } = await this.#read(at);
      const { version } = source;
      if (version === undefined) throw this.#calls.unsupported("tell versions, and so cannot write safely", at.name);
      const member = at.bundle?.memberOf(members, at.name) ?? at.name;
      const next = members.with(member, value);
      if (next === undefined) throw inexact(at);
      try {
        return await this.#calls.call(
          (context) => put.call(this.#provider, at.ref, next, { ...context, ifVersion: version }),
          at.ref.name,
        );
      } catch (error) {
        if (SecretsError.is(error) && final.has(error.code)) throw error;
        const found = await this.#read(at).catch(() => undefined);
        const now = found?.source.version;
        if (now === undefined || now === version) throw error; // nobody else wrote: that was no conflict
        if (found?.members.holds(member, value)) return { version: now }; // the answer was lost on the way
        if (tries === mostTries) throw error;
        await this.#clock.sleep(Math.round(pauseMs * tries * Math.random()), this.#calls.signal);
      }
    }
  }

  async #read(at: StoreRef): Promise<{ source: ProviderSecret; members: JsonMembers }> {
    const source = await this.#calls.fetch(at.ref);
    const fetchedAt = new Date(this.#clock.now());
    const facts = { name: at.ref.name, provider: this.#provider.name, fetchedAt, state: "fresh" } as const;
    return { source, members: new JsonMembers(secretOf(source.value, { ...facts, stage: "current" })) };
  }
}

/** @throws SecretsError `ERR_SECRETS_INVALID_VALUE` */
function textOf(value: string | Uint8Array, { name }: StoreRef): string {
  if (typeof value === "string") return value;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    const hint = "A bundle is JSON, which holds no bytes: encode them, as in base64.";
    throw new SecretsError("ERR_SECRETS_INVALID_VALUE", { hint, secretName: name });
  }
}

function inexact({ name, ref }: StoreRef): SecretsError {
  return new SecretsError("ERR_SECRETS_INVALID_VALUE", {
    secretName: name,
    hint: `Writing the bundle ${ref.name} would change a number in it that JavaScript cannot hold exactly: store that one as a string.`,
  });
}
