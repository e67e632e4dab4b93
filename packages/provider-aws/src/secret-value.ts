import type { ProviderSecret } from "@qarion/secrets-core";
import { awsError } from "./aws-error.js";

/** What the service answers of one version. */
export interface SecretValue {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
  readonly VersionId?: string | undefined;
}

/**
 * One version as core takes it. When it took its stage is not told: `CreatedDate` is when it was written, and a version
 * that waited as AWSPENDING became current later than that.
 *
 * @throws SecretsError `ERR_SECRETS_NOT_FOUND` for a version that has no value yet
 */
export function providerSecretOf(answer: SecretValue, secretName: string): ProviderSecret {
  const value = answer.SecretString ?? answer.SecretBinary;
  if (value === undefined) throw awsError("ERR_SECRETS_NOT_FOUND", "This version has no value yet.", secretName);
  return { value, ...(answer.VersionId === undefined ? {} : { version: answer.VersionId }) };
}
