import { findSecret } from "../secret-store.js";
import { stagesOf, versionIdsToStages } from "../staging-labels.js";
import type { StoredSecret } from "../stored-secret.js";
import { type Operation, seconds, secretIdOf } from "./operation.js";
import { pageOf } from "./secret-page.js";

const MAX_LIST = 100;

/** Works for a secret that is marked for deletion too. */
export const describeSecret: Operation = ({ store, authorize }, input) => {
  const secretId = secretIdOf(input);
  authorize.secret("DescribeSecret", secretId);
  const secret = findSecret(store, secretId);
  return { ...metadataOf(secret), VersionIdsToStages: versionIdsToStages(secret) };
};

export const listSecrets: Operation = (context, input) => {
  context.authorize.account("ListSecrets");
  const { secrets, nextToken } = pageOf(context, input, MAX_LIST);
  return {
    SecretList: secrets.map((each) => ({ ...metadataOf(each), SecretVersionsToStages: versionIdsToStages(each) })),
    NextToken: nextToken,
  };
};

/** All on one page. Versions without a label only with IncludeDeprecated. */
export const listSecretVersionIds: Operation = ({ store, authorize }, input) => {
  const secretId = secretIdOf(input);
  const deprecatedToo = input.flag("IncludeDeprecated");
  authorize.secret("ListSecretVersionIds", secretId);
  const secret = findSecret(store, secretId);
  const versions = [...secret.versions.values()].filter(({ stages }) => deprecatedToo || stages.size > 0);
  return {
    ARN: secret.arn,
    Name: secret.name,
    Versions: versions.map((version) => ({
      VersionId: version.id,
      VersionStages: version.stages.size === 0 ? undefined : stagesOf(version),
      CreatedDate: seconds(version.createdAt),
      KmsKeyIds: [secret.kmsKeyId ?? "DefaultEncryptionKey"],
    })),
  };
};

function metadataOf({ rotation, ...secret }: StoredSecret): object {
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    RotationEnabled: rotation?.enabled,
    RotationRules: rotation && { AutomaticallyAfterDays: rotation.afterDays },
    LastRotatedDate: seconds(rotation?.lastRotatedAt),
    NextRotationDate: rotation?.enabled ? seconds(rotation.nextRotationAt) : undefined,
    LastChangedDate: seconds(secret.changedAt),
    LastAccessedDate: seconds(secret.accessedOn),
    DeletedDate: seconds(secret.deletionDate),
    CreatedDate: seconds(secret.createdAt),
    Tags: secret.tags.length === 0 ? undefined : secret.tags,
  };
}
