import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { VaultServer } from "@qarion-testing/fakes/built/vault";
import type { MailApi } from "./mail-api.js";

// Of the sources, wherever the compiled demo stands.
const readmeUrl = new URL(
  import.meta.url.includes("/dist/demo/") ? "../../README.md" : "../README.md",
  import.meta.url,
);

/** The policy as the README prints it. */
export const printedPolicy = /```hcl\n(.*?)```/s.exec(readFileSync(readmeUrl, "utf8"))?.[1] ?? "";

/** Does what the README asks of the people who look after Vault. */
export class Operator {
  readonly #vault: VaultServer;
  readonly #secretIdFile: string;
  readonly #role;
  /** Every secret there ever was. */
  readonly all: string[] = [];

  constructor(vault: VaultServer, secretIdFile: string) {
    this.#vault = vault;
    this.#secretIdFile = secretIdFile;
    vault.policy("shop", printedPolicy);
    this.#role = vault.appRole("shop", {
      token_policies: "shop",
      token_ttl: "20m",
      token_max_ttl: "4h",
      secret_id_ttl: "720h",
    });
  }

  get roleId(): string {
    return this.#role.roleId;
  }

  /** New values in Vault; the mail API accepts no other token from now on. Gives the key that senders sign with. */
  rotate(mail: MailApi): string {
    const [key, token] = [randomBytes(32).toString("hex"), randomBytes(24).toString("base64url")] as const;
    this.#vault.put("shop/webhook-key", { value: key });
    this.#vault.put("shop/settings", { MAIL_TOKEN: token, MAIL_SENDER: "shop@example.com" });
    mail.expects = `Bearer ${token}`;
    this.all.push(key, token);
    return key;
  }

  wrapSecretId(): string {
    return this.#role.wrappedSecretId("60s");
  }

  /** What runs beside the service: unwraps the secret id and puts it into the file. @throws Error when it is refused */
  async deliver(wrappingToken: string): Promise<void> {
    const response = await fetch(`${this.#vault.address}/v1/sys/wrapping/unwrap`, {
      method: "POST",
      headers: { "x-vault-token": wrappingToken, "x-vault-request": "true" },
    });
    if (!response.ok) throw new Error("The secret id was unwrapped by somebody else, or too late.");
    const { data } = (await response.json()) as { data: { secret_id: string } };
    this.all.push(data.secret_id);
    writeFileSync(`${this.#secretIdFile}.new`, data.secret_id, { mode: 0o600 });
    renameSync(`${this.#secretIdFile}.new`, this.#secretIdFile);
  }

  /** The one that is in the file is good for no login any more. */
  withdrawSecretId(): void {
    const secret_id = readFileSync(this.#secretIdFile, "utf8");
    this.#vault.request("POST", "auth/approle/role/shop/secret-id/destroy", { secret_id });
  }
}
