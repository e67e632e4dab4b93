import { Bundle } from "./bundle.js";
import type { ProviderCapabilities, SecretProvider } from "./provider.js";
import { nameProblem, type ParsedRef } from "./secret-ref.js";
import { SecretsError } from "./secrets-error.js";
import type { StoreRef } from "./store-ref.js";

/** Leads from the names that users ask for to the store's own, by a provider's `naming`. */
export class Naming {
  /** What of the provider's capabilities is left to the secrets under these names. */
  readonly capabilities: ProviderCapabilities;
  readonly prefix: string;
  readonly bundle: Bundle | undefined;
  readonly #provider: string;

  /** @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` */
  constructor({ name: provider, naming, capabilities }: SecretProvider) {
    const { prefix = "", bundle } = naming ?? {};
    const refuse = (hint: string) => new SecretsError("ERR_SECRETS_INVALID_CONFIG", { provider, hint });
    if (typeof prefix !== "string" || (prefix !== "" && nameProblem(`${prefix}a`) !== undefined)) {
      throw refuse('The prefix is no beginning of a name. Write "prod/" for names such as prod/SECRET_KEY.');
    }
    if (bundle !== undefined) {
      const problem = typeof bundle === "string" ? nameProblem(bundle) : "It must be a string.";
      if (problem !== undefined) throw refuse(`The bundle's name is not valid. ${problem}`);
      if (prefix !== "") throw refuse("Members of a bundle have no prefix: give the bundle by its whole name.");
    }
    this.#provider = provider;
    this.prefix = prefix;
    this.bundle = bundle === undefined ? undefined : new Bundle(bundle, provider);
    this.capabilities = this.bundle ? { ...capabilities, stages: false, versions: false } : capabilities;
  }

  /** @throws SecretsError `ERR_SECRETS_UNSUPPORTED`, `ERR_SECRETS_INVALID_REF` */
  locate({ name, stage, version, key, text }: ParsedRef): StoreRef {
    const selector = version === undefined ? stage : `v=${version}`;
    const { bundle } = this;
    if (bundle && selector !== "current") {
      throw this.#refused("ERR_SECRETS_UNSUPPORTED", name, "Members of a bundle have neither stages nor versions.");
    }
    const stored = this.storeName(name);
    if (this.prefix !== "") this.#checkPrefixed(stored, name);
    return {
      ref: { name: stored, stage, ...(version === undefined ? {} : { version }) },
      cacheKey: `${stored}\0${selector}`,
      name,
      bundle,
      key,
      text,
    };
  }

  /** The name of the store as users know it. */
  asAsked(storeName: string): string {
    return storeName.startsWith(this.prefix) ? storeName.slice(this.prefix.length) : storeName;
  }

  /** The store's name of the document that holds the secret of this name. */
  storeName(name: string): string {
    return this.bundle?.name ?? `${this.prefix}${name}`;
  }

  /** The names of the store that a change may be about, which was told of a name of users or of the store. */
  storeNames(name: string): readonly string[] {
    const { bundle } = this;
    if (bundle) return name === bundle.name || bundle.hasGiven(name) ? [bundle.name] : [];
    return [...new Set([name, this.storeName(name)])];
  }

  #checkPrefixed(stored: string, name: string): void {
    const problem = nameProblem(stored);
    if (problem === undefined) return;
    throw this.#refused("ERR_SECRETS_INVALID_REF", name, `Behind the prefix it is no name. ${problem}`);
  }

  #refused(code: "ERR_SECRETS_UNSUPPORTED" | "ERR_SECRETS_INVALID_REF", secretName: string, hint: string) {
    return new SecretsError(code, { hint, secretName, provider: this.#provider });
  }
}
