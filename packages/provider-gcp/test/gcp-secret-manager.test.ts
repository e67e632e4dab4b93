import type { ProviderRef } from "@qarion/secrets-core";
import { describe, expect, it } from "vitest";
import { codeOf, context, errorOf, useGcp } from "./use-gcp.js";

describe("a name", () => {
  it.each([
    ["SECRET_KEY", "SECRET_KEY"],
    ["secret-key", "secret-key"],
    ["llm_api_key/control_plane", "llm_api_key_control_plane"],
    ["a.b@c+d=e:f", "a_b_c_d_e_f"],
  ])("%s stands for the id %s", async (name, id) => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add(id, { versions: ["one"] });
    expect((await secrets.get({ name })).reveal()).toBe("one");
  });

  it("that meets another one in an id is an error when the second is found", async () => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("a_b", { versions: ["one"] });
    await secrets.get("a/b");
    const error = await errorOf(secrets.get("a.b"));
    expect(error.code).toBe("ERR_SECRETS_INVALID_CONFIG");
    expect(error.hint).toContain('"a/b" and "a.b" both stand for a_b');
    expect((await secrets.get("a/b")).reveal()).toBe("one");
  });

  it("that was not found takes no id from another", async () => {
    const { gcp, secrets } = await useGcp();
    expect(await codeOf(secrets.get("a/b"))).toBe("ERR_SECRETS_NOT_FOUND");
    gcp.secrets.add("a_b", { versions: ["one"] });
    expect((await secrets.get("a.b")).reveal()).toBe("one");
  });

  it.each([
    ["with a leading slash", "/db"],
    ["of more than 255 characters", "x".repeat(256)],
    ["of a version", "projects/qarion-test/secrets/db/versions/1"],
    ["of a location only", "projects/qarion-test/locations/europe-west1"],
    ["in full with an id that is none", "projects/qarion-test/secrets/d.b"],
  ])("%s is refused before any call", async (_, name) => {
    const { gcp, secrets } = await useGcp();
    expect(await codeOf(secrets.get({ name }))).toBe("ERR_SECRETS_INVALID_REF");
    expect(gcp.calls.count()).toBe(0);
  });

  it("may be a full resource name, of another project too", async () => {
    const { gcp, secretsOf } = await useGcp();
    gcp.secrets.add("db", { versions: ["one"] });
    const secrets = secretsOf({ options: { project: "another" } });
    for (const owner of [gcp.project, gcp.projectNumber]) {
      expect((await secrets.get(`projects/${owner}/secrets/db`)).reveal()).toBe("one");
    }
    expect(gcp.calls.entries.map(({ name }) => name)).toContain(`projects/${gcp.project}/secrets/db/versions/latest`);
  });

  it("has the prefix of the options before it", async () => {
    const { gcp, secrets } = await useGcp({ options: { prefix: "prod_" } });
    gcp.secrets.add("prod_db", { versions: ["one"] });
    expect((await secrets.get("db")).reveal()).toBe("one");
  });

  it("is a member of the bundle of the options", async () => {
    const { gcp, secrets } = await useGcp({ options: { bundle: "app/all" } });
    gcp.secrets.add("app_all", { versions: ['{"db":"one","smtp":"two"}'] });
    const { db, smtp } = await secrets.getAll({ db: "db", smtp: "smtp" });
    expect([db.reveal(), smtp.reveal()]).toEqual(["one", "two"]);
    expect(gcp.calls.count()).toBe(1);
  });
});

describe("the project", () => {
  it("is that of the credentials where the options tell none", async () => {
    const { gcp, secrets } = await useGcp({ options: { project: undefined } });
    gcp.secrets.add("db", { versions: ["one"] });
    expect((await secrets.get("db")).reveal()).toBe("one");
  });
});

