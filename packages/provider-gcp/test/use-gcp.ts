import { createSecrets, type SecretProvider, type Secrets, SecretsError } from "@qarion/secrets-core";
import { type ClientTarget, type GcpServer, type GcpServerOptions, startGcpServer } from "@qarion-testing/fakes/gcp";
import { onTestFinished } from "vitest";
import { type GcpSecretManagerOptions, gcpSecretManager } from "../src/index.js";

export const project = "qarion-test";

interface Setup extends ClientTarget {
  readonly server?: GcpServerOptions;
  readonly options?: GcpSecretManagerOptions;
}

export interface GcpInUse {
  readonly gcp: GcpServer;
  readonly provider: SecretProvider;
  /** Core in front of the provider, without a cache. */
  readonly secrets: Secrets;
  /** Another provider over the same server. */
  providerOf(setup: Omit<Setup, "server">): SecretProvider;
  secretsOf(setup: Omit<Setup, "server">): Secrets;
}

/** A server for one test, and a provider over the real client; all are closed after the test. */
export async function useGcp({ server, ...setup }: Setup = {}): Promise<GcpInUse> {
  const gcp = await startGcpServer(server);
  onTestFinished(() => gcp.close());
  const providerOf = ({ options = {}, ...target }: Omit<Setup, "server">) => {
    const provider = gcpSecretManager({
      project,
      ...options,
      clientOptions: { ...gcp.clientOptions(target), ...options.clientOptions },
    });
    onTestFinished(() => provider.close?.());
    return provider;
  };
  const secretsOver = (provider: SecretProvider) => createSecrets({ provider, cache: false });
  const provider = providerOf(setup);
  return {
    gcp,
    provider,
    secrets: secretsOver(provider),
    providerOf,
    secretsOf: (other) => secretsOver(providerOf(other)),
  };
}

/** What the call fails with. */
export async function errorOf(call: Promise<unknown>): Promise<SecretsError> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!SecretsError.is(outcome)) throw new Error("the call was expected to fail with a SecretsError");
  return outcome;
}

export async function codeOf(call: Promise<unknown>): Promise<string> {
  return (await errorOf(call)).code;
}

/** For calls of the provider without core. */
export function context(): { readonly signal: AbortSignal } {
  return { signal: new AbortController().signal };
}

export async function namesOf(names: AsyncIterable<{ readonly name: string }> | undefined): Promise<string[]> {
  const all: string[] = [];
  for await (const { name } of names ?? []) all.push(name);
  return all;
}
