import { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import { describe, expect, it, onTestFinished } from "vitest";
import { nameAnnotation } from "../src/secret-resource.js";
import { codeOf, context, errorOf, project, useGcp } from "./use-gcp.js";

const byAlias = { options: { version: "live" } };

describe("put where `latest` is current", () => {
  it("adds a version with its checksum, which is current at once", async () => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("db", { versions: ["one"] });
    expect(await secrets.put("db", "two")).toEqual({ version: "2" });
    expect((await secrets.get("db")).reveal()).toBe("two");
    expect((await secrets.get("db@previous")).reveal()).toBe("one");
    const client = new SecretManagerServiceClient(gcp.clientOptions());
    onTestFinished(() => client.close());
    const [written] = await client.getSecretVersion({ name: `projects/${project}/secrets/db/versions/2` });
    expect(written.clientSpecifiedPayloadChecksum).toBe(true);
  });

  it("makes a secret that is not there, replicated automatically, and keeps the name that its id cannot hold", async () => {
    const { gcp, secrets } = await useGcp();
    expect(await secrets.put("llm_api_key/control_plane", Uint8Array.of(0, 255))).toEqual({ version: "1" });
    const client = new SecretManagerServiceClient(gcp.clientOptions());
    onTestFinished(() => client.close());
    const [made] = await client.getSecret({ name: `projects/${project}/secrets/llm_api_key_control_plane` });
    expect(made.replication?.automatic).toBeTruthy();
    expect(made.annotations).toEqual({ [nameAnnotation]: "llm_api_key/control_plane" });
    await secrets.put("plain", "value");
    const [plain] = await client.getSecret({ name: `projects/${project}/secrets/plain` });
    expect(plain.annotations).toEqual({});
  });

  it("goes on when somebody else makes the secret meanwhile", async () => {
    const { gcp, secrets } = await useGcp();
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    const held = gcp.fault({ kind: "hold", until }, { operation: "CreateSecret" });
    const put = secrets.put("db", "two");
    await held.hit();
    gcp.secrets.add("db", { versions: ["one"] });
    release();
    expect(await put).toEqual({ version: "2" });
  });

  it("is tried once: when its answer is lost there is one version, not two", async () => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.fault({ kind: "reset", applied: true }, { operation: "AddSecretVersion" });
    expect(await codeOf(secrets.put("db", "two"))).toBe("ERR_SECRETS_UNAVAILABLE");
    gcp.clearFaults();
    expect(gcp.secrets.describe("db")?.versions).toHaveLength(2);
    expect((await secrets.get("db@previous")).reveal()).toBe("one");
  });

  it.each([
    ["an empty value", ""],
    ["more than 64 KiB", "x".repeat(65_537)],
    ["more than 64 KiB in UTF-8", "ä".repeat(32_769)],
  ])("refuses %s before any call", async (_, value) => {
    const { gcp, secrets } = await useGcp();
    expect(await codeOf(secrets.put("db", value))).toBe("ERR_SECRETS_INVALID_VALUE");
    expect(gcp.calls.count()).toBe(0);
  });

  it("takes 64 KiB", async () => {
    const { secrets } = await useGcp();
    expect(await secrets.put("db", "x".repeat(65_536))).toEqual({ version: "1" });
  });

  it("does not write over the secret of another name", async () => {
    const { gcp, secrets } = await useGcp();
    await secrets.put("a/b", "one");
    expect(await codeOf(secrets.put("a.b", "two"))).toBe("ERR_SECRETS_INVALID_CONFIG");
    expect(gcp.secrets.describe("a_b")?.versions).toHaveLength(1);
  });

  it.each(["pending", "previous"] as const)("of a %s value is not supported, and nothing is written", async (stage) => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("db", { versions: ["one"] });
    expect(await codeOf(secrets.put({ name: "db", stage }, "two"))).toBe("ERR_SECRETS_UNSUPPORTED");
    expect(gcp.calls.count()).toBe(0);
  });

  it("of a member of a bundle is not supported: `latest` cannot be guarded", async () => {
    const { gcp, secrets } = await useGcp({ options: { bundle: "app" } });
    gcp.secrets.add("app", { versions: ['{"db":"one"}'] });
    expect(await codeOf(secrets.put("db", "two"))).toBe("ERR_SECRETS_UNSUPPORTED");
    expect(gcp.secrets.describe("app")?.versions).toHaveLength(1);
  });

  it("with a condition is not supported", async () => {
    const { gcp, provider } = await useGcp();
    gcp.secrets.add("db", { versions: ["one"] });
    const put = provider.put?.({ name: "db", stage: "current" }, "two", { ...context(), ifVersion: "1" });
    expect(await codeOf(put ?? Promise.resolve())).toBe("ERR_SECRETS_UNSUPPORTED");
    expect(gcp.calls.count()).toBe(0);
  });

  it("has no promote beside it", async () => {
    const { provider } = await useGcp();
    expect([provider.promote, provider.capabilities.conditionalWrites]).toEqual([undefined, false]);
  });
});