describe("the current version", () => {
  it("is the one created last, with its number", async () => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("db", { versions: ["one", "two"] });
    const secret = await secrets.get("db");
    expect([secret.reveal(), secret.version, secret.activatedAt]).toEqual(["two", "2", undefined]);
  });

  it.each(["DISABLED", "DESTROYED"] as const)(
    "that is %s is an error, and the one before stays where it is",
    async (state) => {
      const { gcp, secrets } = await useGcp();
      gcp.secrets.add("db", { versions: ["one", "two"] });
      gcp.secrets.setState("db", 2, state);
      expect(await codeOf(secrets.get("db"))).toBe("ERR_SECRETS_VERSION_DISABLED");
      expect(await codeOf(secrets.get("db@previous"))).toBe("ERR_SECRETS_VERSION_DISABLED");
    },
  );

  it("of a secret without versions is not found", async () => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("db");
    expect(await codeOf(secrets.get("db"))).toBe("ERR_SECRETS_NOT_FOUND");
  });

  it("may be pinned by its number, whatever is added", async () => {
    const { gcp, provider, secrets } = await useGcp({ options: { version: "2" } });
    gcp.secrets.add("db", { versions: ["one", "two", "three"] });
    expect((await secrets.get("db")).reveal()).toBe("two");
    expect((await secrets.get("db@previous")).reveal()).toBe("one");
    expect([provider.put, provider.promote, provider.capabilities.conditionalWrites]).toEqual([
      undefined,
      undefined,
      false,
    ]);
  });

  it("may be the one that an alias names", async () => {
    const { gcp, secrets } = await useGcp({ options: { version: "live" } });
    gcp.secrets.add("db", { versions: ["one", "two", "three"], aliases: { live: 2 } });
    const secret = await secrets.get("db");
    expect([secret.reveal(), secret.version]).toEqual(["two", "2"]);
  });

  it.each(["", "0", "-1", "01", "pre vious", "previous", "pending", "NEW", "a/b", "x".repeat(64)])(
    "cannot be %j",
    async (version) => {
      await expect(useGcp({ options: { version } })).rejects.toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG" });
    },
  );
});

describe("the previous version", () => {
  it("is the one before that which `latest` names", async () => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("db", { versions: ["one", "two", "three"] });
    const secret = await secrets.get("db@previous");
    expect([secret.reveal(), secret.version, secret.stage]).toEqual(["two", "2", "previous"]);
  });

  it.each(["DISABLED", "DESTROYED"] as const)("that is %s is an error, and no older one stands in", async (state) => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("db", { versions: ["one", "two", "three"] });
    gcp.secrets.setState("db", 2, state);
    expect(await codeOf(secrets.get("db@previous"))).toBe("ERR_SECRETS_VERSION_DISABLED");
    expect((await secrets.get("db")).reveal()).toBe("three");
  });

  it("of the first one is not found", async () => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("db", { versions: ["one"] });
    expect(await codeOf(secrets.get("db@previous"))).toBe("ERR_SECRETS_NOT_FOUND");
  });

  it("is found by its number across a change of digits", async () => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("db", { versions: Array.from({ length: 10 }, (_, at) => `value ${at + 1}`) });
    expect((await secrets.get("db@previous")).reveal()).toBe("value 9");
  });

  it("belongs to what `latest` named, also when another version is added between the two reads", async () => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("db", { versions: ["one", "two"] });
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    const second = gcp.fault({ kind: "hold", until }, { after: 1 });
    const previous = secrets.get("db@previous");
    await second.hit();
    gcp.secrets.addVersion("db", "three");
    release();
    expect((await previous).reveal()).toBe("one");
  });

  it("is that of the alias where the current one is an alias, and never its neighbour", async () => {
    const { gcp, secrets } = await useGcp({ options: { version: "live" } });
    gcp.secrets.add("db", { versions: ["one", "two", "three"], aliases: { live: 3 } });
    expect(await codeOf(secrets.get("db@previous"))).toBe("ERR_SECRETS_NOT_FOUND");
    gcp.secrets.setAliases("db", { live: 3, previous: 1 });
    expect((await secrets.get("db@previous")).reveal()).toBe("one");
  });
});

describe("the pending version", () => {
  it("is that of the alias `pending`, and not found without one", async () => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("db", { versions: ["next", "now"] });
    expect(await codeOf(secrets.get("db@pending"))).toBe("ERR_SECRETS_NOT_FOUND");
    gcp.secrets.setAliases("db", { pending: 1 });
    const secret = await secrets.get("db@pending");
    expect([secret.reveal(), secret.version]).toEqual(["next", "1"]);
  });

  it("that is disabled is an error", async () => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("db", { versions: ["next", "now"], aliases: { pending: 1 } });
    gcp.secrets.setState("db", 1, "DISABLED");
    expect(await codeOf(secrets.get("db@pending"))).toBe("ERR_SECRETS_VERSION_DISABLED");
  });
});

