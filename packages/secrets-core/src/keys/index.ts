export { Cooled } from "../cooled.js";
export { clockOf } from "../secrets-internals.js";
export { decodeBase64url, encodeBase64url } from "./canonical-base64.js";
export { type Cipher, type CipherContext, claimsToBeCiphertext } from "./cipher.js";
export { CipherError, type CipherErrorCode } from "./cipher-error.js";
export {
  type HeldKey,
  type HeldKeys,
  heldKeys,
  isBlank,
  type KeyGeneration,
  keysOf,
  type RingKey,
} from "./held-keys.js";
export { keyId } from "./key-id.js";
export type { KeyRing, KeySource, KeyStatus, LiveKeyRing } from "./key-ring.js";
export { type KeyRingOptions, keyRingFrom } from "./key-ring-from.js";
export { type LiveCipher, liveCipher } from "./live-cipher.js";
export { plaintextBytes, plaintextText } from "./plaintext.js";
export type { FallbackKeys, RingRefs } from "./ring-slots.js";
export { RotatingKeys, type RotatingKeysOptions } from "./rotating-keys.js";
export { type UsualRefs, usualRefs } from "./usual-refs.js";
export { weakness } from "./weak-keys.js";
