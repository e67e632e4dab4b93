import { vaultErrorAnswer } from "@qarion-testing/fakes/vault";
import { describe, expect, it } from "vitest";
import { vaultKv } from "../src/index.js";
import { codeOf, errorOf, namesOf, textOf, vaultForTest } from "./vault-for-test.js";

describe("versions", () => {
  it("the current value is the newest version, dated by its creation", async () => {
    const { vault, clock, provider } = await vaultForTest();
    vault.put("db", { value: "one" });
    await clock.advance(60_000);
    vault.put("db", { value: "two" });
    const { signal } = new AbortController();
    const current = await provider().get({ name: "db", stage: "current" }, { signal });
    expect(current).toEqual({ value: "two", version: "2", activatedAt: new Date(clock.now()) });
  });

  it("the previous value is the version before, which became it when the current one was written", async () => {
    const { vault, clock, provider } = await vaultForTest();
    vault.put("db", { value: "one" });
    await clock.advance(60_000);
    vault.put("db", { value: "two" });
    const { signal } = new AbortController();
    const previous = await provider().get({ name: "db", stage: "previous" }, { signal });
    expect(previous).toEqual({ value: "one", version: "1", activatedAt: new Date(clock.now()) });
  });

  it("a first version has no previous one", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.put("db", { value: "one" });
    expect(await codeOf(secrets().get("db@previous"))).toBe("NOT_FOUND");
  });

  it.each(["delete", "destroy"])("no older version stands in for a previous one after its %s", async (what) => {
    const { vault, secrets } = await vaultForTest();
    for (const value of ["one", "two", "three"]) vault.put("db", { value });
    vault.request("POST", `secret/${what}/db`, { versions: [2] });
    expect(await codeOf(secrets().get("db@previous"))).toBe("VERSION_DISABLED");
    expect(await textOf(secrets(), "db")).toBe("three");
  });

  it("a previous version that Vault keeps no more is not found", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.request("POST", "secret/metadata/db", { max_versions: 1 });
    for (const value of ["one", "two"]) vault.put("db", { value });
    expect(await codeOf(secrets().get("db@previous"))).toBe("NOT_FOUND");
  });

  it("a previous version can be had while the current one is deleted", async () => {
    const { vault, secrets } = await vaultForTest();
    for (const value of ["one", "two", "three"]) vault.put("db", { value });
    vault.request("POST", "secret/delete/db", { versions: [3] });
    expect(await codeOf(secrets().get("db"))).toBe("VERSION_DISABLED");
    expect(await textOf(secrets(), "db@previous")).toBe("two");
  });

  it("deleted and destroyed are disabled, undeleted is there again, missing is not found", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.put("db", { value: "one" });
    const read = () => codeOf(secrets().get("db"));
    vault.request("POST", "secret/delete/db", { versions: [1] });
    expect(await read()).toBe("VERSION_DISABLED");
    vault.request("POST", "secret/undelete/db", { versions: [1] });
    expect(await textOf(secrets(), "db")).toBe("one");
    vault.request("POST", "secret/destroy/db", { versions: [1] });
    expect(await read()).toBe("VERSION_DISABLED");
    vault.request("DELETE", "secret/metadata/db");
    expect(await read()).toBe("NOT_FOUND");
    expect(await secrets().getOptional("db")).toBeUndefined();
  });

  it("a version is read by its number", async () => {
    const { vault, secrets } = await vaultForTest();
    for (const value of ["one", "two", "three"]) vault.put("db", { value });
    expect(await textOf(secrets(), "db@v=1")).toBe("one");
    expect(await textOf(secrets(), "db@v=3")).toBe("three");
  });

  it.each(["0", "4", "-1", "01", "1.5", "1e3", "latest", "99999999999"])(
    "version %s is not found, and never the newest",
    async (version) => {
      const { vault, secrets } = await vaultForTest();
      for (const value of ["one", "two", "three"]) vault.put("db", { value });
      expect(await codeOf(secrets().get({ name: "db", version }))).toBe("NOT_FOUND");
    },
  );

  it("a pending value is neither read nor written", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.put("db", { value: "one" });
    expect(await codeOf(secrets().get("db@pending"))).toBe("UNSUPPORTED");
    expect(await codeOf(secrets().put("db@pending", "next"))).toBe("UNSUPPORTED");
    expect(await codeOf(secrets().put("db@previous", "old"))).toBe("UNSUPPORTED");
    expect(await textOf(secrets(), "db")).toBe("one");
  });
});

