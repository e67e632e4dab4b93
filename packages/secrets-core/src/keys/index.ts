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
export type { KeyRing, KeySource, KeyStatus } from "./key-ring.js";
