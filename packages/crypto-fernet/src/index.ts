export { type FernetCipherOptions, fernetCipher } from "./fernet-cipher.js";
export { deriveFernetKey, fernetKeyKind, generateFernetKey } from "./fernet-key.js";
export { fernetPlugin } from "./fernet-plugin.js";
export { instanceUrlCipher } from "./instance-url-cipher.js";