describe("values", () => {
  it("the one member `value` is the value, and what is put so is read so", async () => {
    const { vault, secrets } = await vaultForTest();
    const store = secrets();
    expect(await store.put("db", "päss\n")).toMatchObject({ version: "1" });
    expect(vault.request("GET", "secret/data/db").data).toEqual({ value: "päss\n" });
    expect(await textOf(store, "db")).toBe("päss\n");
  });

  it("bytes are kept in base64 and come back as bytes", async () => {
    const { vault, secrets } = await vaultForTest();
    const store = secrets();
    const bytes = Uint8Array.of(0, 255, 10, 128);
    await store.put("key", bytes);
    expect(vault.request("GET", "secret/data/key").data).toEqual({ value: "AP8KgA==", encoding: "base64" });
    expect((await store.get("key")).revealBytes()).toEqual(bytes);
  });

  it("any other map is its JSON text, whose members are read by `#key`", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.put("app", { password: "pw", port: 5432, nested: { a: [1, null] }, none: null });
    const store = secrets();
    expect(await textOf(store, "app#password")).toBe("pw");
    expect(await textOf(store, "app#port")).toBe("5432");
    expect(await textOf(store, "app#nested")).toBe('{"a":[1,null]}');
    expect(await codeOf(store.get("app#none"))).toBe("INVALID_VALUE");
    expect(await codeOf(store.get("app#toString"))).toBe("NOT_FOUND");
  });

  it("numbers that JavaScript cannot hold leave as they came", async () => {
    const { vault, secrets } = await vaultForTest();
    const exact = '{"pin":12345678901234567890,"rate":0.12345678901234567890}';
    vault.faults.add({
      kind: "rewrite",
      rewrite: (answer) => ({ ...answer, body: String(answer.body).replace('{"pin":"x"}', exact) }),
    });
    vault.put("app", { pin: "x" });
    const store = secrets();
    expect(await textOf(store, "app")).toBe(exact);
    expect(await codeOf(store.get("app#pin"))).toBe("INVALID_VALUE");
  });

  it("what says that it is base64 and is not is refused", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.put("key", { value: "not base64!", encoding: "base64" });
    expect(await codeOf(secrets().get("key"))).toBe("INVALID_VALUE");
  });
});

