import { createSecrets, type Secrets, SecretsError } from "@qarion/secrets-core";
import { type AwsServer, type AwsServerOptions, startAwsServer } from "@qarion-testing/fakes/aws";
import { onTestFinished } from "vitest";
import { type AwsSecretsManagerOptions, awsSecretsManager } from "../src/index.js";

type SecretsOptions = Omit<Parameters<typeof createSecrets>[0], "provider">;

/** A server on loopback that ends with the test. */
export async function awsServer(options?: AwsServerOptions): Promise<AwsServer> {
  const server = await startAwsServer(options);
  onTestFinished(() => server.close());
  return server;
}

/** `Secrets` over the provider over the real SDK, one try a call unless `clientOptions` say otherwise, nothing cached. */
export function secretsOf(
  server: Pick<AwsServer, "clientOptions">,
  options: AwsSecretsManagerOptions = {},
  secretsOptions: SecretsOptions = {},
): Secrets {
  const clientOptions = { maxAttempts: 1, ...server.clientOptions, ...options.clientOptions };
  const provider = awsSecretsManager({ ...options, ...(options.client ? {} : { clientOptions }) });
  const secrets = createSecrets({ provider, cache: false, ...secretsOptions });
  onTestFinished(() => secrets.close());
  return secrets;
}

/** The code with which a call fails; `"fine"` when it does not. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "fine",
    (error: unknown) => (SecretsError.is(error) ? error.code : `no SecretsError: ${String(error)}`),
  );
}

/** Values and codes of a batch, by reference. */
export async function verdictsOf(secrets: Secrets, refs: readonly string[]): Promise<Record<string, string>> {
  const verdicts = await secrets.getMany(refs);
  return Object.fromEntries(
    [...verdicts].map(([ref, verdict]) => [ref, SecretsError.is(verdict) ? verdict.code : verdict.reveal()]),
  );
}

export async function namesOf(list: AsyncIterable<{ readonly name: string }>): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of list) names.push(name);
  return names;
}

/** Waits for a condition, within a bound that is there to fail and not to be measured. */
export async function until(condition: () => Promise<boolean> | boolean, withinMs = 10_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error("the condition was not met");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
