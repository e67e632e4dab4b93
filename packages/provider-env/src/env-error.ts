import { SecretsError, type SecretsErrorCode } from "@qarion/secrets-core/provider";

export const providerName = "env";

/** An error of this provider. Whoever knows which secret was asked for adds its name with `withSecretName`. */
export function envError(code: SecretsErrorCode, hint: string, cause?: unknown): SecretsError {
  return new SecretsError(code, { provider: providerName, hint, ...(cause === undefined ? {} : { cause }) });
}

/** The same error, telling which secret could not be had. Anything but a nameless `SecretsError` is left as it is. */
export function withSecretName(error: unknown, secretName: string): unknown {
  if (!SecretsError.is(error) || error.secretName !== undefined) return error;
  return new SecretsError(error.code, {
    provider: providerName,
    secretName,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  });
}