describe("names", () => {
  it("are paths below a mount of any depth, each segment encoded", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.mount("team/a/kv");
    const store = secrets({ mount: "/team/a/kv/" });
    const name = "app/db:main+x=1@home.v2/_pass-word";
    await store.put(name, "pw");
    expect(vault.request("GET", `team/a/kv/data/${name}`).data).toEqual({ value: "pw" });
    expect(await textOf(store, name)).toBe("pw");
  });

  it.each(["/db", "//db"])("a leading slash is refused: %s", async (name) => {
    const { vault, secrets } = await vaultForTest();
    expect(await codeOf(secrets().get(name))).toBe("INVALID_REF");
    expect(vault.calls.count()).toBe(0);
  });

  it.each(["..", ".", "../other/data/db", "a/../../sys/seal", "a/./b", "a//b", "a/", ""])(
    "a name that would climb is refused by the provider itself, and nothing is asked: %j",
    async (name) => {
      const { vault, provider } = await vaultForTest();
      const context = { signal: new AbortController().signal };
      const target = provider();
      expect(await codeOf(target.get({ name, stage: "current" }, context))).toBe("INVALID_REF");
      expect(await codeOf(Promise.resolve(target.put?.({ name, stage: "current" }, "x", context)))).toBe("INVALID_REF");
      expect(vault.calls.count()).toBe(0);
    },
  );

  it.each(["%2e%2e/x", "a?list=true", "a#b", "a%2fb", "a\\b", "é"])("%j is one segment and no syntax", async (name) => {
    const { vault, provider } = await vaultForTest();
    const context = { signal: new AbortController().signal };
    expect(await codeOf(provider().get({ name, stage: "current" }, context))).toBe("NOT_FOUND");
    expect(vault.calls.list(/^GET secret/).map(({ path }) => path)).toEqual([`secret/data/${name}`]);
  });

  it("a prefix stands before every name", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.put("prod/db", { value: "prod" });
    vault.put("prod-old/db", { value: "old" });
    const store = secrets({ prefix: "prod/" });
    expect(await textOf(store, "db")).toBe("prod");
    await store.put("api", "key");
    expect(vault.request("GET", "secret/data/prod/api").data).toEqual({ value: "key" });
    expect(await namesOf(store)).toEqual(["api", "db"]);
    expect((await errorOf(store.get("none"))).message).toContain('"none"');
  });
});

describe("namespaces", () => {
  it.each(["vault-enterprise", "openbao"] as const)("%s: the namespace keeps secrets of its own", async (product) => {
    const { vault, secrets } = await vaultForTest({ product });
    const team = vault.in("team/a");
    team.mount("secret");
    team.put("db", { value: "of the team" });
    vault.put("db", { value: "of the root" });
    expect(await textOf(secrets({ namespace: "team/a" }), "db")).toBe("of the team");
    expect(await textOf(secrets(), "db")).toBe("of the root");
    expect(vault.calls.list("GET secret/data/db").map(({ namespace }) => namespace)).toEqual(["team/a", undefined]);
  });

  it("a login takes place in the namespace", async () => {
    const { vault, secrets } = await vaultForTest({ product: "openbao" });
    const team = vault.in("team");
    team.mount("secret");
    team.put("db", { value: "pw" });
    team.policy("app", 'path "secret/data/*" { capabilities = ["read"] }');
    const { roleId, secretId } = team.appRole("app", { token_policies: ["app"] });
    const store = secrets({ namespace: "team", appRole: { roleId, secretId: secretId() } });
    expect(await textOf(store, "db")).toBe("pw");
  });

  it("a namespace that is not there is a matter of configuration, and nothing that is missing", async () => {
    const { secrets } = await vaultForTest({ product: "openbao" });
    expect(await codeOf(secrets({ namespace: "nowhere" }).getOptional("db"))).toBe("INVALID_CONFIG");
  });
});

describe("a mount that is not KV, version 2", () => {
  it.each([
    ["nothing is mounted there", "kv"],
    ["it is below the mount", "secret/app"],
  ])("%s: no read, list or write takes it for an empty one", async (_, mount) => {
    const { secrets } = await vaultForTest();
    const store = secrets({ mount });
    expect(await codeOf(store.getOptional("db"))).toBe("INVALID_CONFIG");
    expect(await codeOf(namesOf(store))).toBe("INVALID_CONFIG");
    expect(await codeOf(store.put("db", "x"))).toBe("INVALID_CONFIG");
  });

  it("version 1: a write and what it left are refused", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.mount("old", 1);
    const store = secrets({ mount: "old" });
    expect(await codeOf(store.get("db"))).toBe("NOT_FOUND"); // as the README says: its answer is that of an empty mount
    expect(await codeOf(store.put("db", "x"))).toBe("INVALID_CONFIG");
    expect(await codeOf(store.get("db"))).toBe("INVALID_CONFIG");
  });
});

