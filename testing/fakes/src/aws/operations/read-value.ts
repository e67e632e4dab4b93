import { AwsError } from "../aws-error.js";
import type { Parameters } from "../parameters.js";
import { findUsableSecret } from "../secret-store.js";
import { CURRENT, stagesOf, versionWith } from "../staging-labels.js";
import type { StoredSecret, StoredVersion } from "../stored-secret.js";
import { checkedSecretId, type Operation, type OperationContext, seconds, secretIdOf } from "./operation.js";
import { pageOf } from "./secret-page.js";

const DAY_MS = 86_400_000;
const MAX_BATCH = 20;

export const getSecretValue: Operation = (context, input) => {
  const secretId = secretIdOf(input);
  const versionId = input.text("VersionId", { min: 32, max: 64 });
  const stage = input.text("VersionStage", { min: 1, max: 256 });
  return readValue(context, secretId, { versionId, stage });
};

/** Always the current versions; what fails for one secret is in Errors and fails nothing else. */
export const batchGetSecretValue: Operation = (context, input) => {
  const secretIds = input.texts("SecretIdList", { min: 1, max: MAX_BATCH });
  const maxResults = input.number("MaxResults", { min: 1, max: MAX_BATCH });
  const filters = input.objects("Filters", { max: 10 });
  if ((secretIds === undefined) === (filters === undefined)) {
    throw new AwsError(
      "InvalidParameterException",
      "Either 'SecretIdList' or 'Filters' must be provided, but not both.",
    );
  }
  if (maxResults !== undefined && filters === undefined) {
    throw new AwsError(
      "InvalidParameterException",
      "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
    );
  }
  context.authorize.account("BatchGetSecretValue");
  const page = secretIds === undefined ? filteredPage(context, input) : { secretIds, nextToken: undefined };

  const values: object[] = [];
  const errors: object[] = [];
  for (const secretId of page.secretIds) {
    try {
      values.push(readValue(context, checkedSecretId(secretId), {}));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      errors.push({ SecretId: secretId, ErrorCode: error.name, Message: error.message });
    }
  }
  // No order is promised, so it is not that of the request.
  return { SecretValues: values.reverse(), Errors: errors, NextToken: page.nextToken };
};

function filteredPage(context: OperationContext, input: Parameters) {
  context.authorize.account("ListSecrets");
  const { secrets, nextToken } = pageOf(context, input, MAX_BATCH);
  return { secretIds: secrets.map(({ arn }) => arn), nextToken };
}

interface Wanted {
  readonly versionId?: string | undefined;
  readonly stage?: string | undefined;
}

function readValue({ store, authorize, unreadable }: OperationContext, secretId: string, wanted: Wanted): object {
  authorize.secret("GetSecretValue", secretId);
  const secret = findUsableSecret(store, secretId);
  const { id, value, createdAt, stages } = chosenVersion(secret, wanted);
  const failure = unreadable.get(secret.name);
  if (failure !== undefined) throw failure;
  secret.accessedOn = new Date(Math.floor(store.now().getTime() / DAY_MS) * DAY_MS);
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: id,
    ...("text" in value ? { SecretString: value.text } : { SecretBinary: value.bytes.toString("base64") }),
    VersionStages: stages.length === 0 ? undefined : stages,
    CreatedDate: seconds(createdAt),
  };
}

function chosenVersion(secret: StoredSecret, { versionId, stage }: Wanted) {
  const version: StoredVersion | undefined =
    versionId === undefined ? versionWith(secret, stage ?? CURRENT) : secret.versions.get(versionId);
  // A version that a rotation has announced has no value yet, and is answered like one that is not there.
  if (version?.value === undefined) {
    const what = versionId === undefined ? `staging label: ${stage ?? CURRENT}` : `VersionId: ${versionId}`;
    throw new AwsError(
      "ResourceNotFoundException",
      `Secrets Manager can't find the specified secret value for ${what}`,
    );
  }
  if (stage !== undefined && !version.stages.has(stage)) {
    throw new AwsError(
      "InvalidRequestException",
      "You provided a VersionStage that is not associated to the provided VersionId.",
    );
  }
  return { id: version.id, value: version.value, createdAt: version.createdAt, stages: stagesOf(version) };
}
