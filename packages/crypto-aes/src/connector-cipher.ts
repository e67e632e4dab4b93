import type { Secrets } from "@qarion/secrets-core";
import { keyRingFrom, type LiveCipher, liveCipher } from "@qarion/secrets-core/keys";
import { aesGcmCipher } from "./aes-gcm-cipher.js";
import { parseAesKey } from "./aes-key.js";

/**
 * The cipher of connector credentials. Its keys are `CONNECTOR_ENCRYPTION_KEY`, `CONNECTOR_ENCRYPTION_KEY_PREVIOUS` and
 * `CONNECTOR_ENCRYPTION_KEY_NEXT`.
 *
 * @throws SecretsError `_NOT_FOUND`, `_INVALID_VALUE`, `_INVALID_CONFIG` and what the provider answers; see `keyRingFrom`
 */
export async function connectorCipher(secrets: Secrets): Promise<LiveCipher> {
  const ring = await keyRingFrom(secrets, {
    name: "connector",
    current: "CONNECTOR_ENCRYPTION_KEY",
    previous: ["CONNECTOR_ENCRYPTION_KEY_PREVIOUS"],
    pending: "CONNECTOR_ENCRYPTION_KEY_NEXT",
    parse: (secret) => parseAesKey(secret.reveal()),
  });
  return liveCipher(ring, aesGcmCipher);
}
