import type { Bundle } from "./bundle.js";
import { BundleWriter } from "./bundle-writer.js";
import type { Clock } from "./clock.js";
import { JsonMembers } from "./json-members.js";
import type { Naming } from "./naming.js";
import type { CallContext, SecretProvider, VersionInfo } from "./provider.js";
import type { ProviderCalls } from "./provider-calls.js";
import type { SecretCache } from "./secret-cache.js";
import { parseRef } from "./secret-ref.js";
import { SecretsError } from "./secrets-error.js";
import { namedAsAsked, type StoreRef, wholeOf } from "./store-ref.js";

/** What can be done with a store beyond reading: its names are listed, secrets written and versions promoted. */
export class StoreAccess {
  readonly #provider: SecretProvider;
  readonly #calls: ProviderCalls;
  readonly #naming: Naming;
  readonly #cache: SecretCache;
  readonly #bundleWriter: BundleWriter;

  constructor(parts: {
    provider: SecretProvider;
    calls: ProviderCalls;
    naming: Naming;
    cache: SecretCache;
    clock: Clock;
  }) {
    this.#provider = parts.provider;
    this.#calls = parts.calls;
    this.#naming = parts.naming;
    this.#cache = parts.cache;
    this.#bundleWriter = new BundleWriter(parts.provider, parts.calls, parts.clock);
  }

  /** Names as users ask for them. */
  list(prefix: string | undefined): AsyncIterable<{ readonly name: string }> {
    const { bundle } = this.#naming;
    return bundle ? this.#members(bundle, prefix) : this.#names(prefix);
  }

  async put(at: StoreRef, value: string | Uint8Array): Promise<VersionInfo> {
    const { put, capabilities } = this.#provider;
    const { ref, name } = at;
    if (!put) throw this.#calls.unsupported("write", name);
    if (at.key !== undefined) throw this.#calls.unsupported("write one member of a JSON secret", name);
    if (at.bundle) return this.#bundleWriter.put(at, value);
    if (ref.version !== undefined) throw this.#calls.unsupported("write a version that exists", name);
    if (ref.stage !== "current" && !capabilities.stages) {
      throw this.#calls.unsupported(`write stage ${ref.stage}`, name);
    }
    return this.#call(at, (context) => put.call(this.#provider, ref, value, context));
  }

  async promote(at: StoreRef, version: string): Promise<void> {
    parseRef({ name: at.name, version });
    const { promote } = this.#provider;
    if (!promote || at.bundle) throw this.#calls.unsupported("promote a version", at.name);
    await this.#call(at, (context) => promote.call(this.#provider, at.ref.name, version, context));
  }

  async *#members({ name }: Bundle, prefix = ""): AsyncIterable<{ readonly name: string }> {
    const { whole } = await this.#cache.read(wholeOf(this.#naming.locate(parseRef({ name }))));
    for (const member of new JsonMembers(whole).names) if (member.startsWith(prefix)) yield { name: member };
  }

  /** The deadline is for each page or name, not for the whole list. */
  async *#names(prefix: string | undefined): AsyncIterable<{ readonly name: string }> {
    const provider = this.#provider;
    const calls = this.#calls;
    const { list } = provider;
    if (!list) throw calls.unsupported("list names");
    const stored = `${this.#naming.prefix}${prefix ?? ""}`;
    const options = prefix === undefined && stored === "" ? {} : { prefix: stored };
    const listing = new AbortController();
    const end = () => listing.abort(calls.closed());
    calls.signal.addEventListener("abort", end, { once: true });
    const context = { signal: listing.signal };
    let names: AsyncIterator<{ readonly name: string }> | undefined;
    try {
      names = await calls.call(async () => list.call(provider, options, context)[Symbol.asyncIterator]());
      const pages = names;
      while (true) {
        const next = await calls.call(() => pages.next());
        if (next.done) return;
        const { name } = next.value;
        if (name.startsWith(this.#naming.prefix)) yield { name: this.#naming.asAsked(name) };
      }
    } finally {
      calls.signal.removeEventListener("abort", end);
      listing.abort(new SecretsError("ERR_SECRETS_ABORTED"));
      // Nobody waits for it: a generator ends only after the page that it waits for, which may never come.
      (async () => names?.return?.())().catch(() => undefined);
    }
  }

  async #call<T>(at: StoreRef, run: (context: CallContext) => Promise<T>): Promise<T> {
    try {
      return await this.#calls.call(run, at.ref.name);
    } catch (error) {
      throw namedAsAsked(error, at);
    }
  }
}
