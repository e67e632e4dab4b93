import { describe, expect, it } from "vitest";
import { vaultForTest } from "./call-vault.js";

// developer.hashicorp.com/vault/api-docs/secret/kv/kv-v1
describe("KV v1", () => {
  it("gives the value in data itself, with a lease_duration and no lease", async () => {
    const { call, vault } = await vaultForTest();
    vault.mount("old", 1);
    expect((await call("POST", "old/app", { body: { user: "u" } })).status).toBe(204);
    const { body } = await call("GET", "old/app");
    expect(body).toMatchObject({ data: { user: "u" }, lease_id: "", renewable: false, lease_duration: 2_764_800 });
  });

  it("takes the lease_duration from a ttl in the value", async () => {
    const { call, vault } = await vaultForTest();
    vault.mount("old", 1);
    await call("POST", "old/app", { body: { user: "u", ttl: "1h" } });
    expect((await call("GET", "old/app")).body).toMatchObject({ lease_duration: 3_600, data: { ttl: "1h" } });
  });

  it("overwrites, deletes and lists", async () => {
    const { call, vault } = await vaultForTest();
    vault.mount("old", 1);
    await call("PUT", "old/a/b", { body: { v: 1 } });
    await call("PUT", "old/a/b", { body: { v: 2 } });
    await call("PUT", "old/c", { body: { v: 3 } });
    expect((await call("GET", "old/a/b")).body.data).toEqual({ v: 2 });
    expect((await call("GET", "old?list=true")).body.data).toEqual({ keys: ["a/", "c"] });
    expect((await call("DELETE", "old/a/b")).status).toBe(204);
    expect((await call("GET", "old/a/b")).body).toEqual({ errors: [] });
    expect((await call("PUT", "old/c", { body: {} })).body).toEqual({ errors: ["missing data fields"] });
  });

  it("answers a read that was meant for version 2 as any absent key", async () => {
    const { call, vault } = await vaultForTest();
    vault.mount("old", 1);
    await call("PUT", "old/app", { body: { v: 1 } });
    const { status, body } = await call("GET", "old/data/app");
    expect([status, body]).toEqual([404, { errors: [] }]);
  });
});
