import { firstOf, memoryProvider } from "@qarion/secrets-core";
import type { ProviderHarness } from "../../src/index.js";
import { memoryCodes } from "./memory-harness.js";

/** An empty provider before one whose names have a prefix, so that both ways through `firstOf` are taken. */
export const firstOfHarness: ProviderHarness = {
  name: "firstOf",
  async create() {
    const prefix = "prod/";
    const local = Object.assign(memoryProvider(), { name: "local" });
    const store = Object.assign(memoryProvider(), { naming: { prefix } });
    return {
      provider: firstOf([local, store]),
      seed: (name, value, options) => store.set(`${prefix}${name}`, value, options),
      fail: (mode) => store.fail(mode && memoryCodes[mode]),
      close: () => undefined,
    };
  },
};
