import { vaultKv } from "@qarion/provider-vault";
import { createSecrets } from "@qarion/secrets";
import { expect, it, onTestFinished } from "vitest";
import { printedPolicy } from "../demo/operator.js";
import { mailToken, webhookKey } from "../src/shop-secrets.js";
import { Shop } from "./use-shop.js";

/** The service's identity, with which anything below the mount is asked for. */
async function identity() {
  const shop = await Shop.open();
  const token = shop.vault.token({ policies: ["shop"] }); // as the login's, with `default`
  const secrets = createSecrets({ provider: vaultKv({ address: shop.vault.address, token }), cache: false });
  onTestFinished(() => secrets.close());
  return { shop, secrets };
}

it("the printed policy is enough for what the service reads", async () => {
  const { secrets } = await identity();
  await expect(secrets.get(`shop/${webhookKey}`)).resolves.toBeDefined();
  await expect(secrets.get(`shop/settings#${mailToken}`)).resolves.toBeDefined();
});

it("the printed policy opens no other path", async () => {
  const { shop, secrets } = await identity();
  for (const path of ["shop/webhook-key-of-others", "shop/settings/more", "other", "shop"]) {
    shop.vault.put(path, { value: "another" });
    await expect(secrets.get(path)).rejects.toMatchObject({ code: "ERR_SECRETS_ACCESS_DENIED" });
  }
});

it("the printed policy lets nobody write or list", async () => {
  const { secrets } = await identity();
  await expect(secrets.put(`shop/${webhookKey}`, "another")).rejects.toMatchObject({
    code: "ERR_SECRETS_ACCESS_DENIED",
  });
  const list = async () => {
    for await (const _ of secrets.list()) break;
  };
  await expect(list()).rejects.toMatchObject({ code: "ERR_SECRETS_ACCESS_DENIED" });
});

it.each(["secret/data/shop/webhook-key", "secret/data/shop/settings"])(
  "the printed policy grants %s because the service does not start without it",
  async (path) => {
    const shop = await Shop.open();
    expect(printedPolicy).toContain(`path "${path}" {`);
    shop.vault.policy("shop", printedPolicy.replace(path, `${path}-of-others`));
    await expect(shop.start()).rejects.toMatchObject({ code: "ERR_SECRETS_ACCESS_DENIED" });
  },
);
