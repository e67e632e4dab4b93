// What a provider needs when it runs, and nothing that takes time to load: a process that has the package and does not use
// it pays for no more.
export { type NameOwners, nameOwners } from "../name-owners.js";
export type { SecretsPlugin } from "../plugin.js";
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
} from "../provider.js";
export { SecretsError, type SecretsErrorCode } from "../secrets-error.js";
export { unlessAborted } from "../unless-aborted.js";
export { variableName } from "../variable-name.js";
