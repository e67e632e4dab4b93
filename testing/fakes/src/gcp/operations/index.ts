export type { Operation, OperationContext } from "./operation.js";
export { createSecret, deleteSecret, getSecret, listSecrets, testIamPermissions } from "./secret-operations.js";
export { updateSecret } from "./update-secret.js";
export { accessSecretVersion, addSecretVersion, getSecretVersion, listSecretVersions } from "./version-operations.js";
export { destroySecretVersion, disableSecretVersion, enableSecretVersion } from "./version-state-operations.js";
