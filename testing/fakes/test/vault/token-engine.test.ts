import { describe, expect, it } from "vitest";
import { BARE_DENIAL, DENIED, INVALID_TOKEN, vaultForTest } from "./call-vault.js";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

// developer.hashicorp.com/vault/docs/concepts/tokens, "Error Responses", and what the products print.
describe("a token that is none", () => {
  it("is refused with 'invalid token' beside 'permission denied': unknown, revoked, or over its time", async () => {
    const { vault, as } = await vaultForTest();
    const revoked = vault.token({ policies: ["default"] });
    vault.revoke(revoked);
    const expired = vault.token({ policies: ["default"], ttl: "1h" });
    vault.advance(HOUR);
    for (const token of ["hvs.none", revoked, expired]) {
      const { status, body } = await as(token)("GET", "auth/token/lookup-self");
      expect([status, body]).toEqual([403, INVALID_TOKEN]);
    }
  });

  it("is refused as a denial is at OpenBao, whose body says one thing for both in other words only", async () => {
    const { vault, as } = await vaultForTest({ product: "openbao" });
    expect((await as("s.none")("GET", "secret/data/app")).body).toEqual(BARE_DENIAL);
    expect((await as(vault.token())("GET", "secret/data/app")).body).toEqual(DENIED);
  });

  it("is refused without those words where there is no token at all", async () => {
    const { as } = await vaultForTest();
    const { status, body } = await as(undefined)("GET", "secret/data/app");
    expect([status, body]).toEqual([403, BARE_DENIAL]);
  });

  it("is not one that lacks a policy: that is 403 too, and the token is good", async () => {
    const { vault, as } = await vaultForTest();
    const token = vault.token({ policies: ["default"] });
    const denied = await as(token)("GET", "secret/data/app");
    expect([denied.status, denied.body]).toEqual([403, DENIED]);
    expect((await as(token)("GET", "auth/token/lookup-self")).status).toBe(200);
  });
});

// developer.hashicorp.com/vault/api-docs, "Authentication"
it("a token comes in X-Vault-Token or as Authorization: Bearer", async () => {
  const { vault, as } = await vaultForTest();
  const headers = { Authorization: `Bearer ${vault.rootToken}` };
  expect((await as(undefined)("GET", "auth/token/lookup-self", { headers })).status).toBe(200);
});

// developer.hashicorp.com/vault/api-docs/auth/token
describe("Lookup a Token (Self)", () => {
  it("tells what the token is and how many seconds it has left", async () => {
    const { vault, as } = await vaultForTest({ now: () => Date.UTC(2026, 0, 1) });
    const token = vault.token({ policies: ["app", "default"], ttl: "1h", explicitMaxTtl: "2h" });
    vault.advance(10 * SECOND);
    const { data } = (await as(token)("GET", "auth/token/lookup-self")).body;
    expect(data).toEqual({
      accessor: expect.any(String),
      creation_time: Date.UTC(2026, 0, 1) / SECOND,
      creation_ttl: 3_600,
      display_name: "token",
      entity_id: "",
      expire_time: "2026-01-01T01:00:00Z",
      explicit_max_ttl: 7_200,
      id: token,
      issue_time: "2026-01-01T00:00:00Z",
      meta: null,
      num_uses: 0,
      orphan: true,
      path: "auth/token/create",
      policies: ["app", "default"],
      renewable: true,
      ttl: 3_590,
      type: "service",
    });
  });

  it("of a root token says that it never ends", async () => {
    const { call } = await vaultForTest();
    const { data } = (await call("GET", "auth/token/lookup-self")).body;
    expect(data).toMatchObject({ policies: ["root"], ttl: 0, expire_time: null, creation_ttl: 0 });
  });

  it("is denied to a token without the policy default, although the token is good", async () => {
    const { vault, as } = await vaultForTest();
    vault.policy("app", 'path "secret/data/*" { capabilities = ["read"] }');
    vault.put("app", {});
    const token = vault.token({ policies: ["app"], noDefaultPolicy: true });
    expect((await as(token)("GET", "secret/data/app")).status).toBe(200);
    expect((await as(token)("GET", "auth/token/lookup-self")).body).toEqual(DENIED);
  });
});

