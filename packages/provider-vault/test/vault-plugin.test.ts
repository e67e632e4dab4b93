import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecrets, type Secrets } from "@qarion/secrets-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { vaultPlugin } from "../src/index.js";
import { table } from "./readme.js";
import { errorOf, readAll, textOf, vaultForTest } from "./vault-for-test.js";

type Env = Readonly<Record<string, string | undefined>>;

async function secretsFrom(env: Env): Promise<Secrets> {
  const provider = await vaultPlugin.provider?.(env);
  if (!provider) throw new Error("The plugin has no provider.");
  const store = createSecrets({ provider, cache: false });
  onTestFinished(() => store.close());
  return store;
}

function tempFile(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), "vault-plugin-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "file"), content);
  return join(folder, "file");
}

describe("vaultPlugin", () => {
  it('is picked by SECRET_PROVIDER "vault"', () => {
    expect(vaultPlugin.name).toBe("vault");
  });

  it("logs in by each of the ways that its variables name", async () => {
    const { vault } = await vaultForTest({ product: "openbao", now: Date.now });
    const team = vault.in("team");
    team.mount("kv");
    team.put("prod/DB", { value: "pw" }, "kv");
    team.put("all", { DB: "pw" }, "kv");
    team.policy("app", 'path "kv/*" { capabilities = ["read"] }');
    const role = team.appRole("app", { token_policies: ["app"] }, "roles");
    team.kubernetesRole("app", { token_policies: ["app"] }, "cluster");
    const jwt = vault.serviceAccountToken({ namespace: "prod", name: "app" });
    const where = {
      VAULT_ADDR: ` ${vault.address} `,
      VAULT_NAMESPACE: "team",
      VAULT_SECRET_MOUNT: "kv",
      VAULT_SECRET_PREFIX: "prod/",
    };
    const roles = { VAULT_ROLE_ID: role.roleId, VAULT_AUTH_MOUNT: "roles" };
    const envs: Env[] = [
      { VAULT_TOKEN: `${team.token({ policies: ["app"] })}\n`, VAULT_ROLE_ID: " ", VAULT_SECRET_ID: "" },
      { ...roles, VAULT_SECRET_ID: role.secretId() },
      { ...roles, VAULT_SECRET_ID_FILE: tempFile(`${role.secretId()}\n`) },
      { VAULT_KUBERNETES_ROLE: "app", VAULT_KUBERNETES_TOKEN_FILE: tempFile(jwt), VAULT_AUTH_MOUNT: "cluster" },
    ];
    for (const env of envs) expect(await textOf(await secretsFrom({ ...where, ...env }), "DB")).toBe("pw");
    const bundle = { ...where, VAULT_SECRET_PREFIX: undefined, VAULT_SECRET_PATH: "all", ...envs[0] };
    expect(await textOf(await secretsFrom(bundle), "DB")).toBe("pw");
  });

  it("reads KV at `secret` unless it is told otherwise", async () => {
    const { vault } = await vaultForTest();
    vault.put("db", { value: "pw" });
    vault.policy("app", readAll);
    const role = vault.appRole("app", { token_policies: ["app"] });
    const env = { VAULT_ADDR: vault.address, VAULT_ROLE_ID: role.roleId, VAULT_SECRET_ID: role.secretId() };
    expect(await textOf(await secretsFrom(env), "db")).toBe("pw");
  });

  const VAULT_ADDR = "https://vault.example";
  it.each<[string, Env, string]>([
    ["no address", { VAULT_TOKEN: "CANARY" }, "VAULT_ADDR"],
    ["a blank address", { VAULT_ADDR: " ", VAULT_TOKEN: "CANARY" }, "VAULT_ADDR"],
    ["no credentials", { VAULT_ADDR }, "VAULT_TOKEN"],
    [
      "a token and a role",
      { VAULT_ADDR, VAULT_TOKEN: "CANARY", VAULT_ROLE_ID: "r", VAULT_SECRET_ID: "CANARY" },
      "VAULT_TOKEN and VAULT_ROLE_ID",
    ],
    [
      "a token and a service account",
      { VAULT_ADDR, VAULT_TOKEN: "CANARY", VAULT_KUBERNETES_ROLE: "r" },
      "VAULT_KUBERNETES_ROLE",
    ],
    [
      "two logins",
      { VAULT_ADDR, VAULT_ROLE_ID: "r", VAULT_SECRET_ID: "CANARY", VAULT_KUBERNETES_ROLE: "r" },
      "not both",
    ],
    ["a role without a secret id", { VAULT_ADDR, VAULT_ROLE_ID: "CANARY" }, "VAULT_SECRET_ID"],
    [
      "a secret id and its file",
      { VAULT_ADDR, VAULT_ROLE_ID: "r", VAULT_SECRET_ID: "CANARY", VAULT_SECRET_ID_FILE: "/f" },
      "not both",
    ],
    ["a secret id beside a token", { VAULT_ADDR, VAULT_TOKEN: "CANARY", VAULT_SECRET_ID: "CANARY" }, "VAULT_ROLE_ID"],
    [
      "a secret id's file beside a token",
      { VAULT_ADDR, VAULT_TOKEN: "CANARY", VAULT_SECRET_ID_FILE: "/f" },
      "VAULT_ROLE_ID",
    ],
    [
      "a token's file without a service account",
      { VAULT_ADDR, VAULT_TOKEN: "CANARY", VAULT_KUBERNETES_TOKEN_FILE: "/f" },
      "VAULT_KUBERNETES_ROLE",
    ],
    ["an address that is none", { VAULT_ADDR: "CANARY", VAULT_TOKEN: "CANARY" }, "address"],
    [
      "a prefix and a bundle",
      { VAULT_ADDR, VAULT_TOKEN: "CANARY", VAULT_SECRET_PREFIX: "p/", VAULT_SECRET_PATH: "a" },
      "prefix",
    ],
  ])("refuses %s, and shows no value", async (_, env, hint) => {
    const error = await errorOf(secretsFrom(env));
    expect(error.code).toBe("ERR_SECRETS_INVALID_CONFIG");
    expect(error.hint).toContain(hint);
    expect(error.stack).not.toContain("CANARY");
  });

  it("a file of the secret id that cannot be read is told by its variable", async () => {
    const VAULT_SECRET_ID_FILE = join(tmpdir(), "vault-plugin-none", "CANARY");
    const store = await secretsFrom({ VAULT_ADDR: "http://127.0.0.1:1", VAULT_ROLE_ID: "r", VAULT_SECRET_ID_FILE });
    const error = await errorOf(store.get("db"));
    expect(error).toMatchObject({
      code: "ERR_SECRETS_UNAUTHENTICATED",
      hint: expect.stringContaining("VAULT_SECRET_ID_FILE"),
    });
    expect(error.stack).not.toContain("CANARY");
  });

  it("reads the variables that the README lists, and no others", async () => {
    const read = new Set<string>();
    const values: Env = { VAULT_ADDR, VAULT_ROLE_ID: "r", VAULT_SECRET_ID_FILE: "/f" };
    const asks = (of: Env) =>
      new Proxy(of, {
        get: (_, name: string) => {
          read.add(name);
          return of[name];
        },
      });
    await vaultPlugin.provider?.(asks(values));
    await vaultPlugin.provider?.(asks({ VAULT_ADDR, VAULT_KUBERNETES_ROLE: "r" }));
    const listed = table("Environment variables").flatMap(([names = ""]) => names.match(/VAULT_\w+/g) ?? []);
    expect([...read].sort()).toEqual([...new Set(listed)].sort());
  });
});
