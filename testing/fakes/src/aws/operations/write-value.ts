import { AwsError } from "../aws-error.js";
import { type Parameters, violated } from "../parameters.js";
import { findUsableSecret, type SecretStore } from "../secret-store.js";
import { CURRENT, stagesOf } from "../staging-labels.js";
import { type SecretValue, type StoredSecret, type StoredVersion, sameValue } from "../stored-secret.js";
import { checkedSecretId, type Operation, secretIdOf } from "./operation.js";

const MAX_VALUE_BYTES = 65_536;

/** A secret may be made without a value; it then has no version. */
export const createSecret: Operation = ({ store, authorize }, input) => {
  const name = checkedSecretId(input.requiredText("Name", { min: 1, max: 512 }));
  const token = tokenOf(input);
  const value = givenValue(input);
  const description = input.text("Description", { max: 2048 });
  const kmsKeyId = input.text("KmsKeyId", { max: 2048 });
  const tags = input
    .objects("Tags")
    ?.map((tag) => ({ Key: tag.requiredText("Key"), Value: tag.requiredText("Value") }));
  authorize.secret("CreateSecret", name);

  const existing = store.find(name);
  if (existing !== undefined) return repeatedCreate(existing, token, value);
  const secret = store.create({ name, arn: store.newArn(name), description, kmsKeyId, tags });
  if (value !== undefined) store.putVersion(secret, token, value, [CURRENT]);
  return { ARN: secret.arn, Name: name, VersionId: value && token };
};

/** Without VersionStages the new version becomes current. */
export const putSecretValue: Operation = ({ store, authorize }, input) => {
  const secretId = secretIdOf(input);
  const token = tokenOf(input);
  const value = givenValue(input);
  const labels = input.texts("VersionStages", { min: 1, max: 20 }) ?? [CURRENT];
  authorize.secret("PutSecretValue", secretId);
  if (value === undefined) {
    throw new AwsError("InvalidRequestException", "You must provide either SecretString or SecretBinary.");
  }
  const secret = findUsableSecret(store, secretId);
  const version = putOnce(store, secret, token, value, labels);
  return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: stagesOf(version) };
};

export const updateSecret: Operation = ({ store, authorize }, input) => {
  const secretId = secretIdOf(input);
  const token = tokenOf(input);
  const value = givenValue(input);
  const description = input.text("Description", { max: 2048 });
  authorize.secret("UpdateSecret", secretId);
  const secret = findUsableSecret(store, secretId);
  const version = value && putOnce(store, secret, token, value, [CURRENT]);
  secret.description = description ?? secret.description;
  secret.changedAt = store.now();
  return { ARN: secret.arn, Name: secret.name, VersionId: version?.id };
};

/** A request that is repeated with its token and value changes nothing, its labels neither. */
function putOnce(
  store: SecretStore,
  secret: StoredSecret,
  token: string,
  value: SecretValue,
  labels: readonly string[],
): StoredVersion {
  const existing = secret.versions.get(token);
  if (existing?.value !== undefined) {
    if (sameValue(existing.value, value)) return existing;
    throw tokenInUse(secret, token);
  }
  // The first version of a secret becomes current, whatever else it is asked to be.
  return store.putVersion(secret, token, value, secret.versions.size === 0 ? [CURRENT, ...labels] : labels);
}

function repeatedCreate(existing: StoredSecret, token: string, value: SecretValue | undefined): object {
  if (existing.deletionDate !== undefined) {
    throw new AwsError(
      "InvalidRequestException",
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  }
  const version = existing.versions.get(token);
  if (version?.value === undefined || value === undefined) {
    const what = `The operation failed because the secret ${existing.name} already exists.`;
    throw new AwsError("ResourceExistsException", what);
  }
  if (!sameValue(version.value, value)) throw tokenInUse(existing, token);
  return { ARN: existing.arn, Name: existing.name, VersionId: token };
}

function tokenInUse(secret: StoredSecret, token: string): AwsError {
  return new AwsError(
    "ResourceExistsException",
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${secret.arn}.`,
  );
}

/** The token becomes the id of the version. SDKs make one when their caller does not. */
function tokenOf(input: Parameters): string {
  const token = input.text("ClientRequestToken");
  if (token === undefined) {
    throw new AwsError(
      "InvalidRequestException",
      "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
    );
  }
  if (token.length < 32 || token.length > 64) {
    throw new AwsError("InvalidParameterException", "ClientRequestToken must be 32-64 characters long.");
  }
  return token;
}

function givenValue(input: Parameters): SecretValue | undefined {
  const text = input.text("SecretString", { min: 1 });
  const bytes = input.bytes("SecretBinary", { min: 1, max: MAX_VALUE_BYTES });
  if (text !== undefined && bytes !== undefined) {
    throw new AwsError(
      "InvalidParameterException",
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (text !== undefined && Buffer.byteLength(text) > MAX_VALUE_BYTES) {
    throw violated("SecretString", `Member must have length less than or equal to ${MAX_VALUE_BYTES}`);
  }
  if (text !== undefined) return { text };
  return bytes && { bytes };
}
