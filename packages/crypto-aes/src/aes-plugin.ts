import type { SecretsPlugin } from "@qarion/secrets-core";
import { aesGcmCipher } from "./aes-gcm-cipher.js";
import { aesKeyKind } from "./aes-key.js";

/** Adds the cipher and the kind of secret `"aes-256-key"`. */
export const aesPlugin: SecretsPlugin = { name: "aes", cipher: aesGcmCipher, kinds: [aesKeyKind] };