describe("Renew a Token (Self)", () => {
  it("starts the time to live anew, or the increment that is asked for", async () => {
    const { vault, as } = await vaultForTest();
    const token = vault.token({ ttl: "1h" });
    vault.advance(HOUR - SECOND);
    const { status, body } = await as(token)("POST", "auth/token/renew-self", { body: {} });
    expect([status, body.auth]).toMatchObject([200, { client_token: token, lease_duration: 3_600, renewable: true }]);
    vault.advance(HOUR - SECOND);
    expect(
      (await as(token)("POST", "auth/token/renew-self", { body: { increment: "30m" } })).body.auth.lease_duration,
    ).toBe(1_800);
    expect((await as(token)("GET", "auth/token/lookup-self")).body.data).toMatchObject({
      ttl: 1_800,
      last_renewal_time: expect.any(Number),
      last_renewal: expect.stringMatching(/Z$/),
    });
  });

  it("never goes past explicit_max_ttl, and warns of it", async () => {
    const { vault, as } = await vaultForTest();
    const token = vault.token({ ttl: "1h", explicitMaxTtl: "90m" });
    vault.advance(HOUR - SECOND);
    const { body } = await as(token)("POST", "auth/token/renew-self");
    expect(body.auth.lease_duration).toBe(1_801);
    expect(body.warnings).toEqual([
      'TTL of "1h0m0s" exceeded the effective max_ttl of "30m1s"; TTL value is capped accordingly',
    ]);
    vault.advance(1_801 * SECOND);
    expect((await as(token)("POST", "auth/token/renew-self")).body).toEqual(INVALID_TOKEN);
  });

  it("never goes past the max TTL of the server", async () => {
    const { vault, as } = await vaultForTest({ maxTtlMs: 2 * HOUR, defaultTtlMs: HOUR });
    const token = vault.token();
    vault.advance(HOUR - SECOND);
    expect(
      (await as(token)("POST", "auth/token/renew-self", { body: { increment: 36_000 } })).body.auth.lease_duration,
    ).toBe(3_601);
  });

  it("of a periodic token gives the period again and again, past any max TTL", async () => {
    const { vault, as } = await vaultForTest({ maxTtlMs: 2 * HOUR });
    const token = vault.token({ period: "1h" });
    for (let hour = 0; hour < 5; hour++) {
      vault.advance(HOUR - SECOND);
      expect((await as(token)("POST", "auth/token/renew-self")).body.auth.lease_duration).toBe(3_600);
    }
    expect((await as(token)("GET", "auth/token/lookup-self")).body.data.period).toBe(3_600);
  });

  it("is refused for a token that is not renewable, a batch token, and a root token", async () => {
    const { vault, as, call } = await vaultForTest();
    const renew = async (token: string) => {
      const { status, body } = await as(token)("POST", "auth/token/renew-self");
      return [status, body.errors[0]];
    };
    expect(await renew(vault.token({ ttl: "1h", renewable: false }))).toEqual([400, "lease is not renewable"]);
    expect(await renew(vault.token({ ttl: "1h", type: "batch" }))).toEqual([400, "batch tokens cannot be renewed"]);
    expect(await renew(vault.rootToken)).toEqual([400, "lease is not renewable"]);
    expect((await call("GET", "auth/token/lookup-self")).status).toBe(200);
  });
});

