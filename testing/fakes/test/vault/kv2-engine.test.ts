import { describe, expect, it } from "vitest";
import { vaultForTest } from "./call-vault.js";

const PATCH = { "Content-Type": "application/merge-patch+json" };

// developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2, a section at a time.
describe("KV v2: Read Secret Version", () => {
  it("gives the data of the current version in data.data, its metadata beside it, in the envelope of every answer", async () => {
    const { call, vault } = await vaultForTest({ now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678) });
    vault.put("app/db", { user: "u", port: 5432, deep: { a: [1, null] } });
    const { status, body, headers } = await call("GET", "secret/data/app/db");
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toEqual({
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      lease_id: "",
      renewable: false,
      lease_duration: 0,
      data: {
        data: { user: "u", port: 5432, deep: { a: [1, null] } },
        metadata: {
          created_time: expect.stringMatching(/^2026-01-02T03:04:05\.678\d{1,6}Z$/),
          custom_metadata: null,
          deletion_time: "",
          destroyed: false,
          version: 1,
        },
      },
      wrap_info: null,
      warnings: null,
      auth: null,
      mount_type: "kv",
    });
  });

  it("gives the version of ?version=, and the current one for 0", async () => {
    const { call, vault } = await vaultForTest();
    vault.put("app", { v: "one" });
    vault.put("app", { v: "two" });
    expect((await call("GET", "secret/data/app?version=1")).body.data).toMatchObject({
      data: { v: "one" },
      metadata: { version: 1 },
    });
    expect((await call("GET", "secret/data/app?version=0")).body.data).toMatchObject({
      data: { v: "two" },
      metadata: { version: 2 },
    });
    expect((await call("GET", "secret/data/app?version=x")).status).toBe(400);
  });

  it("answers what was never there by 404 with an empty list of errors: the secret, or the version", async () => {
    const { call, vault } = await vaultForTest();
    vault.put("app", { v: "one" });
    for (const path of ["secret/data/other", "secret/data/app?version=2", "secret/data/app/", "secret/data/"]) {
      const { status, body } = await call("GET", path);
      expect([path, status, body]).toEqual([path, 404, { errors: [] }]);
    }
  });

  it("writes members in the order of their names, as the server stores them", async () => {
    const { call, vault } = await vaultForTest();
    vault.put("app", { b: { z: 1, y: 2 }, a: "x" });
    expect((await call("GET", "secret/data/app")).text).toContain('"data":{"a":"x","b":{"y":2,"z":1}}');
  });
});

