import { randomBytes } from "node:crypto";
import { type Secret, type SecretKind, SecretsError } from "@qarion/secrets-core";
import { isBlank, weakness } from "@qarion/secrets-core/keys";

/** A key for HMAC with SHA-256 is at least as long as the hash (RFC 7518 section 3.2). */
const shortestKeyBytes = 32;

/** What is wrong with the value as an HS256 key, in words that do not hold it; `undefined` when nothing is. */
export function signingKeyProblem(value: Uint8Array): string | undefined {
  if (isBlank(value)) return "it is empty";
  if (value.length < shortestKeyBytes) return `it is shorter than ${shortestKeyBytes} bytes`;
  if (value.every((byte) => byte === 0)) return "all of its bytes are zero";
  return weakness(value);
}

/** The value's UTF-8 bytes as they stand, as PyJWT and others take a string. @throws SecretsError `_INVALID_VALUE` */
export function parseSigningKey(secret: Secret, allowWeakKeys: boolean): Uint8Array {
  const value = secret.revealBytes();
  const problem = signingKeyProblem(value);
  if (problem === undefined || (allowWeakKeys && !isBlank(value))) return value;
  throw new SecretsError("ERR_SECRETS_INVALID_VALUE", {
    secretName: secret.name,
    provider: secret.provider,
    hint: `It cannot sign tokens: ${problem}. Generate one with: node -p "crypto.randomBytes(48).toString('base64url')"`,
  });
}

/** `"jwt-key"`: 48 random bytes in base64url. */
export const jwtKeyKind: SecretKind = {
  name: "jwt-key",
  generate: () => randomBytes(48).toString("base64url"),
  problem: signingKeyProblem,
};
