export { JwtError, type JwtErrorCode } from "./jwt-error.js";
export { createJwtKeyRing, type JwtKeyRing, type VerifiedJwt } from "./jwt-key-ring.js";
export type { JwtKeyRingOptions } from "./jwt-key-ring-options.js";
export { jwtPlugin } from "./jwt-plugin.js";
export { jwtKeyKind } from "./signing-key.js";
