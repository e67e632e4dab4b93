import { describe, expect, it } from "vitest";
import { BARE_DENIAL, INVALID_TOKEN, vaultForTest } from "./call-vault.js";

const WRONG = { errors: ["invalid role or secret ID"] };

// developer.hashicorp.com/vault/api-docs/auth/approle, "Login with AppRole"; the answers to wrong credentials are those of
// builtin/credential/approle/path_login.go.
describe("AppRole: login", () => {
  it("gives a token with the policies of the role, without a token", async () => {
    const { vault, as } = await vaultForTest();
    const role = vault.appRole("app", { token_policies: "app,shared", token_ttl: "20m", token_max_ttl: "30m" });
    const body = { role_id: role.roleId, secret_id: role.secretId({ metadata: '{"tag":"production"}' }) };
    const login = await as(undefined)("POST", "auth/approle/login", { body });
    expect([login.status, login.body.data]).toEqual([200, null]);
    expect(login.body.auth).toEqual({
      client_token: expect.stringMatching(/^hvs\./),
      accessor: expect.any(String),
      policies: ["app", "default", "shared"],
      token_policies: ["app", "default", "shared"],
      metadata: { role_name: "app", tag: "production" },
      lease_duration: 1_200,
      renewable: true,
      entity_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      token_type: "service",
      orphan: true,
      mfa_requirement: null,
      num_uses: 0,
    });
    const { data } = (await as(login.body.auth.client_token)("GET", "auth/token/lookup-self")).body;
    expect(data).toMatchObject({ path: "auth/approle/login", display_name: "approle", orphan: true, ttl: 1_200 });
  });

  it("renews by what the role says, and not past its max TTL", async () => {
    const { vault, as } = await vaultForTest();
    const role = vault.appRole("app", { token_ttl: "20m", token_max_ttl: "30m" });
    const body = { role_id: role.roleId, secret_id: role.secretId() };
    const token = (await as(undefined)("POST", "auth/approle/login", { body })).body.auth.client_token;
    vault.advance(1_140_000);
    const renewed = await as(token)("POST", "auth/token/renew-self");
    expect([renewed.body.auth.lease_duration, renewed.body.warnings.length]).toEqual([660, 1]);
    vault.advance(660_000);
    expect((await as(token)("GET", "auth/token/lookup-self")).body).toEqual(INVALID_TOKEN);
  });

  it("gives tokens that cannot be renewed where the role says batch, and with a number of uses", async () => {
    const { vault, as } = await vaultForTest();
    const login = async (fields: object, name: string) => {
      const role = vault.appRole(name, { ...fields });
      const body = { role_id: role.roleId, secret_id: role.secretId() };
      return (await as(undefined)("POST", "auth/approle/login", { body })).body.auth;
    };
    const batch = {
      token_type: "batch",
      renewable: false,
      accessor: "",
      client_token: expect.stringMatching(/^hvb\./),
    };
    expect(await login({ token_type: "batch" }, "one")).toMatchObject(batch);
    expect(await login({ token_num_uses: 7 }, "two")).toMatchObject({ num_uses: 7 });
  });

  it("refuses an unknown role, a wrong secret id and one of another role by 400, all in the same words", async () => {
    const { vault, as } = await vaultForTest();
    const [one, two] = [vault.appRole("one"), vault.appRole("two")];
    for (const body of [
      { role_id: "none", secret_id: one.secretId() },
      { role_id: one.roleId, secret_id: "none" },
      { role_id: one.roleId, secret_id: two.secretId() },
    ]) {
      const { status, body: reply } = await as(undefined)("POST", "auth/approle/login", { body });
      expect([status, reply]).toEqual([400, WRONG]);
    }
    const missing = await as(undefined)("POST", "auth/approle/login", { body: { role_id: one.roleId } });
    expect([missing.status, missing.body]).toEqual([400, { errors: ["missing secret_id"] }]);
    const nobody = await as(undefined)("POST", "auth/approle/login", { body: {} });
    expect([nobody.status, nobody.body]).toEqual([
      500,
      { errors: ["failed to determine alias name from login request"] },
    ]);
  });

  it("takes a secret id as often as it is good for, and until its time is over", async () => {
    const { vault, as } = await vaultForTest();
    const role = vault.appRole("app", { secret_id_num_uses: 2 });
    const login = async (secret_id: string) =>
      (await as(undefined)("POST", "auth/approle/login", { body: { role_id: role.roleId, secret_id } })).status;
    const twice = role.secretId();
    expect([await login(twice), await login(twice), await login(twice)]).toEqual([200, 200, 400]);
    const anHour = role.secretId({ ttl: "1h", num_uses: 0 });
    vault.advance(3_599_000);
    expect(await login(anHour)).toBe(200);
    vault.advance(1_000);
    expect(await login(anHour)).toBe(400);
  });

  it("needs no secret id where bind_secret_id is off", async () => {
    const { vault, as } = await vaultForTest();
    const role = vault.appRole("app", { bind_secret_id: false });
    expect((await as(undefined)("POST", "auth/approle/login", { body: { role_id: role.roleId } })).status).toBe(200);
  });

  it("is at whatever path it is mounted; where nothing is, 403 as for any path without a token", async () => {
    const { vault, as } = await vaultForTest();
    const role = vault.appRole("app", {}, "teams/blue");
    const body = { role_id: role.roleId, secret_id: role.secretId() };
    const login = await as(undefined)("POST", "auth/teams/blue/login", { body });
    const { data } = (await as(login.body.auth.client_token)("GET", "auth/token/lookup-self")).body;
    expect(data).toMatchObject({ path: "auth/teams/blue/login", display_name: "teams-blue" });
    const nowhere = await as(undefined)("POST", "auth/approle/login", { body });
    expect([nowhere.status, nowhere.body]).toEqual([403, BARE_DENIAL]);
  });
});

