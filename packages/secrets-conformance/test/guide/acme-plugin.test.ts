import { createSecrets, SecretsError } from "@qarion/secrets-core";
import { expect, it } from "vitest";
import { acmePlugin } from "./acme-plugin.js";
import { startAcmeServer } from "./acme-server.js";

it("the plugin makes a provider from the environment", async () => {
  const server = await startAcmeServer();
  server.write("db/password", "hunter2");
  const provider = await acmePlugin.provider?.({ ACME_ADDRESS: server.address, ACME_TOKEN: server.token });
  if (!provider) throw new Error("The plugin makes no provider.");
  const secrets = createSecrets({ provider });
  expect((await secrets.get("db/password")).reveal()).toBe("hunter2");
  await secrets.close();
  await server.close();
});

it.each([{}, { ACME_ADDRESS: "https://acme.example" }, { ACME_ADDRESS: "https://acme.example", ACME_TOKEN: "" }])(
  "the plugin says what is missing from %o",
  (env) => {
    const error = (() => {
      try {
        return acmePlugin.provider?.(env);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(SecretsError.is(error) && error.code).toBe("ERR_SECRETS_INVALID_CONFIG");
  },
);

it("a token that Acme does not accept is the service's own failure, and is not shown", async () => {
  const server = await startAcmeServer();
  const provider = await acmePlugin.provider?.({ ACME_ADDRESS: server.address, ACME_TOKEN: "another token" });
  if (!provider) throw new Error("The plugin makes no provider.");
  const secrets = createSecrets({ provider });
  const error: unknown = await secrets.get("db/password").catch((reason: unknown) => reason);
  expect(SecretsError.is(error) && error.code).toBe("ERR_SECRETS_UNAUTHENTICATED");
  expect(String((error as Error).stack)).not.toContain("another token");
  await secrets.close();
  await server.close();
});
