import { rmSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { Shop } from "./use-shop.js";

const minuteMs = 60_000;

it("the service signs in once for each provider, and keeps the tokens while they live", async () => {
  const shop = await Shop.open();
  const { webhook } = await shop.start();
  for (let count = 0; count < 5; count += 1) expect(await webhook()).toBe(202);
  expect([shop.logins, shop.renewals]).toEqual([2, 0]);
});

it("a token past two thirds of its life is renewed, without a login", async () => {
  const shop = await Shop.open();
  const { webhook } = await shop.start();
  shop.clock.skip(14 * minuteMs);
  await vi.waitFor(async () => {
    expect(await webhook()).toBe(202);
    expect(shop.renewals).toBe(2);
  });
  expect(shop.logins).toBe(2);
});

it("a token that has expired is replaced by a new login", async () => {
  const shop = await Shop.open();
  const { webhook } = await shop.start();
  shop.clock.skip(30 * minuteMs);
  await vi.waitFor(async () => {
    expect(await webhook()).toBe(202);
    expect(shop.logins).toBe(4);
  });
  expect(shop.renewals).toBe(0);
});

it("a token that Vault refuses before its time is replaced by a new login, within the same call", async () => {
  const shop = await Shop.open();
  const { secrets } = await shop.start();
  shop.vault.advance(21 * minuteMs);
  await secrets.keys.refresh();
  await secrets.settings.refresh();
  expect(shop.logins).toBe(4);
});

it("without a valid secret id the service goes on, then recovers by a new one without a restart", async () => {
  const shop = await Shop.open();
  const { webhook, ready } = await shop.start();
  shop.operator.withdrawSecretId();
  shop.clock.skip(30 * minuteMs);
  await vi.waitFor(async () => {
    expect(await webhook()).toBe(202);
    expect(shop.logged.join("\n")).toContain("ERR_SECRETS_UNAUTHENTICATED");
  });
  expect(await ready()).toBe(200);

  await shop.operator.deliver(shop.operator.wrapSecretId());
  const refused = shop.logins;
  shop.clock.skip(minuteMs);
  shop.key = shop.operator.rotate(shop.mail);
  await vi.waitFor(async () => expect(await webhook()).toBe(202));
  expect(shop.logins).toBeGreaterThan(refused);
});

it("without a valid secret id for longer than the limit no webhook is taken", async () => {
  const shop = await Shop.open();
  const { webhook, ready } = await shop.start();
  rmSync(shop.secretIdFile);
  shop.clock.skip(66 * minuteMs);
  expect([await webhook(), await ready()]).toEqual([503, 503]);
  expect(shop.mail.accepted).toBe(0);
});

it("a secret id that was unwrapped by somebody else is told by the second to come", async () => {
  const shop = await Shop.open();
  const wrapped = shop.operator.wrapSecretId();
  await shop.operator.deliver(wrapped);
  await expect(shop.operator.deliver(wrapped)).rejects.toThrow("by somebody else");
});

it("the tokens end with the service", async () => {
  const shop = await Shop.open();
  const { secrets } = await shop.start();
  await secrets.close();
  expect(shop.vault.calls.list("POST auth/token/revoke-self").map(({ status }) => status)).toEqual([204, 204]);
});
