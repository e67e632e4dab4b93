import { describe, expect, it } from "vitest";
import { BARE_DENIAL, vaultForTest } from "./call-vault.js";

const ACCOUNT = { namespace: "shop", name: "api" };

// developer.hashicorp.com/vault/api-docs/auth/kubernetes, "Login"; the refusals are those of
// github.com/hashicorp/vault-plugin-auth-kubernetes, path_login.go.
describe("Kubernetes auth: login", () => {
  it("gives a token for a role and the token of a service account", async () => {
    const { vault, as } = await vaultForTest();
    vault.kubernetesRole("api", {
      bound_service_account_names: ["api"],
      bound_service_account_namespaces: ["shop"],
      token_policies: ["app"],
      token_ttl: "1h",
    });
    const body = { role: "api", jwt: vault.serviceAccountToken(ACCOUNT) };
    const { status, body: reply } = await as(undefined)("POST", "auth/kubernetes/login", { body });
    expect(status).toBe(200);
    expect(reply.auth).toMatchObject({
      policies: ["app", "default"],
      lease_duration: 3_600,
      renewable: true,
      metadata: {
        role: "api",
        service_account_name: "api",
        service_account_namespace: "shop",
        service_account_secret_name: "",
        service_account_uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
    const { data } = (await as(reply.auth.client_token)("GET", "auth/token/lookup-self")).body;
    expect(data.display_name).toBe("kubernetes-shop-api");
  });

  it("refuses a role that is not there, and what is missing, by 400", async () => {
    const { vault, as } = await vaultForTest();
    vault.kubernetesRole("api");
    const login = async (body: object) => {
      const { status, body: reply } = await as(undefined)("POST", "auth/kubernetes/login", { body });
      return [status, reply.errors];
    };
    const jwt = vault.serviceAccountToken(ACCOUNT);
    expect(await login({ role: "none", jwt })).toEqual([400, ['invalid role name "none"']]);
    expect(await login({ jwt })).toEqual([400, ["missing role"]]);
    expect(await login({ role: "api" })).toEqual([400, ["missing jwt"]]);
  });

  it("refuses an account that the role does not cover by 403, with the reason", async () => {
    const { vault, as } = await vaultForTest();
    vault.kubernetesRole("api", { bound_service_account_names: "api-*", bound_service_account_namespaces: "shop" });
    const login = async (account: { namespace: string; name: string }) => {
      const body = { role: "api", jwt: vault.serviceAccountToken(account) };
      const { status, body: reply } = await as(undefined)("POST", "auth/kubernetes/login", { body });
      return [status, reply.errors];
    };
    expect((await login({ namespace: "shop", name: "api-1" }))[0]).toBe(200);
    expect(await login({ namespace: "shop", name: "job" })).toEqual([403, ["service account name not authorized"]]);
    expect(await login({ namespace: "bank", name: "api-1" })).toEqual([403, ["namespace not authorized"]]);
  });

  it("refuses a token whose time is over, as a file shows that nobody reads again", async () => {
    const { vault, as } = await vaultForTest({ now: () => 1_700_000_000_000 });
    vault.kubernetesRole("api");
    const body = { role: "api", jwt: vault.serviceAccountToken({ ...ACCOUNT, ttlMs: 600_000 }) };
    const login = async () => {
      const { status, body: reply } = await as(undefined)("POST", "auth/kubernetes/login", { body });
      return [status, reply.errors];
    };
    vault.advance(599_999);
    expect((await login())[0]).toBe(200);
    vault.advance(1);
    expect(await login()).toEqual([403, BARE_DENIAL.errors]); // by the cluster
    vault.advance(60_000);
    expect(await login()).toEqual([403, BARE_DENIAL.errors]);
    vault.advance(1);
    expect(await login()).toEqual([403, ["invalid expiration time (exp) claim: token is expired"]]);
  });

  it("refuses a token of another audience, one that is altered, one of an account that was deleted, and no token", async () => {
    const { vault, as } = await vaultForTest();
    vault.kubernetesRole("api");
    vault.kubernetesRole("strict", { audience: "vault" });
    const login = async (role: string, jwt: string) => {
      const { status, body } = await as(undefined)("POST", "auth/kubernetes/login", { body: { role, jwt } });
      return [status, body.errors?.[0]];
    };
    const jwt = vault.serviceAccountToken(ACCOUNT);
    expect(await login("strict", jwt)).toEqual([403, expect.stringMatching(/^invalid audience \(aud\) claim/)]);
    expect((await login("strict", vault.serviceAccountToken({ ...ACCOUNT, audiences: ["vault"] })))[0]).toBe(200);
    expect(await login("api", `${jwt.slice(0, -4)}AAAA`)).toEqual([403, BARE_DENIAL.errors[0]]);
    expect((await login("api", "not.a.jwt"))[0]).toBe(403);
    expect((await login("api", jwt))[0]).toBe(200);
    vault.deleteServiceAccount(ACCOUNT);
    expect(await login("api", jwt)).toEqual([403, BARE_DENIAL.errors[0]]);
  });

  it("reads back, lists and deletes roles, and is at whatever path it is mounted", async () => {
    const { vault, call, as } = await vaultForTest();
    vault.kubernetesRole("api", { token_ttl: "1h", audience: "vault" }, "clusters/blue");
    expect((await call("GET", "auth/clusters/blue/role/api")).body.data).toMatchObject({
      audience: "vault",
      bound_service_account_names: ["*"],
      token_ttl: 3_600,
    });
    expect((await call("GET", "auth/clusters/blue/role?list=true")).body.data.keys).toEqual(["api"]);
    expect((await call("DELETE", "auth/clusters/blue/role/api")).status).toBe(204);
    const body = { role: "api", jwt: vault.serviceAccountToken(ACCOUNT) };
    expect((await as(undefined)("POST", "auth/clusters/blue/login", { body })).status).toBe(400);
  });
});
