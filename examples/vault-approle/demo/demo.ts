import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startVaultServer } from "@qarion-testing/fakes/built/vault";
import { shopSecrets } from "../src/shop-secrets.js";
import { webhookService } from "../src/webhook-service.js";
import { startMailApi } from "./mail-api.js";
import { Operator } from "./operator.js";
import { sendWebhook } from "./sender.js";
import { SkippingClock } from "./skipping-clock.js";

const minuteMs = 60_000;

/** Fails the demo: what it shows has to be true. */
function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`This should be so and is not: ${what}`);
}

function say(text: string): void {
  console.log(`▸ ${text}`);
}

/** What the service logs, to be searched. */
const logged: string[] = [];
const { log } = console;
console.log = (line: string) => void (line.startsWith("{") ? logged.push(line) : log(line));
console.error = (line: string) => void logged.push(line);

const clock = new SkippingClock(); // of the service and of Vault
const folder = mkdtempSync(join(tmpdir(), "qarion-approle-"));
const secretIdFile = join(folder, "secret-id");
const vault = await startVaultServer({ now: clock.now });
const mail = await startMailApi();
const ends: (() => Promise<unknown>)[] = [vault.close, mail.close];
try {
  await run();
} finally {
  for (const end of ends.splice(0)) await end();
  rmSync(folder, { recursive: true, force: true });
}

async function run(): Promise<void> {
  say("Sets Vault up as the README says: the printed policy, a role whose tokens live 20 minutes, two secrets");
  const operator = new Operator(vault, secretIdFile);
  let key = operator.rotate(mail);

  say("Delivers the secret id wrapped: the agent beside the service unwraps it into a file, and it unwraps once");
  const wrapped = operator.wrapSecretId();
  await operator.deliver(wrapped);
  const again = await operator.deliver(wrapped).then(
    () => "unwrapped",
    () => "refused",
  );
  must(again === "refused", "who comes second knows that somebody was first");

  say("Starts the service: it signs in, for the secret of its own and for the bundle, and takes a webhook");
  const secrets = shopSecrets({ vaultAddress: vault.address, roleId: operator.roleId, secretIdFile }, clock);
  const server = await webhookService(secrets, mail.url);
  await once(server.listen(0, "127.0.0.1"), "listening");
  ends.unshift(async () => {
    server.closeAllConnections();
    server.close();
    await secrets.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  must(logins() === 2, "two logins");
  must((await sendWebhook(baseUrl, key)) === 202, "a signed webhook is taken, and mailed");
  must((await sendWebhook(baseUrl, `${key}x`)) === 401, "one that is signed by another key is not");

  say("Rotates both secrets; five minutes later they are followed");
  const old = key;
  key = operator.rotate(mail);
  clock.skip(5 * minuteMs);
  await until("the new key is followed", async () => (await sendWebhook(baseUrl, key)) === 202);
  must((await sendWebhook(baseUrl, old)) === 401, "the old key is not accepted");

  say("Lets 14 of the token's 20 minutes pass: it is renewed");
  clock.skip(9 * minuteMs);
  await until("both tokens are renewed", async () => (await sendWebhook(baseUrl, key)) === 202 && renewals() === 2);
  must(logins() === 2, "without a login");

  say("Lets half an hour pass in which nobody calls: the token has expired, and the service signs in anew");
  clock.skip(30 * minuteMs);
  await until("new logins", async () => (await sendWebhook(baseUrl, key)) === 202 && logins() === 4);

  say("Lets time pass in Vault alone, so that it refuses a token which the service takes for good: it signs in anew");
  vault.advance(21 * minuteMs);
  await secrets.keys.refresh();
  await secrets.settings.refresh();
  must(logins() === 6, "new logins");

  say("Withdraws the secret id: the service goes on with what it has, and is degraded");
  operator.withdrawSecretId();
  clock.skip(30 * minuteMs);
  await until(
    "it reports",
    () => logged.some((line) => line.includes("ERR_SECRETS_UNAUTHENTICATED")),
    () => sendWebhook(baseUrl, key),
  );
  must((await sendWebhook(baseUrl, key)) === 202, "it goes on");
  const { status } = await secrets.keys.check();
  must(status === "degraded", "it is degraded");

  say("Delivers a new secret id: half a minute later all is well, without a restart");
  await operator.deliver(operator.wrapSecretId());
  clock.skip(0.5 * minuteMs + 1_000);
  await until("it is ready", async () => (await secrets.keys.check()).status === "ready");
  await until("the bundle too", async () => (await secrets.settings.check()).status === "ready");

  await secrets.close();
  must(vault.calls.count("POST auth/token/revoke-self") === 2, "its tokens are revoked when it ends");
  must(mail.refused === 0, "no mail was refused");
  const shown = operator.all.filter((value) => logged.some((line) => line.includes(value)));
  must(shown.length === 0, "no secret was logged");
  log(
    `\n${logins()} logins asked for, ${renewals()} renewals, ${mail.accepted} mails, 0 refused; nothing was restarted.`,
  );
}

function logins(): number {
  return vault.calls.count("POST auth/approle/login");
}

function renewals(): number {
  return vault.calls.count("POST auth/token/renew-self");
}

/** Asks again and again, within a bound that is there to fail. */
async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  meanwhile: () => Promise<unknown> = async () => undefined,
): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return;
    await meanwhile();
    await pause(25);
  }
  throw new Error(`This did not come about: ${what}`);
}
