import { describe, expect, it, onTestFinished } from "vitest";
import { startVaultServer, vaultErrorAnswer } from "../../src/vault/index.js";
import { BARE_DENIAL, callVault, vaultForTest } from "./call-vault.js";

// developer.hashicorp.com/vault/api-docs/system/health, …/system/seal-status, …/system/leader
describe("sys/health", () => {
  it("answers without a token, with the state in the status", async () => {
    const { vault, as } = await vaultForTest({ now: () => 1_700_000_000_000 });
    const call = as(undefined);
    const healthy = await call("GET", "sys/health");
    expect([healthy.status, healthy.body]).toEqual([
      200,
      {
        initialized: true,
        sealed: false,
        standby: false,
        performance_standby: false,
        replication_performance_mode: "disabled",
        replication_dr_mode: "disabled",
        server_time_utc: 1_700_000_000,
        version: "1.20.4",
        cluster_name: expect.any(String),
        cluster_id: expect.any(String),
      },
    ]);
    for (const [role, status] of [
      ["standby", 429],
      ["performance-standby", 473],
      ["dr-secondary", 472],
      ["uninitialized", 501],
    ] as const) {
      vault.role = role;
      expect([role, (await call("GET", "sys/health")).status]).toEqual([role, status]);
    }
    vault.role = "active";
    vault.sealed = true;
    const sealed = await call("GET", "sys/health");
    expect([sealed.status, sealed.body.sealed, sealed.body.cluster_id]).toEqual([503, true, undefined]);
  });

  it("answers with another status where the query asks for it, and to HEAD", async () => {
    const { vault, as } = await vaultForTest();
    const call = as(undefined);
    vault.role = "standby";
    expect((await call("GET", "sys/health?standbyok=true")).status).toBe(200);
    expect((await call("GET", "sys/health?standbycode=299")).status).toBe(299);
    expect((await call("GET", "sys/health?standbycode=x")).status).toBe(400);
    const head = await call("HEAD", "sys/health");
    expect([head.status, head.text]).toEqual([429, ""]);
    vault.role = "performance-standby";
    expect((await call("GET", "sys/health?standbyok=true")).status).toBe(473);
    expect((await call("GET", "sys/health?perfstandbyok=true")).status).toBe(200);
  });

  it("has the seal and the leader beside it", async () => {
    const { vault, as } = await vaultForTest();
    vault.sealed = true;
    const seal = await as(undefined)("GET", "sys/seal-status");
    expect([seal.status, seal.body]).toMatchObject([
      200,
      { type: "shamir", initialized: true, sealed: true, t: 2, n: 3 },
    ]);
    expect((await as(undefined)("GET", "sys/leader")).body).toMatchObject({ is_self: false, leader_address: "" });
    vault.sealed = false;
    expect((await as(undefined)("GET", "sys/leader")).body).toMatchObject({
      is_self: true,
      leader_address: vault.address,
    });
  });
});

// github.com/openbao/openbao, vault/request_handling.go
it("a path that climbs is refused, however its dots come in", async () => {
  const { call } = await vaultForTest();
  const { status, body } = await call("GET", "secret/data/a%2F..%2Fb");
  expect([status, body]).toEqual([400, { errors: ["relative paths not supported"] }]);
});

// developer.hashicorp.com/vault/api-docs, "HTTP status codes"
describe("a node in no state to serve", () => {
  it("is 503 while sealed, whatever the path and the token, and serves again when unsealed", async () => {
    const { vault, as } = await vaultForTest();
    vault.put("app", {});
    vault.sealed = true;
    for (const path of ["secret/data/app", "auth/token/lookup-self", "sys/mounts"]) {
      const { status, body } = await as("hvs.any")("GET", path);
      expect([path, status, body]).toEqual([path, 503, { errors: ["Vault is sealed"] }]);
    }
    vault.sealed = false;
    expect((await as(vault.rootToken)("GET", "secret/data/app")).status).toBe(200);
  });

  it("is 400 as a secondary for disaster recovery", async () => {
    const { vault, call } = await vaultForTest();
    vault.role = "dr-secondary";
    const { status, body } = await call("GET", "secret/data/app");
    expect([status, body]).toEqual([400, { errors: ["path disabled in replication DR secondary mode"] }]);
  });

  it("is 404 outside /v1, and 301 to the path without the doubled slash", async () => {
    const { vault, call } = await vaultForTest();
    expect((await fetch(`${vault.address}/secret/data/app`)).status).toBe(404);
    const doubled = await call("GET", "secret//data/app?version=2");
    expect([doubled.status, doubled.headers.get("location")]).toEqual([301, "/v1/secret/data/app?version=2"]);
  });
});

