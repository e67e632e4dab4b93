import { AwsError } from "../aws-error.js";
import { findSecret, findUsableSecret } from "../secret-store.js";
import { type Operation, seconds, secretIdOf } from "./operation.js";

const DAY_MS = 86_400_000;

/** Marks for deletion, or with ForceDeleteWithoutRecovery deletes for good, even what is marked or was never there. */
export const deleteSecret: Operation = ({ store, authorize }, input) => {
  const secretId = secretIdOf(input);
  const days = input.number("RecoveryWindowInDays");
  const force = input.flag("ForceDeleteWithoutRecovery");
  if (days !== undefined && (force || days < 7 || days > 30)) {
    throw new AwsError(
      "InvalidParameterException",
      force
        ? "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
        : "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
    );
  }
  authorize.secret("DeleteSecret", secretId);
  if (force) {
    const found = store.find(secretId);
    if (found !== undefined) store.remove(found);
    const { arn, name } = found ?? { arn: store.newArn(secretId), name: secretId };
    return { ARN: arn, Name: name, DeletionDate: seconds(store.now()) };
  }
  const secret = findUsableSecret(store, secretId);
  secret.deletionDate = new Date(store.now().getTime() + (days ?? 30) * DAY_MS);
  secret.changedAt = store.now();
  return { ARN: secret.arn, Name: secret.name, DeletionDate: seconds(secret.deletionDate) };
};

export const restoreSecret: Operation = ({ store, authorize }, input) => {
  const secretId = secretIdOf(input);
  authorize.secret("RestoreSecret", secretId);
  const secret = findSecret(store, secretId);
  secret.deletionDate = undefined;
  secret.changedAt = store.now();
  return { ARN: secret.arn, Name: secret.name };
};
