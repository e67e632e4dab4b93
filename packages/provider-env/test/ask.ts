import type { CallContext, ProviderRef, ProviderSecret, SecretProvider, Stage } from "@qarion/secrets-core";
import { SecretsError } from "@qarion/secrets-core";

export const context: CallContext = { signal: new AbortController().signal };

export function ref(name: string, stage: Stage = "current"): ProviderRef {
  return { name, stage };
}

export function ask(provider: SecretProvider, name: string, stage?: Stage): Promise<ProviderSecret> {
  return provider.get(ref(name, stage), context);
}

export async function readValue(provider: SecretProvider, name: string, stage?: Stage): Promise<string | Uint8Array> {
  return (await ask(provider, name, stage)).value;
}

/** The error that a call fails with; it must be a `SecretsError`. */
export async function errorOf(call: Promise<unknown>): Promise<SecretsError> {
  try {
    await call;
  } catch (error) {
    if (SecretsError.is(error)) return error;
    throw error;
  }
  throw new Error("The call did not fail.");
}

export async function namesOf(provider: SecretProvider, prefix?: string): Promise<string[]> {
  const names: string[] = [];
  const options = prefix === undefined ? {} : { prefix };
  for await (const { name } of provider.list?.(options, context) ?? []) names.push(name);
  return names;
}

/** One batch: values and codes by name. */
export async function batchOf(provider: SecretProvider, names: readonly string[]): Promise<Record<string, unknown>> {
  const refs = names.map((name) => ref(name));
  const answers = await provider.getMany?.(refs, context);
  return Object.fromEntries(refs.map((each) => [each.name, shown(answers?.get(each))]));
}

function shown(answer: ProviderSecret | Error | undefined): unknown {
  if (SecretsError.is(answer)) return answer.code;
  return answer instanceof Error ? answer : answer?.value;
}
