import type { Instant } from "./clock.js";
import type { ProviderRef, SecretProvider } from "./provider.js";
import type { ProviderCalls } from "./provider-calls.js";
import { SecretDocument } from "./secret-document.js";
import { SecretsError } from "./secrets-error.js";
import { namedAsAsked, type StoreRef } from "./store-ref.js";

/** Documents from the provider: fetched, or where it can describe, confirmed without fetching what did not change. */
export class DocumentSource {
  readonly #provider: SecretProvider;
  readonly #calls: ProviderCalls;
  #describes: boolean;

  constructor(provider: SecretProvider, calls: ProviderCalls) {
    this.#provider = provider;
    this.#calls = calls;
    this.#describes = provider.describe !== undefined;
  }

  /** The document as the store has it. `known` is what is held of it and may be confirmed. */
  async ask(whole: StoreRef, known: SecretDocument | undefined, startedAt: Instant): Promise<SecretDocument> {
    const { ref } = whole;
    try {
      const look = this.#describes && known ? await this.#look(ref, known) : "changed";
      if (look === "unchanged" && known) return known.confirmedAt(startedAt);
      const source = await this.#calls.fetch(ref);
      // This identity may read values and not their metadata. One that may do neither tells nothing of the others.
      if (look === "refused") this.#describes = false;
      return new SecretDocument(whole, source, startedAt, this.#provider.name);
    } catch (error) {
      throw namedAsAsked(error, whole);
    }
  }

  /** A cheap look whether the version is still the one held. What only the value can tell is left to the read. */
  async #look(ref: ProviderRef, { source }: SecretDocument): Promise<"unchanged" | "changed" | "refused"> {
    if (source.version === undefined) return "changed";
    try {
      return (await this.#calls.describe(ref)).version === source.version ? "unchanged" : "changed";
    } catch (error) {
      if (!SecretsError.is(error) || error.retryable) throw error;
      const { code } = error;
      return code === "ERR_SECRETS_ACCESS_DENIED" || code === "ERR_SECRETS_UNSUPPORTED" ? "refused" : "changed";
    }
  }
}
