export type { Clock } from "./clock.js";
export { fakeSecret } from "./fake-secret.js";
export type { SecretKind, SecretsPlugin } from "./plugin.js";
export type {
  CallContext,
  ProviderCapabilities,
  ProviderRef,
  ProviderSecret,
  SecretProvider,
  Stage,
  VersionInfo,
} from "./provider.js";
export type { Secret } from "./secret.js";
export type { Ref, SecretRef } from "./secret-ref.js";
export { SecretsError, type SecretsErrorCode } from "./secrets-error.js";