// developer.hashicorp.com/vault/docs/concepts/ha, "Client redirection"
describe("a standby", () => {
  it("sends a client to the active node by 307, where the same cluster answers", async () => {
    const { vault } = await vaultForTest();
    vault.put("app", { v: "x" });
    const standby = await vault.addNode("standby");
    const token = vault.rootToken;
    const redirected = await callVault(standby.address, "GET", "secret/data/app?version=1", { token });
    expect([redirected.status, redirected.headers.get("location")]).toEqual([
      307,
      `${vault.address}/v1/secret/data/app?version=1`,
    ]);
    const followed = await callVault(standby.address, "PUT", "secret/data/app", {
      token,
      body: { data: {} },
      redirect: "follow",
    });
    expect([followed.status, followed.body.data.version]).toEqual([200, 2]);
    expect([standby.calls.count(), vault.calls.count("PUT secret/data/app")]).toEqual([2, 1]);
  });

  it("is 500 while no node is active, and serves once it is active itself", async () => {
    const { vault } = await vaultForTest();
    vault.put("app", {});
    const standby = await vault.addNode("standby");
    vault.sealed = true;
    const token = vault.rootToken;
    const lost = await callVault(standby.address, "GET", "secret/data/app", { token });
    expect([lost.status, lost.body]).toEqual([
      500,
      { errors: ["local node not active but active cluster node not found"] },
    ]);
    standby.role = "active";
    expect((await callVault(standby.address, "GET", "secret/data/app", { token })).status).toBe(200);
  });
});

// developer.hashicorp.com/vault/docs/enterprise/consistency
describe("X-Vault-Index", () => {
  it("comes with what stores something, at Enterprise alone", async () => {
    for (const product of ["vault", "openbao", "vault-enterprise"] as const) {
      const { call } = await vaultForTest({ product });
      const written = await call("PUT", "secret/data/app", { body: { data: {} } });
      const read = await call("GET", "secret/data/app");
      const has = [written, read].map(({ headers }) => headers.has("x-vault-index"));
      expect([product, has]).toEqual([product, [product === "vault-enterprise", false]]);
    }
  });

  it("is required by a request: a performance standby that is behind answers 412 until it is not", async () => {
    const { vault, call } = await vaultForTest({ product: "vault-enterprise" });
    const standby = await vault.addNode("performance-standby");
    const token = vault.rootToken;
    const before = (await call("PUT", "secret/data/app", { body: { data: {} } })).headers.get("x-vault-index") ?? "";
    standby.lagging = true;
    const after = (await call("PUT", "secret/data/app", { body: { data: {} } })).headers.get("x-vault-index") ?? "";
    const read = (headers: Record<string, string>) =>
      callVault(standby.address, "GET", "secret/data/app", { token, headers });
    expect((await read({})).status).toBe(200);
    expect((await read({ "X-Vault-Index": before })).status).toBe(200);
    const behind = await read({ "X-Vault-Index": after });
    expect([behind.status, behind.body]).toEqual([412, { errors: ["required index state not present"] }]);
    const forwarded = { "X-Vault-Index": after, "X-Vault-Inconsistent": "forward-active-node" };
    expect((await read(forwarded)).status).toBe(200);
    standby.lagging = false;
    expect((await read({ "X-Vault-Index": after })).status).toBe(200);
  });

  it("stands in a token too: one that is newer than what the node has is 412, and not 403", async () => {
    const { vault } = await vaultForTest({ product: "vault-enterprise" });
    const standby = await vault.addNode("performance-standby");
    standby.lagging = true;
    const token = vault.token();
    expect((await callVault(standby.address, "GET", "auth/token/lookup-self", { token })).status).toBe(412);
    standby.lagging = false;
    expect((await callVault(standby.address, "GET", "auth/token/lookup-self", { token })).status).toBe(200);
  });
});

