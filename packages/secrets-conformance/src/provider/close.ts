import { createSecrets } from "@qarion/secrets-core";
import { callLimitMs, within } from "../within.js";
import { test } from "./provider-test.js";

export const closeTests = {
  "close: it can be called twice": test(
    async ({ provider }) => {
      for (const time of ["first", "second"]) {
        await within(callLimitMs, `the ${time} close()`, (async () => provider.close?.())());
      }
    },
    ["close"],
  ),

  "close: later calls are ERR_SECRETS_CLOSED": test(
    async (trial) => {
      const ref = { name: trial.name("closed"), stage: "current" } as const;
      const { name } = ref;
      const { provider } = trial;
      await trial.seed(name, "a value");
      await trial.read(ref);
      const secrets = createSecrets({ provider, cache: false });
      await secrets.get(name);
      await secrets.close();
      const closed = ["ERR_SECRETS_CLOSED"] as const;
      await trial.expectFailure(closed, "core's get() after close()", () => secrets.get(name));
      await trial.expectFailure(closed, "get() after close()", () => trial.read(ref));
      if (provider.getMany) await trial.expectFailure(closed, "getMany() after close()", () => trial.readMany([ref]));
      if (provider.list) await trial.expectFailure(closed, "list() after close()", () => trial.names());
      if (provider.put) {
        const put = () => trial.call("put()", async (context) => provider.put?.(ref, "another value", context));
        await trial.expectFailure(closed, "put() after close()", put);
      }
    },
    ["close"],
  ),
};
