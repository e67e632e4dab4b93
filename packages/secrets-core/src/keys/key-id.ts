import { createHmac } from "node:crypto";

/**
 * `base64url(HMAC-SHA256(key, "qarion/kid/v1\0" + ring)[0..9])`: 12 characters, from the value and not from the slot it
 * stands in. A plain digest of a symmetric key would tell that two environments share it (RFC 7638 section 7).
 *
 * Only for keys that cannot be guessed: for a weak or derived key the id would confirm a guess.
 */
export function keyId(material: Uint8Array, ring: string): string {
  return createHmac("sha256", material).update(`qarion/kid/v1\0${ring}`).digest().subarray(0, 9).toString("base64url");
}

/**
 * The `ring` in the key ids of ciphers, whatever the ring that holds the key is called: the id stands in stored
 * ciphertexts, which must stay readable when someone renames a ring or reads them with a plain list of keys.
 */
export const cipherKeyIdRing = "cipher";
