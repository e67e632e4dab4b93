export { type AesGcmCipherOptions, aesGcmCipher } from "./aes-gcm-cipher.js";
export { aesKeyKind, generateAesKey } from "./aes-key.js";
export { aesPlugin } from "./aes-plugin.js";
export { connectorCipher } from "./connector-cipher.js";