describe("KV v2: Create/Update Secret", () => {
  it("makes a version by POST and PUT alike and describes it, without its data", async () => {
    const { call } = await vaultForTest();
    const first = await call("POST", "secret/data/app", { body: { data: { v: "one" } } });
    const second = await call("PUT", "secret/data/app", { body: { data: { v: "two" } } });
    expect([first.status, first.body.data.version, second.body.data.version]).toEqual([200, 1, 2]);
    expect(Object.keys(second.body.data).sort()).toEqual([
      "created_time",
      "custom_metadata",
      "deletion_time",
      "destroyed",
      "version",
    ]);
    expect(second.body.data.created_time > first.body.data.created_time).toBe(true);
  });

  it("writes with options.cas only over the version that it names, and 0 only where nothing is", async () => {
    const { call } = await vaultForTest();
    const write = (cas: unknown) => call("POST", "secret/data/app", { body: { data: { v: "x" }, options: { cas } } });
    const mismatch = { errors: ["check-and-set parameter did not match the current version"] };
    expect((await write(1)).body).toEqual(mismatch);
    expect((await write(0)).body.data.version).toBe(1);
    const again = await write(0);
    expect([again.status, again.body]).toEqual([400, mismatch]);
    expect((await write("1")).body.data.version).toBe(2);
    expect((await write("one")).body).toEqual({ errors: ["error parsing check-and-set parameter"] });
  });

  it("requires cas where the secret or the mount says so", async () => {
    const { call, vault } = await vaultForTest();
    const required = { errors: ["check-and-set parameter required for this call"] };
    vault.request("POST", "secret/metadata/one", { cas_required: true });
    const one = await call("POST", "secret/data/one", { body: { data: {} } });
    expect([one.status, one.body]).toEqual([400, required]);
    expect((await call("POST", "secret/data/one", { body: { data: {}, options: { cas: 0 } } })).status).toBe(200);
    vault.request("POST", "secret/config", { cas_required: true });
    expect((await call("POST", "secret/data/two", { body: { data: {} } })).body).toEqual(required);
    const unset = await call("POST", "secret/metadata/two", { body: { cas_required: false } });
    expect(unset.body.warnings[0]).toMatch(/mandated by backend config/);
  });

  it("refuses a body without data, data that is no object, a body that is no JSON, and a path that ends in /", async () => {
    const { call } = await vaultForTest();
    expect((await call("POST", "secret/data/app", { body: { v: "x" } })).body).toEqual({
      errors: ["no data provided"],
    });
    expect((await call("POST", "secret/data/app", { body: { data: "x" } })).status).toBe(400);
    expect((await call("POST", "secret/data/app", { body: [] })).status).toBe(400);
    const slash = await call("POST", "secret/data/app/", { body: { data: {} } });
    expect([slash.status, slash.body]).toEqual([400, { errors: ["cannot write to a path ending in '/'"] }]);
  });

  it("keeps 10 versions, or as many as the secret or the mount says; the older are gone for good", async () => {
    const { call, vault } = await vaultForTest();
    for (let n = 1; n <= 11; n++) vault.put("ten", { n });
    const ten = (await call("GET", "secret/metadata/ten")).body.data;
    expect([ten.oldest_version, ten.current_version, Object.keys(ten.versions).length]).toEqual([2, 11, 10]);
    expect((await call("GET", "secret/data/ten?version=1")).body).toEqual({ errors: [] });

    vault.request("POST", "secret/metadata/two", { max_versions: 2 });
    for (let n = 1; n <= 4; n++) vault.put("two", { n });
    expect(Object.keys((await call("GET", "secret/metadata/two")).body.data.versions)).toEqual(["3", "4"]);
  });
});

// "Currently, only JSON merge patch is supported and must be specified using a Content-Type header value of …"
describe("KV v2: Patch Secret", () => {
  it("merges into a new version; null removes a member", async () => {
    const { call, vault } = await vaultForTest();
    vault.put("app", { keep: "k", drop: "d", deep: { a: 1, b: 2 } });
    const body = { data: { drop: null, deep: { b: 3 }, added: true }, options: { cas: 1 } };
    const patched = await call("PATCH", "secret/data/app", { body, headers: PATCH });
    expect([patched.status, patched.body.data.version]).toEqual([200, 2]);
    expect((await call("GET", "secret/data/app")).body.data.data).toEqual({
      keep: "k",
      deep: { a: 1, b: 3 },
      added: true,
    });
  });

  it("takes no other content type, and checks cas", async () => {
    const { call, vault } = await vaultForTest();
    vault.put("app", { v: "x" });
    const body = { data: { v: "y" } };
    const json = await call("PATCH", "secret/data/app", { body, headers: { "Content-Type": "application/json" } });
    expect([json.status, json.body.errors[0]]).toEqual([
      415,
      "PATCH requires Content-Type of application/merge-patch+json, provided application/json",
    ]);
    const mismatch = await call("PATCH", "secret/data/app", { body: { ...body, options: { cas: 2 } }, headers: PATCH });
    expect(mismatch.status).toBe(400);
  });

  it("answers 404 with no body where there is no secret, and with metadata where the version is deleted", async () => {
    const { call, vault } = await vaultForTest();
    const body = { data: { v: "y" } };
    const missing = await call("PATCH", "secret/data/app", { body, headers: PATCH });
    expect([missing.status, missing.text]).toEqual([404, ""]);
    vault.put("app", { v: "x" });
    await call("DELETE", "secret/data/app");
    const deleted = await call("PATCH", "secret/data/app", { body, headers: PATCH });
    expect([deleted.status, deleted.body.data.version]).toEqual([404, 1]);
  });
});

