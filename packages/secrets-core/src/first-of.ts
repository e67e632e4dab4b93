import { toSecretsError } from "./classify-error.js";
import { namedProvider } from "./named-provider.js";
import type { CallContext, ProviderCapabilities, ProviderRef, ProviderSecret, SecretProvider } from "./provider.js";
import { SecretsError } from "./secrets-error.js";

/**
 * Several providers as one: the first that has a secret answers. Only "not found" leads on to the next; one that denies,
 * fails or cannot be reached is the answer, since the next may hold an older or a weaker value.
 *
 * Each value keeps its own provider's limit on caching: an override that appears later is seen when the cached value of
 * the provider behind it runs out.
 *
 * Each provider's prefix or bundle holds for itself. Members of a bundle that are read one by one fetch the bundle each:
 * read them together, by `getAll`.
 *
 * A previous or pending value comes from the provider that has the current one: a local override and the store's own
 * previous value are no two values of one rotation. It reads and lists; where to write is for the caller to say.
 *
 * @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` without a provider
 */
export function firstOf(providers: readonly SecretProvider[]): SecretProvider {
  if (providers.length === 0) {
    throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", { hint: "firstOf() needs at least one provider." });
  }
  return new FirstOf(providers.map((provider) => namedProvider(provider)));
}

class FirstOf implements SecretProvider {
  readonly name: string;
  readonly capabilities: ProviderCapabilities;
  readonly list?: NonNullable<SecretProvider["list"]>;
  readonly #providers: readonly SecretProvider[];
  #closing: Promise<void> | undefined;

  constructor(providers: readonly SecretProvider[]) {
    this.name = providers.map((provider) => provider.name).join("+");
    this.#providers = providers;
    this.capabilities = {
      stages: providers.some((provider) => provider.capabilities.stages),
      versions: providers.some((provider) => provider.capabilities.versions),
      durable: providers.every((provider) => provider.capabilities.durable !== false),
    };
    if (providers.every((provider) => provider.list)) this.list = (options, context) => this.#list(options, context);
  }

  async get(ref: ProviderRef, context: CallContext): Promise<ProviderSecret> {
    this.#mustBeOpen();
    let missing: SecretsError | undefined;
    for (const provider of this.#providers) {
      const answer = await ask(provider, ref, context);
      if (!isNotFound(answer)) {
        if (SecretsError.is(answer)) throw answer;
        return answer;
      }
      missing = answer;
      if (ref.stage === "current") continue;
      const current = await ask(provider, { name: ref.name, stage: "current" }, context);
      if (isNotFound(current)) continue;
      if (SecretsError.is(current)) throw current; // whether the secret is its own cannot be told
      break;
    }
    throw missing as SecretsError;
  }

  async getMany(
    refs: readonly ProviderRef[],
    context: CallContext,
  ): Promise<ReadonlyMap<ProviderRef, ProviderSecret | Error>> {
    this.#mustBeOpen();
    const answers = new Map<ProviderRef, ProviderSecret | SecretsError>();
    const staged = refs.filter((ref) => ref.stage !== "current");
    let open = refs.filter((ref) => ref.stage === "current");
    for (const provider of this.#providers) {
      if (open.length === 0) break;
      const told = await askAll(provider, open, context);
      for (const ref of open) answers.set(ref, told.get(ref) ?? noAnswer(provider, ref));
      open = open.filter((ref) => isNotFound(answers.get(ref)));
    }
    for (const ref of staged) {
      answers.set(ref, await this.get(ref, context).catch((error: unknown) => toSecretsError(error, this, ref.name)));
    }
    return answers;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = await Promise.allSettled(this.#providers.map((provider) => provider.close?.()));
    for (const result of closed) if (result.status === "rejected") throw result.reason;
  }

  async *#list(options: { readonly prefix?: string }, context: CallContext): AsyncIterable<{ readonly name: string }> {
    this.#mustBeOpen();
    const seen = new Set<string>();
    for (const provider of this.#providers) {
      for await (const { name } of provider.list?.(options, context) ?? []) {
        if (!seen.has(name)) yield { name };
        seen.add(name);
      }
    }
  }

  #mustBeOpen(): void {
    if (this.#closing) throw new SecretsError("ERR_SECRETS_CLOSED", { provider: this.name });
  }
}

/** The answer of one provider, under its own name and with its own limit on caching. */
async function ask(
  provider: SecretProvider,
  ref: ProviderRef,
  context: CallContext,
): Promise<ProviderSecret | SecretsError> {
  const { stages, versions } = provider.capabilities;
  // Without stages or versions it has none to give: that is "not found here", and the next may have it.
  if ((ref.stage !== "current" && !stages) || (ref.version !== undefined && !versions)) {
    return new SecretsError("ERR_SECRETS_NOT_FOUND", { secretName: ref.name, provider: provider.name });
  }
  try {
    return limited(provider, await provider.get(ref, context));
  } catch (error) {
    return toSecretsError(error, provider, ref.name);
  }
}

async function askAll(
  provider: SecretProvider,
  refs: readonly ProviderRef[],
  context: CallContext,
): Promise<ReadonlyMap<ProviderRef, ProviderSecret | SecretsError>> {
  const { versions } = provider.capabilities;
  if (!provider.getMany || (!versions && refs.some((ref) => ref.version !== undefined))) {
    return new Map(await Promise.all(refs.map(async (ref) => [ref, await ask(provider, ref, context)] as const)));
  }
  try {
    const answers = await provider.getMany(refs, context);
    return new Map(
      refs.flatMap((ref) => {
        const answer = answers.get(ref);
        if (answer === undefined) return [];
        const isError = answer instanceof Error || SecretsError.is(answer);
        return [[ref, isError ? toSecretsError(answer, provider, ref.name) : limited(provider, answer)] as const];
      }),
    );
  } catch (error) {
    return new Map(refs.map((ref) => [ref, toSecretsError(error, provider, ref.name)]));
  }
}

function isNotFound(answer: ProviderSecret | SecretsError | undefined): answer is SecretsError {
  return SecretsError.is(answer) && answer.code === "ERR_SECRETS_NOT_FOUND";
}

function noAnswer(provider: SecretProvider, { name }: ProviderRef): SecretsError {
  return new SecretsError("ERR_SECRETS_UNKNOWN", {
    hint: "The provider answered with neither a value nor an error; it breaks its contract.",
    secretName: name,
    provider: provider.name,
  });
}

function limited({ capabilities }: SecretProvider, secret: ProviderSecret): ProviderSecret {
  if (capabilities.maxAgeMs === undefined) return secret;
  return { ...secret, maxAgeMs: Math.min(capabilities.maxAgeMs, secret.maxAgeMs ?? Number.POSITIVE_INFINITY) };
}
