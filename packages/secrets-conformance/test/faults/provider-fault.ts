import { randomBytes } from "node:crypto";
import type { SecretProvider } from "@qarion/secrets-core";
import type { ProviderClause, ProviderHarness } from "../../src/index.js";
import { AcmeStore } from "./acme-store.js";

/** One planted defect, and the clauses that are to find it: these and no others. */
export interface ProviderFault {
  readonly fault: string;
  readonly caughtBy: readonly ProviderClause[];
  make(store: AcmeStore): SecretProvider;
}

export function acmeHarness(make: (store: AcmeStore) => SecretProvider): ProviderHarness {
  return {
    name: "acme",
    async create() {
      const store = new AcmeStore(`tokn${randomBytes(12).toString("hex")}`);
      return {
        provider: make(store),
        canaries: [store.token],
        seed(name, value, options) {
          store.write(name, value, options?.stage);
        },
        fail: (mode) => store.fail(mode),
        close: () => undefined,
      };
    },
  };
}
