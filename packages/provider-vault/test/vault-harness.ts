import type { ProviderHarness } from "@qarion/secrets-conformance";
import { startVaultServer, vaultErrorAnswer } from "@qarion-testing/fakes/vault";
import { vaultKv } from "../src/index.js";
import { mapOfValue } from "../src/kv-value.js";

/** The provider over HTTP and a server on loopback, with a token of its own. */
export const vaultHarness: ProviderHarness = {
  name: "vaultKv",
  async create() {
    const vault = await startVaultServer();
    const token = vault.rootToken;
    const provider = vaultKv({ address: vault.address, token });
    return {
      provider,
      seed: (name, value) =>
        void vault.put(name, JSON.parse(mapOfValue(value, { asBundle: false })) as Record<string, unknown>),
      fail(mode) {
        vault.faults.clear();
        if (mode === "denied")
          vault.faults.add({
            kind: "answer",
            answer: () => vaultErrorAnswer(403, "1 error occurred:\n\t* permission denied\n\n"),
          });
        if (mode === "throttled")
          vault.faults.add({
            kind: "answer",
            answer: () => vaultErrorAnswer(429, "request path: rate limit quota exceeded"),
          });
        if (mode === "unavailable")
          vault.faults.add({ kind: "answer", answer: () => vaultErrorAnswer(503, "Vault is sealed") });
        if (mode === "unauthenticated")
          vault.faults.add({
            kind: "answer",
            answer: () => vaultErrorAnswer(403, "permission denied", "invalid token"),
          });
        if (mode === "hang") vault.faults.add({ kind: "hang" });
      },
      canaries: [token],
      async close() {
        await provider.close?.();
        await vault.close();
      },
    };
  },
  skip: {
    "stages: pending is not the current value": "KV keeps no pending version",
    "put: a pending value leaves the current one alone": "KV keeps no pending version",
  },
};