// developer.hashicorp.com/vault/docs/concepts/resource-quotas, …/api-docs/system/quotas-config
describe("a rate limit quota", () => {
  it("answers 429 before it looks at the token, until the interval is over; sys/health is exempt", async () => {
    const { vault, call, as } = await vaultForTest({ now: () => 1_700_000_000_000 });
    vault.limitRate({ requests: 1, path: "secret/" });
    vault.put("app", {});
    expect((await call("GET", "secret/data/app")).status).toBe(200);
    const over = await as(undefined)("GET", "secret/data/app");
    expect([over.status, over.body]).toEqual([
      429,
      { errors: ['request path "secret/data/app": rate limit quota exceeded'] },
    ]);
    expect(over.headers.has("retry-after")).toBe(false);
    expect((await call("GET", "auth/token/lookup-self")).status).toBe(200);
    vault.limitRate({ requests: 0 });
    expect((await as(undefined)("GET", "sys/health")).status).toBe(200);
    vault.limitRate(undefined);
    expect((await as(undefined)("GET", "secret/data/app")).body).toEqual(BARE_DENIAL);
  });

  it("says when to come back where the server is configured so", async () => {
    const { vault, call } = await vaultForTest({ now: () => 1_700_000_000_000 });
    vault.limitRate({ requests: 1, intervalMs: 5_000, responseHeaders: true });
    const first = await call("GET", "auth/token/lookup-self");
    expect([first.status, first.headers.get("x-ratelimit-remaining"), first.headers.has("retry-after")]).toEqual([
      200,
      "0",
      false,
    ]);
    vault.advance(2_000);
    const second = await call("GET", "auth/token/lookup-self");
    expect([second.status, second.headers.get("retry-after"), second.headers.get("x-ratelimit-reset")]).toEqual([
      429,
      "3",
      "3",
    ]);
    vault.advance(3_000);
    expect((await call("GET", "auth/token/lookup-self")).status).toBe(200);
  });
});

describe("the journal", () => {
  it("names what was asked, with status and namespace, and holds no token, no value", async () => {
    const { vault, call, as } = await vaultForTest({ product: "vault-enterprise" });
    vault.put("app", { password: "a-value" });
    vault.in("team");
    expect(vault.calls.count()).toBe(0);
    await call("GET", "secret/data/app?version=1");
    await call("PUT", "secret/data/other%2Fpart", { body: { data: { password: "another-value" } } });
    await as(undefined)("LIST", "secret/metadata", { headers: { "X-Vault-Namespace": "team" } });
    expect(vault.calls.list()).toEqual([
      { method: "GET", path: "secret/data/app", version: "1", hasToken: true, status: 200 },
      { method: "PUT", path: "secret/data/other/part", hasToken: true, status: 200 },
      { method: "LIST", path: "secret/metadata", namespace: "team", hasToken: false, status: 403 },
    ]);
    expect(vault.calls.count("GET secret/data/app")).toBe(1);
    expect(vault.calls.count(/^PUT /)).toBe(1);
    expect(JSON.stringify(vault.calls.list())).not.toMatch(/a-value|another-value|hvs\./);
    vault.calls.clear();
    expect(vault.calls.count()).toBe(0);
  });
});

describe("faults", () => {
  it("meet the calls that are named, and the journal has those too", async () => {
    const { vault, call } = await vaultForTest();
    vault.put("app", { v: "x" });
    vault.faults.add(
      { kind: "answer", answer: vaultErrorAnswer(500, "internal error") },
      { operation: "GET secret/data/app", times: 1 },
    );
    const failed = await call("GET", "secret/data/app");
    expect([failed.status, failed.body]).toEqual([500, { errors: ["internal error"] }]);
    expect((await call("GET", "secret/data/app")).status).toBe(200);
    vault.faults.add({ kind: "proxy" }, { operation: /^LIST / });
    const proxied = await call("LIST", "secret/metadata");
    expect([proxied.status, proxied.text]).toEqual([502, expect.stringMatching(/^<html>/)]);
    vault.faults.clear();
    vault.faults.add({ kind: "reset" });
    await expect(call("GET", "secret/data/app")).rejects.toThrow("fetch failed");
    await expect(call("LIST", "secret/metadata")).rejects.toThrow("fetch failed");
    expect(vault.calls.count("GET secret/data/app")).toBe(3);
    expect(vault.calls.list("GET secret/data/app").map(({ status }) => status)).toEqual([undefined, 200, undefined]);
  });

  it("leave a call hanging, by LIST too, until client or server gives up", async () => {
    const vault = await startVaultServer();
    onTestFinished(() => vault.close());
    const fault = vault.faults.add({ kind: "hang" });
    const gone = Promise.all(
      ["GET", "LIST"].map((method) =>
        expect(callVault(vault.address, method, "secret/metadata")).rejects.toThrow("fetch failed"),
      ),
    );
    await fault.hit(2);
    await vault.close();
    await gone;
  });

  it("can lose the answer of a write that took place", async () => {
    const { vault, call } = await vaultForTest();
    vault.faults.add({ kind: "reset", applied: true }, { operation: /^PUT /, times: 1 });
    await expect(call("PUT", "secret/data/app", { body: { data: {} } })).rejects.toThrow("fetch failed");
    const again = await call("PUT", "secret/data/app", { body: { data: {}, options: { cas: 0 } } });
    expect(again.body.errors).toEqual(["check-and-set parameter did not match the current version"]);
  });
});
