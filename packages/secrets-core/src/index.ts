export type { Change } from "./change-feed.js";
export type { Clock } from "./clock.js";
export { type CreateSecretsOptions, createSecrets } from "./create-secrets.js";
export type { SecretsEvent } from "./events.js";
export { fakeSecret } from "./fake-secret.js";
export { firstOf } from "./first-of.js";
export type { CacheOptions } from "./freshness.js";
export type { Live } from "./live.js";
export { type MemoryProvider, memoryProvider } from "./memory-provider.js";
export { type NameOwners, nameOwners } from "./name-owners.js";
export type { SecretKind, SecretsPlugin } from "./plugin.js";
export type {
  CallContext,
  ProviderCapabilities,
  ProviderNaming,
  ProviderRef,
  ProviderSecret,
  SecretProvider,
  Stage,
  VersionInfo,
  WriteContext,
} from "./provider.js";
export type { Secret } from "./secret.js";
export type { Ref, SecretRef } from "./secret-ref.js";
export type { Secrets, SecretsCheck, SecretVerdict } from "./secrets.js";
export { SecretsError, type SecretsErrorCode } from "./secrets-error.js";
export { variableName } from "./variable-name.js";
export type { WithSecretOptions } from "./with-secret.js";
