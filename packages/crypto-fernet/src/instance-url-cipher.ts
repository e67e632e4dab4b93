import type { Secret, Secrets } from "@qarion/secrets-core";
import { CipherError, keyRingFrom, type LiveCipher, liveCipher, weakness } from "@qarion/secrets-core/keys";
import { fernetCipher } from "./fernet-cipher.js";
import { deriveFernetKey, parseFernetKey } from "./fernet-key.js";

/**
 * The cipher of instance database URLs. Its keys are `INSTANCE_ENCRYPTION_KEY`, `INSTANCE_ENCRYPTION_KEY_PREVIOUS` and
 * `INSTANCE_ENCRYPTION_KEY_NEXT`; where the first is not set, the key derived from `SECRET_KEY` as the platform's Python
 * services derive it. Which of the two is decided here, once: rotating `SECRET_KEY` then rotates tokens and not rows.
 *
 * @throws SecretsError `_NOT_FOUND`, `_INVALID_VALUE`, `_INVALID_CONFIG` and what the provider answers; see `keyRingFrom`
 */
export async function instanceUrlCipher(secrets: Secrets): Promise<LiveCipher> {
  const ring = await keyRingFrom(secrets, {
    name: "instance-url",
    current: "INSTANCE_ENCRYPTION_KEY",
    previous: ["INSTANCE_ENCRYPTION_KEY_PREVIOUS"],
    pending: "INSTANCE_ENCRYPTION_KEY_NEXT",
    parse: (secret) => parseFernetKey(secret.reveal()),
    fallback: { current: "SECRET_KEY", previous: ["SECRET_KEY_PREVIOUS"], derive },
  });
  return liveCipher(ring, fernetCipher);
}

const shortestSecretBytes = 16;

function derive(secret: Secret): Uint8Array {
  // One unsalted SHA-256 makes the key as guessable as the secret is.
  const isShort = secret.revealBytes().length < shortestSecretBytes;
  const problem =
    weakness(secret.reveal()) ?? (isShort ? `it is shorter than ${shortestSecretBytes} bytes` : undefined);
  if (problem) throw new CipherError("ERR_CIPHER_INVALID_KEY", { hint: `No key can be derived from it: ${problem}.` });
  return parseFernetKey(deriveFernetKey(secret.reveal()));
}
