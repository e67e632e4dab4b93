import type { SecretsPlugin } from "@qarion/secrets-core";
import { awsSecretsManager } from "./aws-secrets-manager.js";

/**
 * `SECRET_PROVIDER=aws`.
 *
 * | variable | meaning |
 * | --- | --- |
 * | `AWS_REGION` | the region; the SDK looks for it elsewhere too |
 * | `AWS_SECRET_PREFIX` | stands before every name |
 * | `AWS_SECRET_ARN` | name or ARN of one JSON secret that holds all the others as members |
 *
 * Credentials are found by the SDK, from the environment of the process.
 */
export const awsPlugin: SecretsPlugin = {
  name: "aws",
  provider: (env) =>
    awsSecretsManager({
      region: set(env.AWS_REGION),
      prefix: set(env.AWS_SECRET_PREFIX),
      bundle: set(env.AWS_SECRET_ARN),
    }),
};

/** A blank variable is one that is not set. */
function set(value: string | undefined): string | undefined {
  return value?.trim() ? value.trim() : undefined;
}
