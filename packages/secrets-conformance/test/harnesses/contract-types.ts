import type { SecretProvider, Stage } from "@qarion/secrets-core";
import type { Cipher } from "@qarion/secrets-core/keys";

/** The harnesses as the contract writes them, without what this package adds. */
export interface ContractProviderHarness {
  name: string;
  create(): Promise<{
    provider: SecretProvider;
    seed(name: string, value: string | Uint8Array, options?: { stage?: Stage }): Promise<void> | void;
    fail?(mode: "denied" | "throttled" | "unavailable" | "unauthenticated" | "hang" | undefined): Promise<void> | void;
    close(): Promise<void> | void;
  }>;
}
export interface ContractCipherHarness {
  name: string;
  create(keys: "current" | "previous" | "other"): Cipher | Promise<Cipher>;
}
export interface ContractCase {
  readonly name: string;
  readonly clause: string;
  readonly skipped?: string;
  run(): Promise<void>;
}
