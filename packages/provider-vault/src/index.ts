export { type VaultKvOptions, vaultKv } from "./vault-kv.js";
export type { AppRoleLogin, KubernetesLogin } from "./vault-login.js";
export { vaultPlugin } from "./vault-plugin.js";