// developer.hashicorp.com/vault/docs/concepts/user-lockout, with the defaults of docs/configuration/user-lockout
describe("AppRole: user lockout", () => {
  it("refuses the right secret id too after five wrong ones, by 403, for 15 minutes", async () => {
    const { vault, as } = await vaultForTest();
    const role = vault.appRole("app");
    const login = async (secret_id: string) => {
      const { status, body } = await as(undefined)("POST", "auth/approle/login", {
        body: { role_id: role.roleId, secret_id },
      });
      return [status, body.errors];
    };
    for (let n = 0; n < 5; n++) expect(await login("wrong")).toEqual([400, WRONG.errors]);
    expect(await login(role.secretId())).toEqual([403, BARE_DENIAL.errors]);
    vault.advance(899_000);
    expect((await login(role.secretId()))[0]).toBe(403);
    vault.advance(1_000);
    expect((await login(role.secretId()))[0]).toBe(200);
  });

  it("forgets wrong ones after 15 minutes without another", async () => {
    const { vault, as } = await vaultForTest();
    const role = vault.appRole("app");
    const login = async (secret_id: string) =>
      (await as(undefined)("POST", "auth/approle/login", { body: { role_id: role.roleId, secret_id } })).status;
    for (let n = 0; n < 4; n++) await login("wrong");
    vault.advance(900_001);
    await login("wrong");
    expect(await login(role.secretId())).toBe(200);
  });

  it("starts the count anew after a login that succeeds", async () => {
    const { vault, as } = await vaultForTest();
    const role = vault.appRole("app");
    const login = async (secret_id: string) =>
      (await as(undefined)("POST", "auth/approle/login", { body: { role_id: role.roleId, secret_id } })).status;
    for (let n = 0; n < 4; n++) await login("wrong");
    expect(await login(role.secretId())).toBe(200);
    for (let n = 0; n < 4; n++) await login("wrong");
    expect(await login(role.secretId())).toBe(200);
  });
});

describe("AppRole: roles and secret ids", () => {
  it("reads back a role, its id, and a secret id without the secret id itself", async () => {
    const { vault, call } = await vaultForTest({ now: () => Date.UTC(2026, 0, 1) });
    const role = vault.appRole("app", { token_ttl: "20m", secret_id_ttl: "10m", secret_id_num_uses: 40 });
    expect((await call("GET", "auth/approle/role/app")).body.data).toMatchObject({
      bind_secret_id: true,
      secret_id_num_uses: 40,
      secret_id_ttl: 600,
      token_ttl: 1_200,
    });
    expect((await call("LIST", "auth/approle/role")).body.data.keys).toEqual(["app"]);
    const secret_id = role.secretId();
    const { data } = (await call("POST", "auth/approle/role/app/secret-id/lookup", { body: { secret_id } })).body;
    expect(data).toMatchObject({ secret_id_num_uses: 40, expiration_time: "2026-01-01T00:10:00Z" });
    expect(JSON.stringify(data)).not.toContain(secret_id);
    await call("POST", "auth/approle/role/app/secret-id/destroy", { body: { secret_id } });
    expect((await call("POST", "auth/approle/role/app/secret-id/lookup", { body: { secret_id } })).status).toBe(204);
  });
});
