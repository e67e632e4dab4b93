import type { ProviderRef, SecretProvider, VersionInfo } from "./provider.js";
import type { ProviderCalls } from "./provider-calls.js";
import type { ParsedRef } from "./secret-ref.js";
import { SecretsError } from "./secrets-error.js";

/** Names of the store. The deadline is for each page or name, not for the whole list. */
export async function* listNames(
  provider: SecretProvider,
  calls: ProviderCalls,
  options: { readonly prefix?: string },
): AsyncIterable<{ readonly name: string }> {
  const { list } = provider;
  if (!list) throw calls.unsupported("list names");
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
      yield { name: next.value.name };
    }
  } finally {
    calls.signal.removeEventListener("abort", end);
    listing.abort(new SecretsError("ERR_SECRETS_ABORTED"));
    // Nobody waits for it: a generator ends only after the page that it waits for, which may never come.
    (async () => names?.return?.())().catch(() => undefined);
  }
}

export async function putValue(
  provider: SecretProvider,
  calls: ProviderCalls,
  { provider: target, key }: ParsedRef,
  value: string | Uint8Array,
): Promise<VersionInfo> {
  const { put, capabilities } = provider;
  if (!put) throw calls.unsupported("write", target.name);
  if (key !== undefined) throw calls.unsupported("write one member of a JSON secret", target.name);
  if (target.version !== undefined) throw calls.unsupported("write a version that exists", target.name);
  if (target.stage !== "current" && !capabilities.stages) {
    throw calls.unsupported(`write stage ${target.stage}`, target.name);
  }
  return calls.call((context) => put.call(provider, target, value, context), target.name);
}

export async function promoteVersion(
  provider: SecretProvider,
  calls: ProviderCalls,
  { name, version = "" }: ProviderRef,
): Promise<void> {
  const { promote } = provider;
  if (!promote) throw calls.unsupported("promote a version", name);
  await calls.call((context) => promote.call(provider, name, version, context), name);
}
