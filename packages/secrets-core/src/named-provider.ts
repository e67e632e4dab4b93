import { toSecretsError } from "./classify-error.js";
import { instant, systemClock } from "./clock.js";
import { JsonMembers } from "./json-members.js";
import { Naming } from "./naming.js";
import type { CallContext, ProviderCapabilities, ProviderRef, ProviderSecret, SecretProvider } from "./provider.js";
import { SecretDocument } from "./secret-document.js";
import { parseRef } from "./secret-ref.js";
import { SecretsError } from "./secrets-error.js";
import { namedAsAsked, type StoreRef, wholeOf } from "./store-ref.js";

/**
 * A provider whose `naming` is applied, for those who combine providers of different naming. Its errors are
 * `SecretsError`s. It keeps nothing: members of a bundle that are asked for one by one fetch the bundle each time, and
 * those asked for together fetch it once.
 *
 * A provider without naming is given back as it is.
 */
export function namedProvider(provider: SecretProvider): SecretProvider {
  const { prefix, bundle } = provider.naming ?? {};
  if ((prefix ?? "") === "" && bundle === undefined) return provider;
  return new NamedProvider(provider, new Naming(provider));
}

class NamedProvider implements SecretProvider {
  readonly name: string;
  readonly capabilities: ProviderCapabilities;
  readonly list?: NonNullable<SecretProvider["list"]>;
  readonly #provider: SecretProvider;
  readonly #naming: Naming;

  constructor(provider: SecretProvider, naming: Naming) {
    this.name = provider.name;
    this.capabilities = naming.capabilities;
    this.#provider = provider;
    this.#naming = naming;
    if (provider.list || naming.bundle) this.list = (options, context) => this.#list(options, context);
  }

  async get(ref: ProviderRef, context: CallContext): Promise<ProviderSecret> {
    const answer = (await this.getMany([ref], context)).get(ref);
    if (SecretsError.is(answer)) throw answer;
    return answer as ProviderSecret;
  }

  async getMany(
    refs: readonly ProviderRef[],
    context: CallContext,
  ): Promise<ReadonlyMap<ProviderRef, ProviderSecret | SecretsError>> {
    const answers = new Map<ProviderRef, ProviderSecret | SecretsError>();
    const wanted = new Map<ProviderRef, StoreRef>();
    for (const ref of refs) {
      try {
        wanted.set(ref, this.#naming.locate(parseRef(ref)));
      } catch (error) {
        answers.set(ref, this.#failure(error, ref.name));
      }
    }
    const documents = new Map([...wanted.values()].map((at) => [at.cacheKey, at]));
    const fetched = await this.#fetch([...documents.values()], context);
    for (const [ref, at] of wanted) {
      const document = fetched.get(at.cacheKey);
      answers.set(ref, SecretsError.is(document) || !document ? this.#missing(document, at) : this.#part(document, at));
    }
    return answers;
  }

  async close(): Promise<void> {
    await this.#provider.close?.();
  }

  async #fetch(
    all: readonly StoreRef[],
    context: CallContext,
  ): Promise<ReadonlyMap<string, SecretDocument | SecretsError>> {
    const provider = this.#provider;
    const documentOf = (at: StoreRef, source: ProviderSecret) =>
      new SecretDocument(wholeOf(at), source, moment(), provider.name);
    if (all.length > 1 && provider.getMany) {
      const byRef = new Map(all.map((at) => [at.ref, at]));
      const answers = await provider.getMany([...byRef.keys()], context);
      return new Map(
        [...byRef].flatMap(([ref, at]) => {
          const answer = answers.get(ref);
          if (answer === undefined) return [];
          const isError = answer instanceof Error || SecretsError.is(answer);
          return [[at.cacheKey, isError ? this.#failure(answer, ref.name) : documentOf(at, answer)] as const];
        }),
      );
    }
    const read = async (at: StoreRef): Promise<[string, SecretDocument | SecretsError]> => {
      try {
        return [at.cacheKey, documentOf(at, await provider.get(at.ref, context))];
      } catch (error) {
        return [at.cacheKey, this.#failure(error, at.ref.name)];
      }
    };
    return new Map(await Promise.all(all.map(read)));
  }

  #part(document: SecretDocument, at: StoreRef): ProviderSecret | SecretsError {
    if (!at.bundle) return document.source;
    const { version, maxAgeMs } = document.source;
    try {
      return {
        value: document.view(at).reveal(),
        ...(version === undefined ? {} : { version }),
        ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
      };
    } catch (error) {
      return this.#failure(error, at.name);
    }
  }

  #missing(error: SecretsError | undefined, at: StoreRef): SecretsError {
    const told = error ?? new SecretsError("ERR_SECRETS_UNKNOWN", { secretName: at.name, provider: this.name });
    return namedAsAsked(told, at) as SecretsError;
  }

  #failure(error: unknown, secretName: string): SecretsError {
    return toSecretsError(error, this.#provider, secretName);
  }

  async *#list(
    { prefix = "" }: { readonly prefix?: string },
    context: CallContext,
  ): AsyncIterable<{ readonly name: string }> {
    const { prefix: own, bundle } = this.#naming;
    if (bundle) {
      const at = wholeOf(this.#naming.locate(parseRef({ name: bundle.name })));
      const document = new SecretDocument(at, await this.#provider.get(at.ref, context), moment(), this.name);
      for (const name of new JsonMembers(document.whole).names) if (name.startsWith(prefix)) yield { name };
      return;
    }
    for await (const { name } of this.#provider.list?.({ prefix: `${own}${prefix}` }, context) ?? []) {
      if (name.startsWith(own)) yield { name: this.#naming.asAsked(name) };
    }
  }
}

/** Nothing here is kept, so nobody asks for its age. */
function moment() {
  return instant(systemClock);
}
