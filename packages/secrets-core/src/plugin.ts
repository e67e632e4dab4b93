import type { Cipher, KeySource } from "./keys/index.js";
import type { SecretProvider } from "./provider.js";

/** A kind of secret value: how to make one, and what is wrong with one. */
export interface SecretKind {
  /** For example `"fernet-key"`. */
  readonly name: string;
  /** A new value from the system's random generator. */
  generate(): string;
  /** What is wrong with the value, in words that never hold it; `undefined` when it is fine. */
  problem(value: Uint8Array): string | undefined;
}

/**
 * What a package adds: a provider, a cipher, kinds of secret, or several of these. A plugin is used by being listed
 * (`plugins: [acmePlugin]`): there is no global registry, so importing a package changes nothing.
 */
export interface SecretsPlugin {
  /** The name that `SECRET_PROVIDER` picks it by. */
  readonly name: string;
  readonly provider?: (env: Readonly<Record<string, string | undefined>>) => SecretProvider | Promise<SecretProvider>;
  readonly cipher?: (options: { readonly keys: KeySource }) => Cipher;
  readonly kinds?: readonly SecretKind[];
}
