import { memoryProvider, type SecretsErrorCode } from "@qarion/secrets-core";
import type { FailureMode, ProviderHarness } from "../../src/index.js";

export const memoryCodes: Readonly<Partial<Record<FailureMode, SecretsErrorCode>>> = {
  denied: "ERR_SECRETS_ACCESS_DENIED",
  throttled: "ERR_SECRETS_THROTTLED",
  unavailable: "ERR_SECRETS_UNAVAILABLE",
  unauthenticated: "ERR_SECRETS_UNAUTHENTICATED",
};

export const memoryHarness: ProviderHarness = {
  name: "memoryProvider",
  async create() {
    const provider = memoryProvider();
    return {
      provider,
      seed: (name, value, options) => provider.set(name, value, options),
      fail: (mode) => provider.fail(mode && memoryCodes[mode]),
      close: () => undefined,
    };
  },
};
