import { findUsableSecret } from "../secret-store.js";
import { CURRENT, moveLabel } from "../staging-labels.js";
import { type Operation, secretIdOf } from "./operation.js";

export const updateSecretVersionStage: Operation = ({ store, authorize }, input) => {
  const secretId = secretIdOf(input);
  const label = input.requiredText("VersionStage", { min: 1, max: 256 });
  const moveTo = input.text("MoveToVersionId", { min: 32, max: 64 });
  const removeFrom = input.text("RemoveFromVersionId", { min: 32, max: 64 });
  authorize.secret("UpdateSecretVersionStage", secretId);
  const secret = findUsableSecret(store, secretId);
  moveLabel(secret, { label, moveTo, removeFrom });
  secret.changedAt = store.now();
  const { rotation } = secret;
  if (label === CURRENT && moveTo !== undefined && rotation?.versionId === moveTo) rotation.lastRotatedAt = store.now();
  return { ARN: secret.arn, Name: secret.name };
};