describe("put where an alias is current", () => {
  it("of the first value makes the secret and the alias", async () => {
    const { gcp, secrets } = await useGcp(byAlias);
    expect(await secrets.put("db", "one")).toEqual({ version: "1" });
    expect(gcp.secrets.describe("db")?.aliases).toEqual({ live: 1 });
  });

  it("moves the alias, and `previous` to what it named, and leaves the others", async () => {
    const { gcp, secrets } = await useGcp(byAlias);
    gcp.secrets.add("db", { versions: ["one", "two"], aliases: { live: 1, pending: 2, canary: 2 } });
    expect(await secrets.put("db", "three")).toEqual({ version: "3" });
    expect(gcp.secrets.describe("db")?.aliases).toEqual({ live: 3, previous: 1, pending: 2, canary: 2 });
  });

  it("of a pending value moves that alias alone, though its version is `latest`", async () => {
    const { gcp, secrets } = await useGcp(byAlias);
    gcp.secrets.add("db", { versions: ["one"], aliases: { live: 1 } });
    expect(await secrets.put("db@pending", "two")).toEqual({ version: "2" });
    expect(gcp.secrets.describe("db")?.aliases).toEqual({ live: 1, pending: 2 });
    expect((await secrets.get("db")).reveal()).toBe("one");
    expect((await secrets.get("db@pending")).reveal()).toBe("two");
  });

  it("of a previous value is not supported", async () => {
    const { secrets } = await useGcp(byAlias);
    expect(await codeOf(secrets.put("db@previous", "zero"))).toBe("ERR_SECRETS_UNSUPPORTED");
  });

  it("looks anew when somebody else moves an alias in between, and loses nothing of theirs", async () => {
    const { gcp, secrets } = await useGcp(byAlias);
    gcp.secrets.add("db", { versions: ["one"], aliases: { live: 1 } });
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    const held = gcp.fault({ kind: "hold", until }, { operation: "UpdateSecret", times: 1 });
    const put = secrets.put("db", "two");
    await held.hit();
    gcp.secrets.setAliases("db", { live: 1, canary: 1 });
    release();
    await put;
    expect(gcp.secrets.describe("db")?.aliases).toEqual({ live: 2, previous: 1, canary: 1 });
    expect(gcp.calls.count("UpdateSecret")).toBe(2);
  });

  it("gives up when others change the secret at each try", async () => {
    const { gcp, secrets } = await useGcp(byAlias);
    gcp.secrets.add("db", { versions: ["one"], aliases: { live: 1 } });
    gcp.fault({ kind: "error", status: "FAILED_PRECONDITION" }, { operation: "UpdateSecret" });
    const error = await errorOf(secrets.put("db", "two"));
    expect([error.code, error.hint]).toEqual(["ERR_SECRETS_UNAVAILABLE", "Others changed the secret at each try."]);
    expect(gcp.secrets.describe("db")?.aliases).toEqual({ live: 1 });
  });

  describe("with a condition", () => {
    const put = async (used: Awaited<ReturnType<typeof useGcp>>, ifVersion: string) =>
      used.provider.put?.({ name: "db", stage: "current" }, "two", { ...context(), ifVersion });

    it("that is no longer true adds no version", async () => {
      const used = await useGcp(byAlias);
      used.gcp.secrets.add("db", { versions: ["one", "other"], aliases: { live: 2 } });
      expect(await codeOf(put(used, "1"))).toBe("ERR_SECRETS_INVALID_VALUE");
      expect(used.gcp.secrets.describe("db")?.versions).toHaveLength(2);
    });

    it("that stops being true under way moves nothing, and destroys the version that nobody will read", async () => {
      const used = await useGcp(byAlias);
      used.gcp.secrets.add("db", { versions: ["one", "other"], aliases: { live: 1 } });
      let release = () => {};
      const until = new Promise<void>((resolve) => {
        release = resolve;
      });
      const held = used.gcp.fault({ kind: "hold", until }, { operation: "UpdateSecret", times: 1 });
      const written = put(used, "1");
      await held.hit();
      used.gcp.secrets.setAliases("db", { live: 2, previous: 1 });
      release();
      expect(await codeOf(written)).toBe("ERR_SECRETS_INVALID_VALUE");
      const { aliases, versions } = used.gcp.secrets.describe("db") ?? {};
      expect(aliases).toEqual({ live: 2, previous: 1 });
      expect(versions?.map(({ state }) => state)).toEqual(["ENABLED", "ENABLED", "DESTROYED"]);
    });

    it("whose answer was lost destroys nothing: the alias may have moved", async () => {
      const used = await useGcp(byAlias);
      used.gcp.secrets.add("db", { versions: ["one"], aliases: { live: 1 } });
      used.gcp.fault({ kind: "reset", applied: true }, { operation: "UpdateSecret" });
      await expect(put(used, "1")).rejects.toBeDefined();
      used.gcp.clearFaults();
      expect((await used.secrets.get("db")).reveal()).toBe("two");
    });
  });

  it("writes members of a bundle, however many at once", async () => {
    const { gcp, secrets, secretsOf } = await useGcp({ options: { version: "live", bundle: "app" } });
    gcp.secrets.add("app", { versions: ["{}"], aliases: { live: 1 } });
    const other = secretsOf({ options: { version: "live", bundle: "app" } });
    await Promise.all([secrets.put("a", "1"), other.put("b", "2"), secrets.put("c", "3"), other.put("d", "4")]);
    const { a, b, c, d } = await secrets.getAll({ a: "a", b: "b", c: "c", d: "d" });
    expect([a, b, c, d].map((each) => each.reveal())).toEqual(["1", "2", "3", "4"]);
  });
});

