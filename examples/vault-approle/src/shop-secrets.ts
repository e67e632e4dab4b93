import { readFile } from "node:fs/promises";
import { vaultKv } from "@qarion/provider-vault";
import { type Clock, createSecrets, type Secrets } from "@qarion/secrets";
import type { Config } from "./config.js";
import { logEvent } from "./log.js";

/** The secrets of the service: keys at paths of their own, and a bundle of settings at one path. */
export interface ShopSecrets {
  readonly keys: Secrets;
  readonly settings: Secrets;
  close(): Promise<void>;
}

export const webhookKey = "webhook-key"; // secret/shop/webhook-key
export const mailToken = "MAIL_TOKEN"; // a member of secret/shop/settings

type Credentials = Pick<Config, "vaultAddress" | "roleId" | "secretIdFile">;

/** @param clock of a test; the system's without */
export function shopSecrets({ vaultAddress, roleId, secretIdFile }: Credentials, clock?: Clock): ShopSecrets {
  const timing = clock ? { clock } : {};
  const vault = {
    address: vaultAddress,
    // Read at each login: a secret id that was replaced takes effect without a restart, and none is kept in memory.
    appRole: { roleId, secretId: async () => (await readFile(secretIdFile, "utf8")).trim() },
    ...timing,
  };
  const keys = createSecrets({ provider: vaultKv({ ...vault, prefix: "shop/" }), onEvent: logEvent, ...timing });
  const settings = createSecrets({
    provider: vaultKv({ ...vault, path: "shop/settings" }),
    onEvent: logEvent,
    ...timing,
  });
  return {
    keys,
    settings,
    close: async () => void (await Promise.all([keys.close(), settings.close()])), // ends the tokens too
  };
}
