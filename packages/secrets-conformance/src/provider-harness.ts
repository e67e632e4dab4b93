import type { SecretProvider, Stage } from "@qarion/secrets-core";
import type { ProviderClause } from "./provider-clauses.js";
import type { ProviderFeature } from "./provider-features.js";

/** How a store fails: it refuses, throttles, is out of service, does not accept the credentials, or never answers. */
export type FailureMode = "denied" | "throttled" | "unavailable" | "unauthenticated" | "hang";

/** A provider and the store behind it, for one case. */
export interface ProviderUnderTest {
  readonly provider: SecretProvider;
  /**
   * Stores a value, so that the provider can read it when this is over. A name that is there gets a new version. Of one
   * secret the kit stores the previous value first, then the current one, then the pending one.
   */
  seed(name: string, value: string | Uint8Array, options?: { stage?: Stage }): Promise<void> | void;
  /** Makes the store fail at every call in this way, until `undefined`. */
  fail?(mode: FailureMode | undefined): Promise<void> | void;
  /** What else must never be shown: the token that the provider signs in with. At least 8 characters each. */
  readonly canaries?: readonly string[];
  /** Ends the provider and the store, and deletes what was stored. */
  close(): Promise<void> | void;
}

/** What a provider's author gives to `providerConformance`. */
export interface ProviderHarness {
  /** Stands before the clause in the name of each case. */
  readonly name: string;
  /** A new provider over a store of its own, or over one that other cases use too: names are random. */
  create(): Promise<ProviderUnderTest>;
  /**
   * All that the provider and this harness can do; what needs more is skipped from the start, and a case checks that the
   * list is true. `featuresOf(harness)` finds it out. Without it, a case finds out when it runs.
   */
  readonly features?: readonly ProviderFeature[];
  /** Clauses that this store cannot meet, each with the reason. */
  readonly skip?: Readonly<Partial<Record<ProviderClause, string>>>;
}
