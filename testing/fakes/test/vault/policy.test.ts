import { describe, expect, it } from "vitest";
import { DENIED, vaultForTest } from "./call-vault.js";

/** What a token with this policy can do: the statuses of `GET secret/data/<name>`, 200 or 403. */
async function readable(policy: string, names: readonly string[]): Promise<readonly string[]> {
  const { vault, as } = await vaultForTest();
  for (const name of names) vault.put(name, {});
  vault.policy("app", policy);
  const call = as(vault.token({ policies: ["app"] }));
  const replies = await Promise.all(
    names.map(async (name) => ({ name, ...(await call("GET", `secret/data/${name}`)) })),
  );
  for (const { status, body } of replies) if (status !== 200) expect([status, body]).toEqual([403, DENIED]);
  return replies.filter(({ status }) => status === 200).map(({ name }) => name);
}

// developer.hashicorp.com/vault/docs/concepts/policies, "Policy syntax"
describe("policies: paths", () => {
  it("deny by default: an exact path is that path alone", async () => {
    expect(await readable('path "secret/data/foo" { capabilities = ["read"] }', ["foo", "food", "foo/bar"])).toEqual([
      "foo",
    ]);
  });

  it("with * at the end are a prefix", async () => {
    const names = ["bar/zip", "bar/zip/zap", "bars/zip", "zip-zap", "zip-zap/zong", "zip/zap"];
    expect(await readable('path "secret/data/bar/*" { capabilities = ["read"] }', names)).toEqual([
      "bar/zip",
      "bar/zip/zap",
    ]);
    expect(await readable('path "secret/data/zip-*" { capabilities = ["read"] }', names)).toEqual([
      "zip-zap",
      "zip-zap/zong",
    ]);
  });

  it("with + are one segment", async () => {
    const names = ["a/teamb", "a/b/teamb", "teamb", "a/teamb/x"];
    expect(await readable('path "secret/data/+/teamb" { capabilities = ["read"] }', names)).toEqual(["a/teamb"]);
    expect(await readable('path "secret/data/+/teamb/*" { capabilities = ["read"] }', names)).toEqual(["a/teamb/x"]);
    expect(await readable('path "secret/+/+/+/teamb" { capabilities = ["read"] }', names)).toEqual(["a/b/teamb"]);
  });

  it("that match together: the one with the highest priority counts alone", async () => {
    const names = ["super-secret", "super", "a/b/foo/x"];
    const exact = `
      path "secret/data/*" { capabilities = ["read"] }
      path "secret/data/super-secret" { capabilities = ["deny"] }`;
    expect(await readable(exact, names)).toEqual(["super", "a/b/foo/x"]);
    // Criterion 3 of the page: the first wildcard is at one place, both end in *, and more + is lower.
    const wildcards = `
      path "secret/data/*" { capabilities = ["read"] }
      path "secret/data/+/+/foo/*" { capabilities = ["deny"] }`;
    expect(await readable(wildcards, names)).toEqual(["super-secret", "super", "a/b/foo/x"]);
    const longer = `
      path "secret/data/s*" { capabilities = ["read"] }
      path "secret/data/super*" { capabilities = ["deny"] }
      path "secret/data/+" { capabilities = ["read"] }`;
    expect(await readable(longer, names)).toEqual([]);
    // Criterion 2: what ends in * is lower.
    expect(
      await readable(
        'path "secret/data/+" { capabilities = ["read"] } path "secret/data/*" { capabilities = ["list"] }',
        names,
      ),
    ).toEqual(["super-secret", "super"]);
  });

  it("of one name in several policies are united, and deny is all that is left", async () => {
    const { vault, as } = await vaultForTest();
    vault.put("app", {});
    vault.policy("reader", 'path "secret/data/app" { capabilities = ["read"] }');
    vault.policy("deleter", 'path "secret/data/app" { capabilities = ["delete"] }');
    vault.policy("denier", 'path "secret/data/app" { capabilities = ["deny", "read"] }');
    const both = as(vault.token({ policies: ["reader", "deleter"] }));
    expect((await both("GET", "secret/data/app")).status).toBe(200);
    expect((await both("DELETE", "secret/data/app")).status).toBe(204);
    const none = as(vault.token({ policies: ["reader", "deleter", "denier"] }));
    expect((await none("GET", "secret/data/app")).status).toBe(403);
  });
});

