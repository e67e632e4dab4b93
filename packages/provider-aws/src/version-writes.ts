import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { ProviderRef, VersionInfo, WriteContext } from "@qarion/secrets-core";
import { awsError } from "./aws-error.js";
import { loadAwsSdk } from "./aws-sdk.js";
import { stagingLabel } from "./staging-label.js";

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const mostBytes = 65_536;
const dropTimeoutMs = 3_000;

type Content = { readonly SecretString: string } | { readonly SecretBinary: Uint8Array };

/** Writes a new version and gives it the stage; makes the secret if there is none of that name. */
export async function putVersion(
  client: SecretsManagerClient,
  { name, stage }: ProviderRef,
  value: string | Uint8Array,
  { signal, ifVersion }: WriteContext,
): Promise<VersionInfo> {
  if (stage === "previous") {
    throw awsError(
      "ERR_SECRETS_UNSUPPORTED",
      "The previous version is the one that was current: promote another.",
      name,
    );
  }
  checkLength(Buffer.byteLength(value), name);
  const content: Content = typeof value === "string" ? { SecretString: value } : { SecretBinary: value };
  if (ifVersion !== undefined && stage !== "current") {
    throw awsError("ERR_SECRETS_UNSUPPORTED", "Only the current version can be written on a condition.", name);
  }
  if (ifVersion !== undefined) return swapCurrent(client, name, content, ifVersion, signal);
  const { PutSecretValueCommand } = await loadAwsSdk();
  const write = async () =>
    client.send(new PutSecretValueCommand({ SecretId: name, ...content, VersionStages: [stagingLabel[stage]] }), {
      abortSignal: signal,
    });
  try {
    return versionOf(await write());
  } catch (error) {
    if (!isNamed(error, "ResourceNotFoundException") || name.startsWith("arn:")) throw error;
  }
  const created = await createSecret(client, name, stage === "current" ? content : {}, signal);
  return created?.version === undefined ? versionOf(await write()) : created;
}

/** The service's own refusal would not say that it is about the value. */
function checkLength(bytes: number, secretName: string): void {
  if (bytes > 0 && bytes <= mostBytes) return;
  throw awsError("ERR_SECRETS_INVALID_VALUE", "Secrets Manager takes values of 1 to 65,536 bytes.", secretName);
}

/** `undefined` when somebody else made it meanwhile. */
async function createSecret(
  client: SecretsManagerClient,
  Name: string,
  content: Content | Record<string, never>,
  signal: AbortSignal,
): Promise<VersionInfo | undefined> {
  const { CreateSecretCommand } = await loadAwsSdk();
  try {
    return versionOf(await client.send(new CreateSecretCommand({ Name, ...content }), { abortSignal: signal }));
  } catch (error) {
    if (isNamed(error, "ResourceExistsException")) return undefined;
    throw error;
  }
}

/**
 * `PutSecretValue` has no condition, and `UpdateSecretVersionStage` has one: it moves AWSCURRENT only while that is on
 * the version named by `RemoveFromVersionId`
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html). So the version is
 * written under a label of its own first.
 */
async function swapCurrent(
  client: SecretsManagerClient,
  SecretId: string,
  content: Content,
  ifVersion: string,
  signal: AbortSignal,
): Promise<VersionInfo> {
  const { PutSecretValueCommand, UpdateSecretVersionStageCommand } = await loadAwsSdk();
  const options = { abortSignal: signal };
  const label = `qarion-${crypto.randomUUID()}`;
  const { VersionId } = await client.send(
    new PutSecretValueCommand({ SecretId, ...content, VersionStages: [label] }),
    options,
  );
  // Without the version to move to, the next request would only take the label off.
  if (!VersionId)
    throw awsError("ERR_SECRETS_UNKNOWN", "The service did not tell the version that it wrote.", SecretId);
  try {
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId,
        VersionStage: stagingLabel.current,
        MoveToVersionId: VersionId,
        RemoveFromVersionId: ifVersion,
      }),
      options,
    );
  } finally {
    // A version without a label is one that the service deletes in time. Also after an abort, since a secret has at most
    // 20 labels; so it has a deadline of its own.
    const drop = new UpdateSecretVersionStageCommand({ SecretId, VersionStage: label, RemoveFromVersionId: VersionId });
    await client.send(drop, { abortSignal: AbortSignal.timeout(dropTimeoutMs) }).catch(() => undefined);
  }
  return versionOf({ VersionId });
}

/** AWSCURRENT moves to the version, and by itself AWSPREVIOUS to the one that was current. */
export async function promoteVersion(
  client: SecretsManagerClient,
  SecretId: string,
  version: string,
  signal: AbortSignal,
): Promise<void> {
  const { DescribeSecretCommand, UpdateSecretVersionStageCommand } = await loadAwsSdk();
  const options = { abortSignal: signal };
  const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }), options);
  const labels = Object.hasOwn(VersionIdsToStages, version) ? VersionIdsToStages[version] : undefined;
  if (!labels) throw awsError("ERR_SECRETS_NOT_FOUND", "The secret has no such version, or it has no stage.", SecretId);
  if (!labels.includes(stagingLabel.current)) {
    const current = Object.keys(VersionIdsToStages).find((id) =>
      VersionIdsToStages[id]?.includes(stagingLabel.current),
    );
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId,
        VersionStage: stagingLabel.current,
        MoveToVersionId: version,
        ...(current === undefined ? {} : { RemoveFromVersionId: current }),
      }),
      options,
    );
  }
  if (!labels.includes(stagingLabel.pending)) return;
  await client.send(
    new UpdateSecretVersionStageCommand({
      SecretId,
      VersionStage: stagingLabel.pending,
      RemoveFromVersionId: version,
    }),
    options,
  );
}

/** By name: a client that was handed in may be of another copy of the SDK. */
function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

function versionOf({ VersionId }: { readonly VersionId?: string | undefined }): VersionInfo {
  return VersionId === undefined ? {} : { version: VersionId };
}
