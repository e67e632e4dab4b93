export type { VaultCall, VaultCalls } from "./call-journal.js";
export type { NodeRole } from "./node-status.js";
export type { RateLimit } from "./rate-limit.js";
export { vaultErrorAnswer } from "./vault-answer.js";
export type { VaultNode } from "./vault-node.js";
export type { VaultProduct } from "./vault-product.js";
export type { SeedAppRole, SeedToken, VaultSeed } from "./vault-seed.js";
export {
  type SeedServiceAccount,
  startVaultServer,
  type VaultServer,
  type VaultServerOptions,
} from "./vault-server.js";