describe("policies: capabilities", () => {
  it("tell create from update by whether the secret is there, for POST and PUT alike", async () => {
    const { vault, as } = await vaultForTest();
    vault.policy("creator", 'path "secret/data/*" { capabilities = ["create"] }');
    const call = as(vault.token({ policies: ["creator"] }));
    expect((await call("PUT", "secret/data/app", { body: { data: {} } })).status).toBe(200);
    expect((await call("POST", "secret/data/app", { body: { data: {} } })).body).toEqual(DENIED);
  });

  it("name patch, delete and list apart; delete of versions is an update of another path", async () => {
    const { vault, as } = await vaultForTest();
    vault.put("app", {});
    vault.policy("editor", 'path "secret/data/*" { capabilities = ["patch", "delete"] }');
    const call = as(vault.token({ policies: ["editor"] }));
    const headers = { "Content-Type": "application/merge-patch+json" };
    expect((await call("PATCH", "secret/data/app", { body: { data: {} }, headers })).status).toBe(200);
    expect((await call("DELETE", "secret/data/app")).status).toBe(204);
    expect((await call("GET", "secret/data/app")).status).toBe(403);
    expect((await call("POST", "secret/delete/app", { body: { versions: [1] } })).status).toBe(403);
    expect((await call("LIST", "secret/metadata")).status).toBe(403);
  });

  it("ask for update where the endpoint cannot tell whether the thing is there", async () => {
    const { vault, as } = await vaultForTest();
    vault.policy("updater", 'path "secret/+/app" { capabilities = ["update"] }');
    const call = as(vault.token({ policies: ["updater"] }));
    expect((await call("POST", "secret/undelete/app", { body: { versions: [1] } })).status).toBe(204);
    expect((await call("POST", "secret/data/app", { body: { data: {} } })).status).toBe(403);
  });

  it("list a folder by its path with or without the slash, since a list operates on a prefix", async () => {
    const { vault, as } = await vaultForTest();
    vault.put("team/app", {});
    for (const path of [
      "secret/metadata/team",
      "secret/metadata/team/",
      "secret/metadata/team/*",
      "secret/metadata/*",
    ]) {
      vault.policy("lister", `path "${path}" { capabilities = ["list"] }`);
      const { status } = await as(vault.token({ policies: ["lister"] }))("GET", "secret/metadata/team?list=true");
      expect([path, status]).toEqual([path, 200]);
    }
  });

  it("of a policy that changes count from then on", async () => {
    const { vault, as } = await vaultForTest();
    vault.put("app", {});
    const call = as(vault.token({ policies: ["app"] }));
    expect((await call("GET", "secret/data/app")).status).toBe(403);
    vault.policy("app", 'path "secret/data/app" { capabilities = ["read"] }');
    expect((await call("GET", "secret/data/app")).status).toBe(200);
  });
});

describe("policies: syntax", () => {
  it("is HCL with comments, several paths and the word of old, or JSON", async () => {
    const hcl = `
      # the application's own
      name = "app"
      path "secret/data/foo" {
        comment      = "a { in text"
        capabilities = ["read", "list",] // both
      }
      /* of before
         capabilities */
      path "secret/data/old/*" { policy = "read" }`;
    expect(await readable(hcl, ["foo", "old/x", "other"])).toEqual(["foo", "old/x"]);
    const json = JSON.stringify({ path: { "/secret/data/foo": { capabilities: ["read"] } } });
    expect(await readable(json, ["foo", "other"])).toEqual(["foo"]);
    const list = JSON.stringify({
      path: [{ "secret/data/foo": { capabilities: ["read"] } }, { "secret/data/x": { policy: "write" } }],
    });
    expect(await readable(list, ["foo", "x", "other"])).toEqual(["foo", "x"]);
  });

  it.each([
    ["an unknown capability", 'path "a" { capabilities = ["reed"] }', /invalid capability "reed"/],
    ["an unknown member", 'paths "a" { capabilities = ["read"] }', /invalid key "paths"/],
    ["a glob in a wildcard", 'path "a/+*" { capabilities = ["read"] }', /'\+\*' is forbidden/],
    ["a brace left open", 'path "a" { capabilities = ["read"]', /unexpected end/],
    [
      "a constraint that this server does not know",
      'path "a" { allowed_parameters = { "x" = [] } }',
      /allowed_parameters is unknown/,
    ],
    [
      "a template, which it does not know",
      'path "a/{{identity.entity.id}}" { capabilities = ["read"] }',
      /templates are unknown/,
    ],
  ])("is refused with 400 for %s", async (_what, policy, reason) => {
    const { call } = await vaultForTest();
    const { status, body } = await call("PUT", "sys/policies/acl/app", { body: { policy } });
    expect([status, body.errors]).toEqual([400, [expect.stringMatching(/^failed to parse policy: /)]]);
    expect(body.errors[0]).toMatch(reason);
  });
});