describe("Create Token, Revoke a Token", () => {
  it("gives a child the policies that its parent has, and no others", async () => {
    const { vault, as } = await vaultForTest();
    vault.policy("maker", 'path "auth/token/create" { capabilities = ["update"] }');
    const parent = vault.token({ policies: ["maker"] });
    const { auth } = (await as(parent)("POST", "auth/token/create", { body: { ttl: "5m" } })).body;
    expect(auth).toMatchObject({
      policies: ["default", "maker"],
      lease_duration: 300,
      orphan: false,
      token_type: "service",
    });
    const more = await as(parent)("POST", "auth/token/create", { body: { policies: ["other"] } });
    expect([more.status, more.body]).toEqual([400, { errors: ["child policies must be subset of parent"] }]);
  });

  it("wants sudo for a period, an orphan and an id, and a root token for another; one of limited uses makes none", async () => {
    const { vault, as } = await vaultForTest();
    vault.policy("maker", 'path "auth/token/create" { capabilities = ["update"] }');
    vault.policy("sudoer", 'path "auth/token/create" { capabilities = ["update", "sudo"] }');
    const create = async (token: string, body: object) => {
      const reply = await as(token)("POST", "auth/token/create", { body });
      return reply.status === 200 ? 200 : reply.body.errors[0];
    };
    const [maker, sudoer] = [vault.token({ policies: ["maker"] }), vault.token({ policies: ["sudoer"] })];
    for (const [body, what] of [
      [{ period: "1h" }, "create periodic token"],
      [{ no_parent: true }, "create orphan token"],
      [{ id: "chosen" }, "specify token id"],
    ] as const) {
      expect(await create(maker, body)).toBe(`root or sudo privileges required to ${what}`);
      expect(await create(sudoer, body)).toBe(200);
    }
    const root = "root tokens may not be created without parent token being root";
    expect(await create(sudoer, { policies: ["root"] })).toBe(root);
    const limited = vault.token({ policies: ["maker"], numUses: 5 });
    expect(await create(limited, {})).toBe("restricted use token cannot generate child tokens");
  });

  it("warns of a policy that does not exist", async () => {
    const { call } = await vaultForTest();
    const { body } = await call("POST", "auth/token/create", { body: { policies: ["web"] } });
    expect([body.auth.policies, body.warnings]).toEqual([["default", "web"], ['Policy "web" does not exist']]);
  });

  it("ends a child with its parent", async () => {
    const { vault, as } = await vaultForTest();
    vault.policy("maker", 'path "auth/token/create" { capabilities = ["update"] }');
    const parent = vault.token({ policies: ["maker"] });
    const child = (await as(parent)("POST", "auth/token/create")).body.auth.client_token;
    expect((await as(parent)("POST", "auth/token/revoke-self")).status).toBe(204);
    expect((await as(child)("GET", "auth/token/lookup-self")).body).toEqual(INVALID_TOKEN);
  });

  it("ends a token with a number of uses after the last one, a denied use counted", async () => {
    const { vault, as } = await vaultForTest();
    const token = vault.token({ numUses: 3 });
    expect((await as(token)("GET", "auth/token/lookup-self")).body.data.num_uses).toBe(2);
    expect((await as(token)("GET", "secret/data/app")).body).toEqual(DENIED);
    expect((await as(token)("GET", "auth/token/lookup-self")).body.data.num_uses).toBe(-1);
    expect((await as(token)("GET", "auth/token/lookup-self")).body).toEqual(INVALID_TOKEN);
  });

  it("looks up, renews and revokes another token for who may", async () => {
    const { vault, call } = await vaultForTest();
    const token = vault.token({ ttl: "1h" });
    const found = (await call("POST", "auth/token/lookup", { body: { token } })).body.data;
    expect(found).toMatchObject({ id: token, ttl: 3_600 });
    expect(
      (await call("POST", "auth/token/lookup-accessor", { body: { accessor: found.accessor } })).body.data.id,
    ).toBe("");
    expect((await call("POST", "auth/token/renew", { body: { token, increment: 60 } })).body.auth.lease_duration).toBe(
      60,
    );
    expect((await call("POST", "auth/token/revoke-accessor", { body: { accessor: found.accessor } })).status).toBe(204);
    const gone = await call("POST", "auth/token/lookup", { body: { token } });
    expect([gone.status, gone.body]).toEqual([403, { errors: ["bad token"] }]);
  });
});