describe("list", () => {
  it("gives names of all folders, and no folder", async () => {
    const { vault, secrets } = await vaultForTest();
    for (const name of ["db", "app/db", "app/cache/redis", "app", "z/y/x/w"]) vault.put(name, { value: "x" });
    expect(await namesOf(secrets())).toEqual(["app", "app/cache/redis", "app/db", "db", "z/y/x/w"]);
  });

  it("takes a prefix that ends within a segment, and asks only folders that can match", async () => {
    const { vault, secrets } = await vaultForTest();
    for (const name of ["app/db/a", "app/db2", "app/cache/redis", "apple"]) vault.put(name, { value: "x" });
    const store = secrets();
    expect(await namesOf(store, "app/d")).toEqual(["app/db/a", "app/db2"]);
    expect(vault.calls.list(/metadata/).map(({ path }) => path)).toEqual([
      "secret/metadata/app",
      "secret/metadata/app/db",
    ]);
    expect(await namesOf(store, "app/")).toEqual(["app/cache/redis", "app/db/a", "app/db2"]);
    expect(await namesOf(store, "nothing/here")).toEqual([]);
  });

  it("is empty for an empty mount", async () => {
    const { secrets } = await vaultForTest();
    expect(await namesOf(secrets())).toEqual([]);
  });

  it("tells of a folder that is denied, and does not skip it", async () => {
    const { vault, secrets } = await vaultForTest();
    for (const name of ["app/db", "closed/db"]) vault.put(name, { value: "x" });
    vault.policy(
      "lister",
      'path "secret/metadata/*" { capabilities = ["list"] }\npath "secret/metadata/closed/*" { capabilities = ["deny"] }\npath "secret/metadata/closed/" { capabilities = ["deny"] }',
    );
    const store = secrets({ token: vault.token({ policies: ["lister"] }) });
    expect(await codeOf(namesOf(store))).toBe("ACCESS_DENIED");
    expect(await namesOf(store, "app/")).toEqual(["app/db"]);
  });

  it.each(["../", "a/../b", "a//b", "/"])("refuses a prefix that climbs: %s", async (prefix) => {
    const { vault, secrets } = await vaultForTest();
    expect(await codeOf(namesOf(secrets(), prefix))).toBe("INVALID_REF");
    expect(vault.calls.count()).toBe(0);
  });
});

describe("put", () => {
  it("meets a mount that requires check-and-set, for a new secret and for one whose newest version is deleted", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.request("POST", "secret/config", { cas_required: true });
    const store = secrets();
    expect((await store.put("db", "one")).version).toBe("1");
    expect((await store.put("db", "two")).version).toBe("2");
    vault.request("POST", "secret/delete/db", { versions: [2] });
    expect((await store.put("db", "three")).version).toBe("3");
    vault.request("POST", "secret/metadata/bare", { cas_required: true });
    expect((await store.put("bare", "one")).version).toBe("1");
  });

  it("under check-and-set, somebody who writes in between is not overwritten", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.request("POST", "secret/config", { cas_required: true });
    const theirs = { data: { value: "theirs" }, options: { cas: 0 } };
    const answer = () => {
      vault.request("POST", "secret/data/db", theirs);
      return vaultErrorAnswer(404);
    };
    vault.faults.add({ kind: "answer", answer }, { operation: "GET secret/data/db" });
    expect(await codeOf(secrets().put("db", "ours"))).toBe("UNAVAILABLE");
    expect(vault.request("GET", "secret/data/db").data).toEqual({ value: "theirs" });
  });

  it("writes only while the version is the current one, where core asks for that", async () => {
    const { vault, provider } = await vaultForTest();
    for (const value of ["one", "two"]) vault.put("db", { value });
    const { signal } = new AbortController();
    const put = async (ifVersion: string) =>
      provider().put?.({ name: "db", stage: "current" }, "three", { signal, ifVersion });
    expect(await codeOf(put("1"))).toBe("UNAVAILABLE");
    for (const no of ["", "x", "1.5"]) expect(await codeOf(put(no))).toBe("NOT_FOUND");
    expect(await put("2")).toMatchObject({ version: "3" });
  });

  it("refuses text that is no Unicode, which would come back as another one", async () => {
    const { vault, secrets } = await vaultForTest();
    expect(await codeOf(secrets().put("db", "half \ud800"))).toBe("INVALID_VALUE");
    expect(vault.calls.count()).toBe(0);
  });
});

