import { describe, expect, it } from "vitest";
import { vaultForTest } from "./call-vault.js";

const PATCH = { "Content-Type": "application/merge-patch+json" };

// developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2, a section at a time.
describe("KV v2: Delete, Undelete, Destroy", () => {
  it("answers a deleted version by 404 with a body: data null, and when it was deleted", async () => {
    const { call, vault } = await vaultForTest();
    vault.put("app", { v: "one" });
    vault.put("app", { v: "two" });
    const deleted = await call("DELETE", "secret/data/app");
    expect([deleted.status, deleted.text]).toEqual([204, ""]);
    const { status, body } = await call("GET", "secret/data/app");
    expect([status, body.errors, body.data.data]).toEqual([404, undefined, null]);
    expect(body.data.metadata).toMatchObject({
      version: 2,
      destroyed: false,
      deletion_time: expect.stringMatching(/Z$/),
    });
    expect((await call("GET", "secret/data/app?version=1")).body.data.data).toEqual({ v: "one" });
  });

  it("deletes and undeletes the versions that are named", async () => {
    const { call, vault } = await vaultForTest();
    vault.put("app", { v: "one" });
    vault.put("app", { v: "two" });
    expect((await call("POST", "secret/delete/app", { body: { versions: [1, "2"] } })).status).toBe(204);
    expect((await call("GET", "secret/data/app?version=1")).status).toBe(404);
    expect((await call("POST", "secret/undelete/app", { body: { versions: "1,2" } })).status).toBe(204);
    expect((await call("GET", "secret/data/app?version=1")).body.data.data).toEqual({ v: "one" });
    const none = await call("POST", "secret/delete/app", { body: {} });
    expect([none.status, none.body]).toEqual([400, { errors: ["No version number provided"] }]);
  });

  it("answers a destroyed version by 404 with a body, and undelete does not bring it back", async () => {
    const { call, vault } = await vaultForTest();
    vault.put("app", { v: "one" });
    expect((await call("PUT", "secret/destroy/app", { body: { versions: [1] } })).status).toBe(204);
    await call("POST", "secret/undelete/app", { body: { versions: [1] } });
    const { status, body } = await call("GET", "secret/data/app");
    expect([status, body.data.data, body.data.metadata.destroyed]).toEqual([404, null, true]);
  });

  it("keeps the time at which a version was deleted that was then destroyed", async () => {
    const { call, vault } = await vaultForTest();
    vault.put("app", { v: "one" });
    await call("DELETE", "secret/data/app");
    await call("PUT", "secret/destroy/app", { body: { versions: [1] } });
    await call("POST", "secret/undelete/app", { body: { versions: [1] } });
    const { versions } = (await call("GET", "secret/metadata/app")).body.data;
    expect(versions[1]).toMatchObject({ destroyed: true, deletion_time: expect.stringMatching(/Z$/) });
  });

  it("deletes a version when delete_version_after is over, the shorter one of mount and secret", async () => {
    const { call, vault } = await vaultForTest();
    vault.request("POST", "secret/config", { delete_version_after: "2h" });
    vault.request("POST", "secret/metadata/app", { delete_version_after: "3h25m19s" });
    vault.put("app", { v: "one" });
    expect((await call("GET", "secret/metadata/app")).body.data.delete_version_after).toBe("3h25m19s");
    vault.advance(7_199_000);
    const alive = await call("GET", "secret/data/app");
    expect([alive.status, alive.body.data.metadata.deletion_time]).toEqual([200, expect.stringMatching(/Z$/)]);
    vault.advance(1_000);
    expect((await call("GET", "secret/data/app")).body.data.data).toBeNull();
  });

  it("deletes all versions with the metadata: then nothing was ever there", async () => {
    const { call, vault } = await vaultForTest();
    vault.put("app", { v: "one" });
    expect((await call("DELETE", "secret/metadata/app")).status).toBe(204);
    expect((await call("GET", "secret/data/app")).body).toEqual({ errors: [] });
    expect(vault.put("app", { v: "new" })).toBe(1);
  });
});

describe("KV v2: Secret Metadata", () => {
  it("gives every version with its times, and what the secret is set to", async () => {
    const { call, vault } = await vaultForTest();
    vault.put("app", { v: "one" });
    vault.put("app", { v: "two" });
    await call("POST", "secret/delete/app", { body: { versions: [1] } });
    vault.request("POST", "secret/metadata/app", { custom_metadata: { owner: "team", level: 3 }, max_versions: 5 });
    const { data } = (await call("GET", "secret/metadata/app")).body;
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);
    expect(data).toEqual({
      cas_required: false,
      created_time: time,
      current_version: 2,
      custom_metadata: { owner: "team", level: "3" },
      delete_version_after: "0s",
      max_versions: 5,
      oldest_version: 0,
      updated_time: time,
      versions: {
        1: { created_time: time, deletion_time: time, destroyed: false },
        2: { created_time: time, deletion_time: "", destroyed: false },
      },
    });
    expect((await call("GET", "secret/data/app")).body.data.metadata.custom_metadata).toEqual(data.custom_metadata);
    expect((await call("GET", "secret/metadata/none")).body).toEqual({ errors: [] });
  });

  it("can be there before a version is", async () => {
    const { call, vault } = await vaultForTest();
    vault.request("POST", "secret/metadata/app", { custom_metadata: { owner: "team" } });
    expect((await call("GET", "secret/metadata/app")).body.data).toMatchObject({
      created_time: expect.stringMatching(/Z$/),
      current_version: 0,
      versions: {},
    });
    expect((await call("GET", "secret/data/app")).body).toEqual({ errors: [] });
  });

  it("patches single members of custom_metadata", async () => {
    const { call, vault } = await vaultForTest();
    vault.request("POST", "secret/metadata/app", { custom_metadata: { a: "1", b: "2" } });
    const body = { custom_metadata: { a: null, c: "3" } };
    expect((await call("PATCH", "secret/metadata/app", { body, headers: PATCH })).status).toBe(204);
    expect((await call("GET", "secret/metadata/app")).body.data.custom_metadata).toEqual({ b: "2", c: "3" });
  });

  it("limits custom_metadata to 64 keys of 128 bytes with values of 512", async () => {
    const { call } = await vaultForTest();
    const write = async (custom_metadata: object) =>
      (await call("POST", "secret/metadata/a", { body: { custom_metadata } })).status;
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`k${n}`, "v"]));
    expect(await write(many)).toBe(400);
    expect(await write({ ["k".repeat(129)]: "v" })).toBe(400);
    expect(await write({ k: "v".repeat(513) })).toBe(400);
    expect(await write({ k: "" })).toBe(400);
    expect(await write({ ["k".repeat(128)]: "v".repeat(512) })).toBe(204);
  });
});
