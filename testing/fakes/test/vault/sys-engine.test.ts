import { describe, expect, it } from "vitest";
import { BARE_DENIAL, DENIED, INVALID_TOKEN, vaultForTest } from "./call-vault.js";

// developer.hashicorp.com/vault/api-docs/system/internal-ui-mounts
describe("sys/internal/ui/mounts/:path", () => {
  it("tells the mount above a path and its version to who may do anything in it", async () => {
    const { vault, as } = await vaultForTest();
    vault.mount("teams/blue", 1);
    vault.policy(
      "app",
      'path "secret/data/app" { capabilities = ["read"] } path "teams/+/x" { capabilities = ["list"] }',
    );
    const call = as(vault.token({ policies: ["app"] }));
    expect((await call("GET", "sys/internal/ui/mounts/secret/data/app")).body.data).toMatchObject({
      type: "kv",
      path: "secret/",
      options: { version: "2" },
      accessor: expect.stringMatching(/^kv_[0-9a-f]{8}$/),
    });
    expect((await call("GET", "sys/internal/ui/mounts/teams/blue")).body.data).toMatchObject({
      options: { version: "1" },
    });
  });

  it("is 403 with its own words for who may not, and for a mount that is not there", async () => {
    const { vault, as } = await vaultForTest();
    const call = as(vault.token());
    for (const path of ["secret/app", "none/app"]) {
      const { status, body } = await call("GET", `sys/internal/ui/mounts/${path}`);
      const words = `preflight capability check returned 403, please ensure client's policies grant access to path "${path}/"`;
      expect([status, body]).toEqual([403, { errors: [words] }]);
    }
    expect((await as("hvs.none")("GET", "sys/internal/ui/mounts/secret/app")).body).toEqual(INVALID_TOKEN);
    expect((await as(undefined)("GET", "sys/internal/ui/mounts/secret/app")).body).toEqual(BARE_DENIAL);
  });
});

// developer.hashicorp.com/vault/api-docs/system/policies, …/system/mounts, …/system/auth
describe("sys: policies and mounts", () => {
  it("writes, reads, lists and deletes policies", async () => {
    const { call } = await vaultForTest();
    const policy = 'path "secret/data/app" { capabilities = ["read"] }';
    expect((await call("PUT", "sys/policies/acl/app", { body: { policy } })).status).toBe(204);
    expect((await call("GET", "sys/policies/acl/app")).body.data).toEqual({ name: "app", policy });
    expect((await call("GET", "sys/policy/app")).body.data).toEqual({ name: "app", rules: policy });
    expect((await call("LIST", "sys/policies/acl")).body.data.keys).toEqual([
      "app",
      "default",
      "response-wrapping",
      "root",
    ]);
    expect((await call("DELETE", "sys/policies/acl/app")).status).toBe(204);
    expect((await call("GET", "sys/policies/acl/app")).body).toEqual({ errors: [] });
    expect((await call("PUT", "sys/policies/acl/root", { body: { policy } })).status).toBe(400);
  });

  it("mounts and unmounts engines; no mount within another", async () => {
    const { call } = await vaultForTest();
    const body = { type: "kv", options: { version: "2" } };
    expect((await call("POST", "sys/mounts/team/kv", { body })).status).toBe(204);
    expect((await call("POST", "sys/mounts/plain", { body: { type: "kv-v2" } })).status).toBe(204);
    expect(Object.keys((await call("GET", "sys/mounts")).body.data).sort()).toEqual([
      "plain/",
      "secret/",
      "sys/",
      "team/kv/",
    ]);
    expect((await call("POST", "sys/mounts/team/kv/deeper", { body })).body).toEqual({
      errors: ["path is already in use at team/kv/"],
    });
    expect((await call("POST", "sys/mounts/x", { body: { type: "pki" } })).status).toBe(400);
    expect((await call("DELETE", "sys/mounts/team/kv")).status).toBe(204);
    const gone = await call("GET", "team/kv/data/app");
    expect([gone.status, gone.body.errors[0]]).toEqual([
      404,
      'no handler for route "team/kv/data/app". route entry not found.',
    ]);
  });

  it("needs sudo for auth methods besides", async () => {
    const { vault, as } = await vaultForTest();
    vault.policy("one", 'path "sys/auth/*" { capabilities = ["create", "update"] }');
    vault.policy("two", 'path "sys/auth/*" { capabilities = ["create", "update", "sudo"] }');
    const body = { type: "approle" };
    expect((await as(vault.token({ policies: ["one"] }))("POST", "sys/auth/approle", { body })).body).toEqual(DENIED);
    expect((await as(vault.token({ policies: ["two"] }))("POST", "sys/auth/approle", { body })).status).toBe(204);
  });
});

// developer.hashicorp.com/vault/api-docs/system/capabilities-self
it("sys/capabilities-self tells what a token may do at a path", async () => {
  const { vault, as } = await vaultForTest();
  vault.policy("app", 'path "secret/data/*" { capabilities = ["update", "read"] }');
  const body = { paths: ["secret/data/app", "secret/metadata/app"] };
  const { data } = (await as(vault.token({ policies: ["app"] }))("POST", "sys/capabilities-self", { body })).body;
  expect(data).toEqual({
    "secret/data/app": ["read", "update"],
    "secret/metadata/app": ["deny"],
    capabilities: ["read", "update"],
  });
});
