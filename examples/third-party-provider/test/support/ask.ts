import { createSecrets, type ProviderRef, type SecretProvider, SecretsError, type Stage } from "@qarion/secrets-core";

/** What the caller of a provider passes who waits for ever: a signal for each call, as core has them. */
export const context = {
  get signal() {
    return new AbortController().signal;
  },
};

export function ref(name: string, stage: Stage = "current"): ProviderRef {
  return { name, stage };
}

/** A value as text. */
export async function textOf(provider: SecretProvider, name: string, stage: Stage = "current"): Promise<string> {
  return Buffer.from((await provider.get(ref(name, stage), context)).value as string).toString();
}

export async function put(provider: SecretProvider, name: string, value: string, stage?: Stage): Promise<string> {
  const { version } = (await provider.put?.(ref(name, stage), value, context)) ?? {};
  if (version === undefined) throw new Error("put() told no version");
  return version;
}

export async function namesIn(provider: SecretProvider, prefix?: string): Promise<string[]> {
  const names: string[] = [];
  const options = prefix === undefined ? {} : { prefix };
  for await (const { name } of provider.list?.(options, context) ?? []) names.push(name);
  return names;
}

/** What a call fails with, as the provider throws it. */
export async function errorOf(call: Promise<unknown> | undefined): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error("the call succeeded");
}

/** The `SecretsError` that users see of an error of this provider. */
export async function toldBy(provider: SecretProvider, raw: unknown): Promise<SecretsError> {
  const classifyError = provider.classifyError?.bind(provider);
  const secrets = createSecrets({
    provider: {
      name: provider.name,
      capabilities: provider.capabilities,
      get: () => Promise.reject(raw),
      ...(classifyError && { classifyError }),
    },
  });
  const error = await errorOf(secrets.get("any"));
  await secrets.close();
  if (!SecretsError.is(error)) throw new Error("core threw something else");
  return error;
}

/** The code of the failure of a call. */
export async function codeOf(provider: SecretProvider, call: Promise<unknown> | undefined): Promise<string> {
  return (await toldBy(provider, await errorOf(call))).code;
}
