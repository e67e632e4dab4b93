export { gcpPlugin } from "./gcp-plugin.js";
export { type GcpSecretManagerOptions, gcpSecretManager } from "./gcp-secret-manager.js";
export { type GcpSecretChangesOptions, gcpSecretChanges, type SecretChange } from "./secret-changes.js";