describe("a bundle", () => {
  it("holds its members as members of one secret's map", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.put("app/all", { DB: "pw", API: "key" });
    const store = secrets({ path: "app/all" });
    expect(await textOf(store, "DB")).toBe("pw");
    expect(await namesOf(store)).toEqual(["API", "DB"]);
    await store.put("NEW", "n");
    expect(vault.request("GET", "secret/data/app/all").data).toEqual({ DB: "pw", API: "key", NEW: "n" });
    expect(await codeOf(store.get("DB@previous"))).toBe("UNSUPPORTED");
  });

  it("with one member called `value` is still a map", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.put("all", { value: "x" });
    const store = secrets({ path: "all" });
    expect(await textOf(store, "value")).toBe("x");
    await store.put("encoding", "base64");
    expect(vault.request("GET", "secret/data/all").data).toEqual({ value: "x", encoding: "base64" });
    expect(await textOf(store, "value")).toBe("x");
  });

  it("keeps what two processes write to it at the same time", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.put("all", { KEEP: "k" });
    const both = [secrets({ path: "all" }), secrets({ path: "all" })];
    await Promise.all(both.flatMap((store, who) => [0, 1, 2].map((n) => store.put(`P${who}_${n}`, "x"))));
    const members = ["KEEP", "P0_0", "P0_1", "P0_2", "P1_0", "P1_1", "P1_2"];
    expect(Object.keys(vault.request("GET", "secret/data/all").data as object).sort()).toEqual(members);
    expect(vault.request("GET", "secret/data/all").metadata).toMatchObject({ version: 7 });
  });

  it("has to be there before its first member", async () => {
    const { secrets } = await vaultForTest();
    expect(await codeOf(secrets({ path: "all" }).put("A", "a"))).toBe("NOT_FOUND");
  });

  it("together with a prefix is refused", async () => {
    const { secrets } = await vaultForTest();
    expect(() => secrets({ path: "all", prefix: "prod/" })).toThrow(
      expect.objectContaining({ code: "ERR_SECRETS_INVALID_CONFIG" }),
    );
  });
});

describe("options that cannot be are refused at once, and not shown", () => {
  const address = "http://127.0.0.1:1";
  const token = "hvs.CANARY";
  it.each([
    ["no credentials", { address }],
    ["two credentials", { address, token, kubernetes: { role: "app" } }],
    ["two logins", { address, appRole: { roleId: "r", secretId: "CANARY" }, kubernetes: { role: "app" } }],
    ["a blank token", { address, token: "" }],
    ["a token with a line end", { address, token: "CANARY\n" }],
    ["a blank role id", { address, appRole: { roleId: " ", secretId: "CANARY" } }],
    ["a blank secret id", { address, appRole: { roleId: "CANARY", secretId: "" } }],
    ["a blank role", { address, kubernetes: { role: "" } }],
    ["no URL", { address: "CANARY", token }],
    ["another protocol", { address: "ftp://CANARY", token }],
    ["a password in the address", { address: "https://u:CANARY@vault", token }],
    ["a query in the address", { address: "https://vault?CANARY", token }],
    ["a fragment in the address", { address: "https://vault#CANARY", token }],
    ["a namespace that is no header", { address, token, namespace: "CANARY\r\nX: y" }],
    ["a mount that climbs", { address, token, mount: "secret/../CANARY" }],
    ["an empty mount", { address, token, mount: "/" }],
    ["a login's mount that climbs", { address, kubernetes: { role: "app", mount: ".." } }],
  ])("%s", (_, options) => {
    let error: unknown;
    try {
      vaultKv(options);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG", provider: "vault" });
    expect(String((error as Error).stack)).not.toContain("CANARY");
  });
});
