import {
  accessSecretVersion,
  addSecretVersion,
  createSecret,
  deleteSecret,
  destroySecretVersion,
  disableSecretVersion,
  enableSecretVersion,
  getSecret,
  getSecretVersion,
  listSecrets,
  listSecretVersions,
  type Operation,
  testIamPermissions,
  updateSecret,
} from "./operations/index.js";

/** The methods of `google.cloud.secretmanager.v1.SecretManagerService` that the fake has; the others are UNIMPLEMENTED. */
export const METHODS = {
  AccessSecretVersion: accessSecretVersion,
  AddSecretVersion: addSecretVersion,
  CreateSecret: createSecret,
  DeleteSecret: deleteSecret,
  DestroySecretVersion: destroySecretVersion,
  DisableSecretVersion: disableSecretVersion,
  EnableSecretVersion: enableSecretVersion,
  GetSecret: getSecret,
  GetSecretVersion: getSecretVersion,
  ListSecrets: listSecrets,
  ListSecretVersions: listSecretVersions,
  TestIamPermissions: testIamPermissions,
  UpdateSecret: updateSecret,
} satisfies Record<string, Operation<never>>;

export type MethodName = keyof typeof METHODS;
