import { createHash, randomBytes } from "node:crypto";
import type { SecretKind } from "@qarion/secrets-core";
import { CipherError, decodeBase64url, encodeBase64url, isBlank } from "@qarion/secrets-core/keys";

const keyBytes = 32;
const padded = { padded: true } as const;
/** What `deriveFernetKey` would make of an empty secret, and other implementations do: a key that all know. */
const keyOfNothing = createHash("sha256").digest();

/** A new key: 32 random bytes in urlsafe base64 with padding, 44 characters, as Python's `Fernet.generate_key()`. */
export function generateFernetKey(): string {
  return encodeBase64url(randomBytes(keyBytes), padded);
}

/**
 * The key that the platform derives where none is configured: urlsafe base64 of the SHA-256 of the secret's UTF-8 bytes.
 * It is as guessable as the secret is.
 *
 * @throws CipherError `ERR_CIPHER_INVALID_KEY` for an empty or blank secret: its digest would be a key that all know; and
 * for text that UTF-8 cannot hold: different secrets would give one key
 */
export function deriveFernetKey(secretKey: string): string {
  if (typeof secretKey !== "string" || isBlank(secretKey))
    throw invalid("A key cannot be derived from an empty secret.");
  if (/\p{Surrogate}/u.test(secretKey))
    throw invalid("The secret has half of a surrogate pair, which UTF-8 cannot hold.");
  return encodeBase64url(createHash("sha256").update(secretKey, "utf8").digest(), padded);
}

/** The 32 bytes of a key. @throws CipherError `ERR_CIPHER_INVALID_KEY`, which never holds the value */
export function parseFernetKey(value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === "string" ? decodeBase64url(value, padded) : value;
  if (bytes?.length !== keyBytes) throw invalid(problemOf(value));
  if (bytes.every((byte) => byte === 0)) throw invalid("All bytes of the key are zero.");
  if (keyOfNothing.equals(bytes)) throw invalid("It is the key derived from an empty secret, which all know.");
  return bytes;
}

/** `"fernet-key"`. */
export const fernetKeyKind: SecretKind = {
  name: "fernet-key",
  generate: generateFernetKey,
  problem(value) {
    try {
      parseFernetKey(Buffer.from(value).toString("latin1"));
      return undefined;
    } catch (error) {
      if (CipherError.is(error)) return error.hint ?? error.message;
      throw error;
    }
  },
};

function problemOf(value: string | Uint8Array): string {
  const wanted = "A Fernet key is 32 bytes in urlsafe base64 with padding: 44 characters.";
  if (typeof value !== "string") return `${wanted} As bytes it has exactly 32.`;
  if (value !== value.trim()) return `${wanted} This one has white space around it.`;
  if (/^["'].*["']$/.test(value)) return `${wanted} This one stands in quotes.`;
  if (/[+/]/.test(value)) return `${wanted} This one is of the standard alphabet: write - for + and _ for /.`;
  if (/^[\w-]{43}$/.test(value)) return `${wanted} This one lacks the = at its end.`;
  return wanted;
}

function invalid(hint: string): CipherError {
  return new CipherError("ERR_CIPHER_INVALID_KEY", { hint });
}
