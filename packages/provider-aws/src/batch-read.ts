import type { SecretsManagerClient, SecretValueEntry } from "@aws-sdk/client-secrets-manager";
import { type ProviderRef, type ProviderSecret, SecretsError } from "@qarion/secrets-core/provider";
import { BatchItemError } from "./aws-error.js";
import { loadAwsSdk } from "./aws-sdk.js";
import { hasName, isAbout } from "./secret-id.js";
import { providerSecretOf } from "./secret-value.js";

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html: `SecretIdList` has 1 to 20. */
export const batchSize = 20;

/**
 * The current values of at most 20 secrets by one call. What the answer says nothing of is left out of the map.
 *
 * @throws the SDK's error when the call as a whole failed
 */
export async function batchRead(
  client: SecretsManagerClient,
  refs: readonly ProviderRef[],
  signal: AbortSignal,
): Promise<Map<ProviderRef, ProviderSecret | Error>> {
  const { BatchGetSecretValueCommand } = await loadAwsSdk();
  const SecretIdList = [...new Set(refs.map(({ name }) => name))];
  const answers = new Map<ProviderRef, ProviderSecret | Error>();
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new BatchGetSecretValueCommand({ SecretIdList, ...(NextToken === undefined ? {} : { NextToken }) }),
      { abortSignal: signal },
    );
    for (const ref of refs) {
      const failed = page.Errors?.find(({ SecretId }) => SecretId === ref.name);
      const about = page.SecretValues?.filter((value) => isAbout(value, ref.name)) ?? [];
      const [found] = about;
      // An ARN in the same batch may be of another account's secret that has this name: a read by itself tells them apart.
      if (about.some(({ ARN }) => ARN !== found?.ARN) || SecretIdList.some((id) => hasName(id, ref.name))) continue;
      if (failed) answers.set(ref, new BatchItemError(failed.ErrorCode ?? "Error"));
      else if (found) answers.set(ref, secretOf(found, ref));
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined && NextToken !== "");
  return answers;
}

function secretOf(value: SecretValueEntry, { name }: ProviderRef): ProviderSecret | Error {
  try {
    return providerSecretOf(value, name);
  } catch (error) {
    if (SecretsError.is(error)) return error;
    throw error;
  }
}
