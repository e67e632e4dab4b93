import { readFile } from "node:fs/promises";
import type { SecretsPlugin } from "@qarion/secrets-core";
import { vaultError } from "./vault-error.js";
import { vaultKv } from "./vault-kv.js";

/** What a variable holds; `undefined` where it is blank or not set. */
type Read = (name: string) => string | undefined;

/** Each names a way to prove who we are. */
const proofs = ["VAULT_TOKEN", "VAULT_ROLE_ID", "VAULT_KUBERNETES_ROLE"];
/** What is read for one of them only. */
const usedBy = {
  VAULT_SECRET_ID: "VAULT_ROLE_ID",
  VAULT_SECRET_ID_FILE: "VAULT_ROLE_ID",
  VAULT_KUBERNETES_TOKEN_FILE: "VAULT_KUBERNETES_ROLE",
};

/**
 * `SECRET_PROVIDER=vault`.
 *
 * | variable | meaning |
 * | --- | --- |
 * | `VAULT_ADDR` | the address; needed |
 * | `VAULT_NAMESPACE` | the namespace |
 * | `VAULT_TOKEN` | a token; or one of the logins below |
 * | `VAULT_ROLE_ID`, and `VAULT_SECRET_ID` or `VAULT_SECRET_ID_FILE` | AppRole |
 * | `VAULT_KUBERNETES_ROLE`, and perhaps `VAULT_KUBERNETES_TOKEN_FILE` | the service account's role, its token's file |
 * | `VAULT_AUTH_MOUNT` | where the login's method is mounted; `approle` or `kubernetes` |
 * | `VAULT_SECRET_MOUNT` | where KV is mounted; `secret` |
 * | `VAULT_SECRET_PREFIX` | stands before every name |
 * | `VAULT_SECRET_PATH` | one secret that holds all the others as members |
 *
 * A blank variable is one that is not set.
 */
export const vaultPlugin: SecretsPlugin = {
  name: "vault",
  provider(env) {
    const read: Read = (name) => env[name]?.trim() || undefined;
    const address = read("VAULT_ADDR");
    if (address === undefined) throw invalid("Set VAULT_ADDR.");
    checkProofs(read);
    const mount = read("VAULT_AUTH_MOUNT");
    const roleId = read("VAULT_ROLE_ID");
    const role = read("VAULT_KUBERNETES_ROLE");
    return vaultKv({
      address,
      namespace: read("VAULT_NAMESPACE"),
      token: read("VAULT_TOKEN"),
      appRole: roleId === undefined ? undefined : { roleId, secretId: secretIdOf(read), mount },
      kubernetes: role === undefined ? undefined : { role, mount, tokenFile: read("VAULT_KUBERNETES_TOKEN_FILE") },
      mount: read("VAULT_SECRET_MOUNT"),
      prefix: read("VAULT_SECRET_PREFIX"),
      path: read("VAULT_SECRET_PATH"),
    });
  },
};

/** Exactly one, and nothing that only another one would use: which of two was meant is not guessed. */
function checkProofs(read: Read): void {
  const given = proofs.filter(read);
  if (given.length === 0) throw invalid(`Set one of ${proofs.join(", ")}.`);
  if (given.length > 1) throw invalid(`Set one of ${given.join(" and ")}, not both.`);
  const idle = Object.entries(usedBy).find(([name, user]) => read(name) !== undefined && read(user) === undefined);
  if (idle) throw invalid(`${idle[0]} is for ${idle[1]}, which is not set.`);
}

function secretIdOf(read: Read): string | (() => Promise<string>) {
  const secretId = read("VAULT_SECRET_ID");
  const file = read("VAULT_SECRET_ID_FILE");
  if (secretId !== undefined && file !== undefined)
    throw invalid("Set VAULT_SECRET_ID or VAULT_SECRET_ID_FILE, not both.");
  if (secretId !== undefined) return secretId;
  if (file !== undefined) return () => trimmedFile(file);
  throw invalid("VAULT_ROLE_ID needs VAULT_SECRET_ID or VAULT_SECRET_ID_FILE.");
}

/** Read at each login, since whoever hands out secret ids replaces it. */
async function trimmedFile(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (cause) {
    const hint = "The file that VAULT_SECRET_ID_FILE names cannot be read.";
    throw vaultError("ERR_SECRETS_UNAUTHENTICATED", { hint, cause });
  }
}

function invalid(hint: string) {
  return vaultError("ERR_SECRETS_INVALID_CONFIG", { hint });
}
