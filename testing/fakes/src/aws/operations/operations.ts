import { deleteSecret, restoreSecret } from "./delete-secret.js";
import { describeSecret, listSecrets, listSecretVersionIds } from "./describe-secret.js";
import type { Operation } from "./operation.js";
import { batchGetSecretValue, getSecretValue } from "./read-value.js";
import { updateSecretVersionStage } from "./update-version-stage.js";
import { createSecret, putSecretValue, updateSecret } from "./write-value.js";

/** The operations that this fake has, by the names that the protocol calls them. */
export const operations: ReadonlyMap<string, Operation> = new Map([
  ["BatchGetSecretValue", batchGetSecretValue],
  ["CreateSecret", createSecret],
  ["DeleteSecret", deleteSecret],
  ["DescribeSecret", describeSecret],
  ["GetSecretValue", getSecretValue],
  ["ListSecretVersionIds", listSecretVersionIds],
  ["ListSecrets", listSecrets],
  ["PutSecretValue", putSecretValue],
  ["RestoreSecret", restoreSecret],
  ["UpdateSecret", updateSecret],
  ["UpdateSecretVersionStage", updateSecretVersionStage],
]);
