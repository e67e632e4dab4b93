import { randomBytes } from "node:crypto";
import type { SecretKind } from "@qarion/secrets-core";
import { CipherError, decodeBase64url, encodeBase64url } from "@qarion/secrets-core/keys";

const keyBytes = 32;

/** A new key: 32 random bytes in urlsafe base64 with padding, 44 characters. */
export function generateAesKey(): string {
  return encodeBase64url(randomBytes(keyBytes), { padded: true });
}

/**
 * The 32 bytes of a key, from base64 of either alphabet, with padding or without.
 *
 * @throws CipherError `ERR_CIPHER_INVALID_KEY`, which never holds the value
 */
export function parseAesKey(value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === "string" ? decodeKey(value) : value;
  if (bytes?.length !== keyBytes) throw invalid(problemOf(value));
  if (bytes.every((byte) => byte === 0)) throw invalid("All bytes of the key are zero.");
  return bytes;
}

/** `"aes-256-key"`. */
export const aesKeyKind: SecretKind = {
  name: "aes-256-key",
  generate: generateAesKey,
  problem(value) {
    try {
      parseAesKey(Buffer.from(value).toString("latin1"));
      return undefined;
    } catch (error) {
      if (CipherError.is(error)) return error.hint ?? error.message;
      throw error;
    }
  },
};

function decodeKey(text: string): Buffer | undefined {
  const isStandard = /[+/]/.test(text);
  if (isStandard && /[-_]/.test(text)) return undefined;
  const urlsafe = isStandard ? text.replaceAll("+", "-").replaceAll("/", "_") : text;
  return decodeBase64url(urlsafe, { padded: urlsafe.endsWith("=") });
}

function problemOf(value: string | Uint8Array): string {
  const wanted = "An AES-256 key is 32 bytes in base64: 43 characters, or 44 with padding.";
  if (typeof value !== "string") return `${wanted} As bytes it has exactly 32.`;
  if (value !== value.trim()) return `${wanted} This one has white space around it.`;
  if (/^["'].*["']$/.test(value)) return `${wanted} This one stands in quotes.`;
  if (/^[0-9a-f]{64}$/i.test(value)) return `${wanted} This one is in hexadecimal: write it in base64.`;
  return wanted;
}

function invalid(hint: string): CipherError {
  return new CipherError("ERR_CIPHER_INVALID_KEY", { hint });
}
