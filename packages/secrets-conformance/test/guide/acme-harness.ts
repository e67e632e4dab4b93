import type { ProviderHarness } from "../../src/index.js";
import { acmeSecrets } from "./acme-provider.js";
import { startAcmeServer } from "./acme-server.js";

export const harness: ProviderHarness = {
  name: "acme",
  async create() {
    const server = await startAcmeServer(); // or the emulator of your store, or a project of its own in the real one
    return {
      provider: acmeSecrets({ address: server.address, token: server.token }),
      seed: (name, value, options) => server.write(name, value, options?.stage),
      fail: (mode) => server.fail(mode),
      canaries: [server.token],
      close: () => server.close(),
    };
  },
};
