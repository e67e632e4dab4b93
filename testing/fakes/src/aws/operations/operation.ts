import { AwsError } from "../aws-error.js";
import type { Authorizer } from "../iam.js";
import type { Parameters } from "../parameters.js";
import type { SecretStore } from "../secret-store.js";

/** What operations work with. */
export interface OperationContext {
  readonly store: SecretStore;
  readonly authorize: Authorizer;
  /** Why the value of a secret, by its name, cannot be read: what a test has asked for. */
  readonly unreadable: ReadonlyMap<string, AwsError>;
  /** A filter is applied to each page, and not before paging: a page may then be short or empty and not the last. */
  readonly sparsePages: boolean;
}

/**
 * Does one call and gives the JSON of its answer; `undefined` members are left out.
 * @throws AwsError
 */
export type Operation = (context: OperationContext, input: Parameters) => object;

const NAME = /^[A-Za-z0-9/_+=.@!-]+$/;

/** The SecretId of a call: a name or an ARN. */
export function secretIdOf(input: Parameters): string {
  return checkedSecretId(input.requiredText("SecretId", { min: 1, max: 2048 }));
}

/** @throws AwsError ValidationException for what is neither a name nor an ARN */
export function checkedSecretId(secretId: string): string {
  if (!secretId.startsWith("arn:") && !NAME.test(secretId)) {
    throw new AwsError(
      "ValidationException",
      "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    );
  }
  return secretId;
}

/** Times travel as seconds since the epoch. */
export function seconds(date: Date): number;
export function seconds(date: Date | undefined): number | undefined;
export function seconds(date: Date | undefined): number | undefined {
  return date === undefined ? undefined : date.getTime() / 1000;
}
