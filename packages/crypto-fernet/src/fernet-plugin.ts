import type { SecretsPlugin } from "@qarion/secrets-core";
import { fernetCipher } from "./fernet-cipher.js";
import { fernetKeyKind } from "./fernet-key.js";

/** Adds the cipher and the kind of secret `"fernet-key"`. */
export const fernetPlugin: SecretsPlugin = { name: "fernet", cipher: fernetCipher, kinds: [fernetKeyKind] };