describe("a version by its number", () => {
  it("decides, and is an error when disabled or not there", async () => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("db", { versions: ["one", "two", "three"] });
    gcp.secrets.setState("db", 2, "DISABLED");
    expect((await secrets.get("db@v=1")).reveal()).toBe("one");
    expect(await codeOf(secrets.get("db@v=2"))).toBe("ERR_SECRETS_VERSION_DISABLED");
    expect(await codeOf(secrets.get("db@v=4"))).toBe("ERR_SECRETS_NOT_FOUND");
  });

  it.each(["latest", "live", "0", "01", "1.0"])("is never %s", async (version) => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("db", { versions: ["one"], aliases: { live: 1 } });
    expect(await codeOf(secrets.get({ name: "db", version }))).toBe("ERR_SECRETS_INVALID_REF");
    expect(gcp.calls.count()).toBe(0);
  });
});

describe.each(["grpc", "rest"] as const)("the checksum, over %s", (transport) => {
  const ref: ProviderRef = { name: "db", stage: "current" };

  async function withFault(fault: Parameters<Awaited<ReturnType<typeof useGcp>>["gcp"]["fault"]>[0]) {
    const used = await useGcp({ transport });
    used.gcp.secrets.add("db", { versions: ["one"] });
    used.gcp.fault(fault);
    return used;
  }

  it("that is wrong refuses the value", async () => {
    const { provider } = await withFault({ kind: "checksum", checksum: "wrong" });
    expect(await codeOf(provider.get(ref, context()))).toBe("ERR_SECRETS_INTEGRITY");
  });

  it("refuses a value with one bit turned", async () => {
    const { provider } = await withFault({ kind: "corrupt" });
    expect(await codeOf(provider.get(ref, context()))).toBe("ERR_SECRETS_INTEGRITY");
  });

  it("is verified for the previous value and for versions too", async () => {
    const { gcp, provider } = await withFault({ kind: "corrupt" });
    gcp.secrets.addVersion("db", "two");
    expect(await codeOf(provider.get({ name: "db", stage: "previous" }, context()))).toBe("ERR_SECRETS_INTEGRITY");
    expect(await codeOf(provider.get({ ...ref, version: "1" }, context()))).toBe("ERR_SECRETS_INTEGRITY");
  });

  it("that is absent is let pass: the service keeps none of some old versions", async () => {
    const { secrets } = await withFault({ kind: "checksum", checksum: "absent" });
    expect((await secrets.get("db")).reveal()).toBe("one");
  });

  it("that was wrong once is forgotten, since core asks once more", async () => {
    const { gcp, secrets } = await useGcp({ transport });
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.fault({ kind: "corrupt" }, { times: 1 });
    expect((await secrets.get("db")).reveal()).toBe("one");
  });

  it.each([
    ["another secret", { name: "projects/1/secrets/other/versions/1" }],
    ["no version", { name: "projects/1/secrets/db" }],
    ["nothing", { name: "" }],
    ["a value that is empty", { payload: { data: Buffer.alloc(0), dataCrc32c: "0" } }],
    ["a value that is left out", { payload: null }],
  ])("or an answer about %s refuses the value", async (_, changed) => {
    const { provider } = await withFault({ kind: "rewrite", rewrite: (answer) => ({ ...answer, ...changed }) });
    expect(await codeOf(provider.get(ref, context()))).toBe("ERR_SECRETS_INTEGRITY");
  });

  it("or an answer of another version than the one asked for refuses the value", async () => {
    const { provider } = await withFault({
      kind: "rewrite",
      rewrite: (answer) => ({ ...answer, name: "projects/1/secrets/db/versions/2" }),
    });
    expect(await codeOf(provider.get({ ...ref, version: "1" }, context()))).toBe("ERR_SECRETS_INTEGRITY");
    expect((await provider.get(ref, context())).version).toBe("2");
  });
});
