import { describe, expect, it } from "vitest";
import { DENIED, INVALID_TOKEN, vaultForTest } from "./call-vault.js";

const GONE = { errors: ["wrapping token is not valid or does not exist"] };

// developer.hashicorp.com/vault/docs/concepts/response-wrapping
describe("response wrapping", () => {
  it("puts any answer away when X-Vault-Wrap-TTL asks for it, and gives it once, as it was", async () => {
    const { vault, call, as } = await vaultForTest();
    vault.put("app", { v: "x" });
    const wrapped = await call("GET", "secret/data/app", { headers: { "X-Vault-Wrap-TTL": "5m" } });
    expect([wrapped.status, wrapped.body.data, wrapped.body.auth]).toEqual([200, null, null]);
    expect(wrapped.body.wrap_info).toEqual({
      token: expect.stringMatching(/^hvs\./),
      accessor: expect.any(String),
      ttl: 300,
      creation_time: expect.stringMatching(/Z$/),
      creation_path: "secret/data/app",
    });
    expect(wrapped.text).not.toContain('"v"');
    const { token } = wrapped.body.wrap_info;
    const unwrapped = await as(token)("POST", "sys/wrapping/unwrap");
    expect([unwrapped.status, unwrapped.body.data.data]).toEqual([200, { v: "x" }]);
    const again = await as(token)("POST", "sys/wrapping/unwrap");
    expect([again.status, again.body]).toEqual([400, GONE]);
  });

  it("unwraps for another token that names the wrapping token in the body", async () => {
    const { vault, as } = await vaultForTest();
    const role = vault.appRole("app");
    const token = role.wrappedSecretId("60s", { num_uses: 1 });
    const call = as(vault.token());
    const { body } = await call("PUT", "sys/wrapping/unwrap", { body: { token } });
    expect(body.data).toMatchObject({ secret_id: expect.any(String), secret_id_num_uses: 1 });
    expect((await call("PUT", "sys/wrapping/unwrap", { body: { token } })).body).toEqual(GONE);
    const login = { body: { role_id: role.roleId, secret_id: body.data.secret_id } };
    expect((await as(undefined)("POST", "auth/approle/login", login)).status).toBe(200);
  });

  it("wraps a login, and tells the accessor of what is inside", async () => {
    const { vault, as } = await vaultForTest();
    const role = vault.appRole("app");
    const body = { role_id: role.roleId, secret_id: role.secretId() };
    const login = await as(undefined)("POST", "auth/approle/login", { body, headers: { "X-Vault-Wrap-TTL": "60" } });
    const { token, wrapped_accessor } = login.body.wrap_info;
    const { auth } = (await as(token)("POST", "sys/wrapping/unwrap")).body;
    expect([auth.accessor, auth.client_token]).toEqual([wrapped_accessor, expect.stringMatching(/^hvs\./)]);
  });

  it("ends with its time to live", async () => {
    const { vault, as } = await vaultForTest();
    const token = vault.appRole("app").wrappedSecretId("60s");
    vault.advance(60_000);
    const { status, body } = await as(token)("POST", "sys/wrapping/unwrap");
    expect([status, body]).toEqual([400, GONE]);
  });

  it("can be looked up by anybody, before it is unwrapped and as often as wanted", async () => {
    const { vault, as } = await vaultForTest();
    const token = vault.appRole("app").wrappedSecretId("60s");
    for (let n = 0; n < 2; n++) {
      const { status, body } = await as(undefined)("POST", "sys/wrapping/lookup", { body: { token } });
      expect([status, body.data]).toEqual([
        200,
        {
          creation_path: "auth/approle/role/app/secret-id",
          creation_time: expect.stringMatching(/Z$/),
          creation_ttl: 60,
        },
      ]);
    }
    expect((await as(token)("POST", "sys/wrapping/unwrap")).status).toBe(200);
    expect((await as(undefined)("POST", "sys/wrapping/lookup", { body: { token } })).body).toEqual(GONE);
  });

  it("takes no token that wraps nothing", async () => {
    const { vault, as } = await vaultForTest();
    expect((await as(vault.token())("POST", "sys/wrapping/unwrap")).body).toEqual(GONE);
    expect((await as(undefined)("POST", "sys/wrapping/unwrap")).status).toBe(403);
  });

  it("is used up by any other request: a wrapping token has one use", async () => {
    const { vault, as } = await vaultForTest();
    const token = vault.appRole("app").wrappedSecretId("60s");
    expect((await as(token)("GET", "secret/data/app")).body).toEqual(DENIED);
    expect((await as(token)("GET", "secret/data/app")).body).toEqual(INVALID_TOKEN);
    expect((await as(token)("POST", "sys/wrapping/unwrap")).body).toEqual(GONE);
  });

  it("wraps what it is sent at sys/wrapping/wrap", async () => {
    const { vault, as } = await vaultForTest();
    const headers = { "X-Vault-Wrap-TTL": "60" };
    const { body } = await as(vault.token())("POST", "sys/wrapping/wrap", { body: { a: "b" }, headers });
    expect((await as(body.wrap_info.token)("POST", "sys/wrapping/unwrap")).body.data).toEqual({ a: "b" });
  });
});
