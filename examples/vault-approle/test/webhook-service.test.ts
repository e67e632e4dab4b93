import { describe, expect, it, vi } from "vitest";
import { sendWebhook } from "../demo/sender.js";
import { configFrom } from "../src/config.js";
import { Shop } from "./use-shop.js";

const minuteMs = 60_000;

describe("a webhook", () => {
  it("is taken when it is signed with the key in Vault, and mailed with the token of the bundle", async () => {
    const shop = await Shop.open();
    const { webhook } = await shop.start();
    expect(await webhook()).toBe(202);
    expect([shop.mail.accepted, shop.mail.refused]).toEqual([1, 0]);
  });

  it("is refused when another key signed it, when it is old, or comes from a future", async () => {
    const shop = await Shop.open();
    const { baseUrl, webhook } = await shop.start();
    expect(await sendWebhook(baseUrl, `${shop.key}x`)).toBe(401);
    expect(await webhook({ atMs: Date.now() - 6 * minuteMs })).toBe(401);
    expect(await webhook({ atMs: Date.now() + 6 * minuteMs })).toBe(401);
    const unsigned = await fetch(`${baseUrl}/webhooks`, { method: "POST", body: "{}" });
    expect(unsigned.status).toBe(401);
    expect(shop.mail.accepted).toBe(0);
  });

  it("that is too long is refused and not kept", async () => {
    const shop = await Shop.open();
    const { webhook } = await shop.start();
    expect(await webhook({ body: "x".repeat(64 * 1_024) })).toBe(202);
    expect(await webhook({ body: "x".repeat(64 * 1_024 + 1) })).toBe(413);
  });
});

it("both secrets are followed when they are rotated", async () => {
  const shop = await Shop.open();
  const { webhook, baseUrl } = await shop.start();
  const old = shop.key;
  shop.key = shop.operator.rotate(shop.mail);
  shop.clock.skip(5 * minuteMs);
  await vi.waitFor(async () => expect(await webhook()).toBe(202));
  expect(await sendWebhook(baseUrl, old)).toBe(401);
});

it("in an outage of Vault it goes on, within the limits", async () => {
  const shop = await Shop.open();
  const { webhook, ready } = await shop.start();
  shop.vault.sealed = true;
  shop.clock.skip(60 * minuteMs);
  expect([await webhook(), await ready()]).toEqual([202, 200]);
  shop.clock.skip(6 * minuteMs);
  expect([await webhook(), await ready()]).toEqual([503, 503]);
});

it.each(["webhook-key", "settings"])("once Vault denies %s no webhook is taken", async (path) => {
  const shop = await Shop.open();
  const { webhook, ready } = await shop.start();
  shop.vault.policy(
    "shop",
    `path "secret/data/shop/*" { capabilities = ["read"] }
    path "secret/data/shop/${path}" { capabilities = ["deny"] }`,
  );
  shop.clock.skip(6 * minuteMs);
  await vi.waitFor(async () => expect([await webhook(), await ready()]).toEqual([503, 503]));
});

it.each(["", "short"])("it does not start with the key %j", async (value) => {
  const shop = await Shop.open();
  shop.vault.put("shop/webhook-key", { value });
  await expect(shop.start()).rejects.toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE" });
});

it("a new key that is too short is not used: the last good one stays, and the log says so", async () => {
  const shop = await Shop.open();
  const { webhook, ready, secrets } = await shop.start();
  shop.vault.put("shop/webhook-key", { value: "short" });
  await secrets.keys.refresh();
  expect(await webhook()).toBe(202);
  expect(await ready()).toBe(200);
  expect(shop.logged.join("\n")).toContain("The key of the webhooks has at least 32 bytes.");
});

it("what it logs holds no secret", async () => {
  const shop = await Shop.open();
  const { webhook, secrets } = await shop.start();
  shop.key = shop.operator.rotate(shop.mail);
  await Promise.all([secrets.keys.refresh(), secrets.settings.refresh()]);
  expect(await webhook()).toBe(202);
  shop.operator.withdrawSecretId();
  shop.vault.advance(30 * minuteMs);
  await secrets.keys.refresh().catch(() => undefined);
  const logged = shop.logged.join("\n");
  for (const text of ['"type":"change"', "ERR_SECRETS_UNAUTHENTICATED"]) expect(logged).toContain(text);
  expect(shop.operator.all.filter((value) => logged.includes(value)).length).toBe(0);
});

it.each(["VAULT_ADDR", "VAULT_ROLE_ID", "VAULT_SECRET_ID_FILE", "MAIL_URL"])("%s is needed", (name) => {
  const env = { VAULT_ADDR: "x", VAULT_ROLE_ID: "x", VAULT_SECRET_ID_FILE: "x", MAIL_URL: "x", [name]: " " };
  expect(() => configFrom(env)).toThrow(`${name} is not set.`);
});