describe("KV v2: List Secrets", () => {
  it("gives names and folders with / directly below, sorted, by LIST and by GET with list=true", async () => {
    const { call, vault } = await vaultForTest();
    for (const path of ["foo", "foo/bar", "foo/deep/x", "zoo"]) vault.put(path, {});
    for (const [method, path] of [
      ["LIST", "secret/metadata"],
      ["LIST", "secret/metadata/"],
      ["GET", "secret/metadata?list=true"],
      ["GET", "secret/metadata/?list=1"],
    ] as const) {
      const { status, body } = await call(method, path);
      expect([method, path, status, body.data]).toEqual([method, path, 200, { keys: ["foo", "foo/", "zoo"] }]);
    }
    expect((await call("LIST", "secret/metadata/foo")).body.data.keys).toEqual(["bar", "deep/"]);
  });

  it("answers an empty folder, and a name that is no folder, by 404", async () => {
    const { call, vault } = await vaultForTest();
    vault.put("foo", {});
    for (const path of ["secret/metadata/none", "secret/metadata/foo"]) {
      const { status, body } = await call("LIST", path);
      expect([status, body]).toEqual([404, { errors: [] }]);
    }
  });

  it("lists a secret whose version is deleted, until its metadata is", async () => {
    const { call, vault } = await vaultForTest();
    vault.put("foo", {});
    await call("DELETE", "secret/data/foo");
    expect((await call("LIST", "secret/metadata")).body.data.keys).toEqual(["foo"]);
  });
});

describe("KV v2: Read Secret Subkeys, Read KV Engine configuration", () => {
  it("gives the names without the values", async () => {
    const { call, vault } = await vaultForTest();
    vault.put("app", { foo: "abc", bar: { baz: "def" }, quux: {} });
    const { data } = (await call("GET", "secret/subkeys/app")).body;
    expect(data).toMatchObject({ subkeys: { foo: null, bar: { baz: null }, quux: null }, metadata: { version: 1 } });
  });

  it("keeps what the mount is set to", async () => {
    const { call } = await vaultForTest();
    expect(
      (await call("POST", "secret/config", { body: { max_versions: 5, delete_version_after: "3h25m19s" } })).status,
    ).toBe(204);
    expect((await call("GET", "secret/config")).body.data).toEqual({
      cas_required: false,
      delete_version_after: "3h25m19s",
      max_versions: 5,
    });
  });
});

// The warnings of the plugin itself, github.com/hashicorp/vault-plugin-secrets-kv, backend.go: what a client meets that
// treats version 2 as version 1.
describe("KV v2: a path without its endpoint", () => {
  it("is 404 with a warning that says what to do, under a status that looks like absence", async () => {
    const { call, vault } = await vaultForTest();
    vault.put("app", { v: "x" });
    const get = await call("GET", "secret/app");
    expect([get.status, get.body.errors, get.body.data]).toEqual([404, undefined, null]);
    expect(get.body.warnings).toEqual([
      "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. If using the Vault CLI, use 'vault kv get' for this operation.",
    ]);
    expect((await call("PUT", "secret/app", { body: { v: "x" } })).body.warnings[0]).toContain("'vault kv put'");
    expect((await call("GET", "secret/data")).body.warnings[0]).toMatch(/^Non-listing operations on the root/);
    expect((await call("GET", "secret")).body.warnings[0]).toMatch(/^Invalid path/);
  });

  it("names its own command line at OpenBao", async () => {
    const { call } = await vaultForTest({ product: "openbao" });
    expect((await call("LIST", "secret/app")).body.warnings[0]).toContain(
      "If using the OpenBao CLI, use 'bao kv list'",
    );
  });

  it("is 405 where the endpoint has no such operation", async () => {
    const { call } = await vaultForTest();
    for (const [method, path] of [
      ["LIST", "secret/data/app"],
      ["GET", "secret/destroy/app"],
      ["DELETE", "secret/config"],
      ["PUT", "secret/subkeys/app"],
    ] as const) {
      expect([path, (await call(method, path)).status]).toEqual([path, 405]);
    }
  });
});

// github.com/hashicorp/vault-plugin-secrets-kv, upgrade.go
describe("KV v2: a mount that was just made", () => {
  it("answers all by 400 for a moment, which a client may take for its own fault", async () => {
    const { call, vault } = await vaultForTest();
    vault.put("app", { v: "x" });
    vault.setUpgrading("secret", true);
    const { status, body } = await call("GET", "secret/data/app");
    expect([status, body.errors[0]]).toEqual([
      400,
      expect.stringMatching(/^Upgrading from non-versioned to versioned data\./),
    ]);
    vault.setUpgrading("secret", false);
    expect((await call("GET", "secret/data/app")).status).toBe(200);
  });
});
