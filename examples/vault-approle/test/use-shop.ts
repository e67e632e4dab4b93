import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startVaultServer, type VaultServer } from "@qarion-testing/fakes/vault";
import { onTestFinished, vi } from "vitest";
import { type MailApi, startMailApi } from "../demo/mail-api.js";
import { Operator } from "../demo/operator.js";
import { sendWebhook } from "../demo/sender.js";
import { SkippingClock } from "../demo/skipping-clock.js";
import { type ShopSecrets, shopSecrets } from "../src/shop-secrets.js";
import { webhookService } from "../src/webhook-service.js";

/** Vault as the README sets it up, with two secrets, and a secret id in its file. */
export class Shop {
  readonly clock: SkippingClock;
  readonly secretIdFile: string;
  readonly logged: string[] = [];
  readonly operator: Operator;
  key: string;

  private constructor(
    readonly vault: VaultServer,
    readonly mail: MailApi,
    clock: SkippingClock,
  ) {
    this.clock = clock;
    const folder = mkdtempSync(join(tmpdir(), "qarion-approle-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    this.secretIdFile = join(folder, "secret-id");
    this.operator = new Operator(vault, this.secretIdFile);
    this.key = this.operator.rotate(mail);
    const note = (line: string) => void this.logged.push(line);
    vi.spyOn(console, "log").mockImplementation(note);
    vi.spyOn(console, "error").mockImplementation(note);
    onTestFinished(() => void vi.restoreAllMocks());
  }

  static async open(): Promise<Shop> {
    const clock = new SkippingClock();
    const [vault, mail] = await Promise.all([startVaultServer({ now: clock.now }), startMailApi()]);
    onTestFinished(async () => void (await Promise.all([vault.close(), mail.close()])));
    const shop = new Shop(vault, mail, clock);
    await shop.operator.deliver(shop.operator.wrapSecretId());
    return shop;
  }

  secrets(): ShopSecrets {
    const { vault, operator, secretIdFile, clock } = this;
    const secrets = shopSecrets({ vaultAddress: vault.address, roleId: operator.roleId, secretIdFile }, clock);
    onTestFinished(() => secrets.close());
    return secrets;
  }

  async start(): Promise<RunningShop> {
    const secrets = this.secrets();
    const server = await webhookService(secrets, this.mail.url);
    await once(server.listen(0, "127.0.0.1"), "listening");
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return {
      secrets,
      baseUrl,
      webhook: (options) => sendWebhook(baseUrl, this.key, options),
      ready: async () => (await fetch(`${baseUrl}/readyz`)).status,
    };
  }

  get logins(): number {
    return this.vault.calls.count("POST auth/approle/login");
  }

  get renewals(): number {
    return this.vault.calls.count("POST auth/token/renew-self");
  }
}

export interface RunningShop {
  readonly secrets: ShopSecrets;
  readonly baseUrl: string;
  /** The status of a webhook that is signed with the key in Vault. */
  webhook(options?: { body?: string; atMs?: number }): Promise<number>;
  ready(): Promise<number>;
}
