import { isUtf8 } from "node:buffer";
import { claimsToBeCiphertext } from "./cipher.js";
import { CipherError } from "./cipher-error.js";

/**
 * The bytes of a plaintext, as every cipher takes them.
 *
 * @throws CipherError `ERR_CIPHER_PLAINTEXT` for what is no text and no bytes, for text that UTF-8 cannot hold, and for
 * what claims to be a ciphertext: encrypting it again would hide a mistake, such as a missing key, in every row
 */
export function plaintextBytes(plaintext: string | Uint8Array): Buffer {
  if (typeof plaintext === "string") {
    refuseCiphertext(plaintext);
    if (/\p{Surrogate}/u.test(plaintext))
      throw refused("The text has half of a surrogate pair, which UTF-8 cannot hold.");
    return Buffer.from(plaintext, "utf8");
  }
  if (!(plaintext instanceof Uint8Array)) throw refused("A plaintext is a string or a Uint8Array.");
  const bytes = Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength);
  refuseCiphertext(bytes.subarray(0, 256).toString("utf8"));
  return bytes;
}

/** The text of decrypted bytes. @throws CipherError `ERR_CIPHER_MALFORMED` when they are not UTF-8 */
export function plaintextText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString("utf8");
  throw new CipherError("ERR_CIPHER_MALFORMED", { hint: "The plaintext is binary: use decryptBytes." });
}

function refuseCiphertext(text: string): void {
  if (claimsToBeCiphertext(text)) throw refused("This is a ciphertext already: decrypt it first, or use rotate.");
}

function refused(hint: string): CipherError {
  return new CipherError("ERR_CIPHER_PLAINTEXT", { hint });
}