describe("promote", () => {
  it("moves current, previous and pending in one write", async () => {
    const { gcp, secrets } = await useGcp(byAlias);
    gcp.secrets.add("db", { versions: ["one", "junk", "next"], aliases: { live: 1, pending: 3 } });
    await secrets.promote("db", "3");
    expect(gcp.secrets.describe("db")?.aliases).toEqual({ live: 3, previous: 1 });
    expect((await secrets.get("db@previous")).reveal()).toBe("one");
    expect(gcp.calls.count("UpdateSecret")).toBe(1);
  });

  it("of the version that is current changes nothing", async () => {
    const { gcp, secrets } = await useGcp(byAlias);
    gcp.secrets.add("db", { versions: ["one", "two"], aliases: { live: 2, previous: 1 } });
    await secrets.promote("db", "2");
    expect(gcp.secrets.describe("db")?.aliases).toEqual({ live: 2, previous: 1 });
  });

  it.each([
    ["disabled", "DISABLED", "2", "ERR_SECRETS_VERSION_DISABLED"],
    ["destroyed", "DESTROYED", "2", "ERR_SECRETS_VERSION_DISABLED"],
    ["not there", "ENABLED", "3", "ERR_SECRETS_NOT_FOUND"],
    ["named by an alias", "ENABLED", "pending", "ERR_SECRETS_INVALID_REF"],
  ] as const)("refuses a version that is %s", async (_, state, version, code) => {
    const { gcp, secrets } = await useGcp(byAlias);
    gcp.secrets.add("db", { versions: ["one", "two"], aliases: { live: 1, pending: 2 } });
    gcp.secrets.setState("db", 2, state);
    expect(await codeOf(secrets.promote("db", version))).toBe(code);
    expect(gcp.secrets.describe("db")?.aliases).toEqual({ live: 1, pending: 2 });
  });

  it("works over REST", async () => {
    const { gcp, secrets } = await useGcp({ ...byAlias, transport: "rest" });
    await secrets.put("db", "one");
    const { version = "" } = await secrets.put("db@pending", "two");
    await secrets.promote("db", version);
    expect(gcp.secrets.describe("db")?.aliases).toEqual({ live: 2, previous: 1 });
  });
});
