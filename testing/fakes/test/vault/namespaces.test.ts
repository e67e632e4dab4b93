import { describe, expect, it } from "vitest";
import { DENIED, vaultForTest } from "./call-vault.js";

const READ = 'path "secret/data/*" { capabilities = ["read"] }';

// developer.hashicorp.com/vault/docs/enterprise/namespaces, and "Namespaces" of developer.hashicorp.com/vault/api-docs
describe.each(["vault-enterprise", "openbao"] as const)("namespaces of %s", (product) => {
  it("keep mounts, secrets, policies and auth methods apart", async () => {
    const { vault, call, as } = await vaultForTest({ product });
    const team = vault.in("team");
    team.mount("secret");
    vault.put("app", { where: "root" });
    team.put("app", { where: "team" });
    const headers = { "X-Vault-Namespace": "team" };
    const inTeam = await call("GET", "secret/data/app", { headers });
    expect([inTeam.body.data.data, inTeam.headers.get("x-vault-namespace")]).toEqual([{ where: "team" }, "team"]);
    expect((await call("GET", "secret/data/app")).body.data.data).toEqual({ where: "root" });

    const role = team.appRole("app");
    const body = { role_id: role.roleId, secret_id: role.secretId() };
    expect((await as(undefined)("POST", "auth/approle/login", { body, headers })).status).toBe(200);
    expect((await as(undefined)("POST", "auth/approle/login", { body })).status).toBe(403);
  });

  it("mean the same as the start of the path, in the header or not", async () => {
    const { vault, call } = await vaultForTest({ product });
    const deep = vault.in("team/blue");
    deep.mount("secret");
    deep.put("app", { v: "x" });
    for (const [path, namespace] of [
      ["secret/data/app", "team/blue"],
      ["secret/data/app", "/team/blue/"],
      ["blue/secret/data/app", "team/"],
      ["team/blue/secret/data/app", ""],
    ] as const) {
      const { body } = await call("GET", path, namespace === "" ? {} : { headers: { "X-Vault-Namespace": namespace } });
      expect([path, body.data?.data]).toEqual([path, { v: "x" }]);
    }
  });

  it("bind a token: that of a child is nothing to the parent, that of a parent goes by the whole path", async () => {
    const { vault, as } = await vaultForTest({ product });
    const team = vault.in("team");
    team.mount("secret");
    for (const one of [vault, team]) {
      one.put("app", {});
      one.policy("reader", READ);
    }
    vault.policy("parent", 'path "team/secret/data/*" { capabilities = ["read"] }');
    const headers = { "X-Vault-Namespace": "team" };
    const child = team.token({ policies: ["reader"] });
    expect(child).toMatch(/\.[0-9a-f]{5}$/);
    expect((await as(child)("GET", "secret/data/app", { headers })).status).toBe(200);
    expect((await as(child)("GET", "secret/data/app")).body).toEqual(DENIED);
    expect((await as(vault.token({ policies: ["reader"] }))("GET", "secret/data/app", { headers })).body).toEqual(
      DENIED,
    );
    expect((await as(vault.token({ policies: ["parent"] }))("GET", "secret/data/app", { headers })).status).toBe(200);
  });

  it("want sudo of a token of the parent that makes one in a child", async () => {
    const { vault, as } = await vaultForTest({ product });
    vault.in("team");
    vault.policy("maker", 'path "team/auth/token/create" { capabilities = ["update"] }');
    const headers = { "X-Vault-Namespace": "team" };
    const { status, body } = await as(vault.token({ policies: ["maker"] }))("POST", "auth/token/create", { headers });
    expect([status, body.errors]).toEqual([
      400,
      ["root or sudo privileges required to directly generate a token in a child namespace"],
    ]);
    vault.policy("maker", 'path "team/auth/token/create" { capabilities = ["update", "sudo"] }');
    const made = await as(vault.token({ policies: ["maker"] }))("POST", "auth/token/create", { headers });
    expect(made.status).toBe(200);
  });

  it("do not matter to what a token asks about itself", async () => {
    const { vault, as } = await vaultForTest({ product });
    const token = vault.in("team").token();
    for (const options of [{}, { headers: { "X-Vault-Namespace": "team" } }]) {
      const { body } = await as(token)("GET", "auth/token/lookup-self", options);
      expect(body.data).toMatchObject({ id: token, namespace_path: "team/" });
    }
    expect((await as(token)("POST", "auth/token/renew-self")).status).toBe(200);
  });

  it("are made and listed by the API", async () => {
    const { call } = await vaultForTest({ product });
    expect((await call("POST", "sys/namespaces/team")).body.data).toMatchObject({ path: "team/" });
    expect((await call("LIST", "sys/namespaces")).body.data.keys).toEqual(["team/"]);
    expect((await call("POST", "sys/namespaces/none/x")).status).toBe(400);
  });
});

describe("a header that names no namespace", () => {
  // github.com/openbao/openbao/issues/1508
  it("is 404 at OpenBao", async () => {
    const { call } = await vaultForTest({ product: "openbao" });
    const { status, body } = await call("GET", "secret/data/app", { headers: { "X-Vault-Namespace": "none" } });
    expect([status, body]).toEqual([404, { errors: ["namespace not found"] }]);
  });

  it("is the start of a path that leads nowhere at Vault Enterprise", async () => {
    const { call } = await vaultForTest({ product: "vault-enterprise" });
    const { status, body } = await call("GET", "secret/data/app", { headers: { "X-Vault-Namespace": "none" } });
    expect([status, body.errors[0]]).toEqual([
      404,
      'no handler for route "none/secret/data/app". route entry not found.',
    ]);
  });

  it("is not looked at by the Community Edition, which has none", async () => {
    const { vault, call } = await vaultForTest({ product: "vault" });
    vault.put("app", {});
    expect((await call("GET", "secret/data/app", { headers: { "X-Vault-Namespace": "none" } })).status).toBe(200);
    expect(() => vault.in("team")).toThrow(/unsupported path/);
  });
});
