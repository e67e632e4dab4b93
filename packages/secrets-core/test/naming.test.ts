import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  createSecrets,
  firstOf,
  type ProviderNaming,
  type SecretProvider,
  type SecretsError,
  type SecretsEvent,
} from "../src/index.js";
import { keyRingFrom } from "../src/keys/index.js";
import { createRedactor } from "../src/redact/index.js";
import { type RecordedStoreOptions, recordedStore } from "./recorded-store.js";
import { listed } from "./setup.js";
import { canary, rejection, shown } from "./shown.js";

function named(naming: ProviderNaming, initial: Record<string, string>, options: RecordedStoreOptions = {}) {
  const store = Object.assign(recordedStore(initial, options), { naming });
  const events: SecretsEvent[] = [];
  const secrets = createSecrets({ provider: store, onEvent: (event) => events.push(event) });
  return { store, secrets, events };
}

const bundled = (members: unknown, options?: RecordedStoreOptions) =>
  named(
    { bundle: "prod/app" },
    { "prod/app": typeof members === "string" ? members : JSON.stringify(members) },
    options,
  );

describe("a prefix", () => {
  it("stands before every name that the store is asked for, and in no name that users see", async () => {
    const { store, secrets, events } = named({ prefix: "prod/" }, { "prod/A": "1", "prod/B": '{"k":"2"}', A: "other" });
    const { a, b } = await secrets.getAll({ a: "A", b: "B#k" });
    expect([a.reveal(), b.reveal()]).toEqual(["1", "2"]);
    expect([a.name, b.name]).toEqual(["A", "B#k"]);
    expect(`${a}`).toBe("[redacted A]");
    expect(store.calls).toEqual(["getMany prod/A,prod/B"]);
    expect(events.map(({ name }) => name)).toEqual(["A", "B"]);
    expect((await secrets.check()).secrets.map(({ name }) => name)).toEqual(["A", "B"]);
  });

  it("holds for stages, versions, live values, refresh, writing, promotion and lists", async () => {
    const { store, secrets } = named({ prefix: "prod/" }, { "prod/A": "1", "stage/A": "x" });
    const live = await secrets.live("A");
    const { version = "" } = await secrets.put("A@pending", "2");
    expect((await secrets.get("A@pending")).reveal()).toBe("2");
    await secrets.promote("A", version);
    await secrets.refresh("A");
    expect(live.current.reveal()).toBe("2");
    expect((await secrets.get("A@previous")).reveal()).toBe("1");
    expect((await secrets.get(`A@v=${version}`)).reveal()).toBe("2");
    expect(await listed(secrets)).toEqual([{ name: "A" }]);
    expect(await listed(secrets, "B")).toEqual([]);
    expect(store.calls.every((call) => call.includes("prod/A"))).toBe(true);
    await secrets.close();
  });

  it("is kept by lists of a provider that ignores it", async () => {
    const { store, secrets } = named({ prefix: "prod/" }, {});
    store.list = async function* () {
      yield* [{ name: "prod/A" }, { name: "stage/B" }, { name: "C" }];
    };
    expect(await listed(secrets)).toEqual([{ name: "A" }]);
  });

  it("leaves the secret's own name in errors, and says how the store knows it", async () => {
    const { store, secrets } = named({ prefix: "prod/" }, {});
    const missing = await rejection(secrets.get("A"));
    expect(missing).toMatchObject({ code: "ERR_SECRETS_NOT_FOUND", secretName: "A" });
    expect((missing as SecretsError).hint).toContain("prod/A");
    store.failing.set("prod/A", "ERR_SECRETS_ACCESS_DENIED");
    await secrets.refresh("A").catch(() => undefined);
    expect(await rejection(secrets.get("A"))).toMatchObject({ code: "ERR_SECRETS_ACCESS_DENIED", secretName: "A" });
  });

  it("can be left by no name", async () => {
    const { store, secrets } = named({ prefix: "prod/" }, { "stage/A": "x" });
    for (const name of ["/stage/A", "../stage/A", "/../stage/A", "stage/A"]) {
      expect((await rejection(secrets.get(name))) as SecretsError).toMatchObject({
        code: expect.stringMatching(/INVALID_REF|NOT_FOUND/),
      });
    }
    await fc.assert(
      fc.asyncProperty(fc.string(), async (name) => {
        await secrets.get({ name }).catch(() => undefined);
        expect(store.calls.every((call) => call.startsWith("get prod/"))).toBe(true);
      }),
    );
  });

  it("lets word of a change come under either name", async () => {
    for (const name of ["A", "prod/A"]) {
      const { store, secrets } = named({ prefix: "prod/" }, { "prod/A": "1" });
      const live = await secrets.live("A");
      store.memory.rotate("prod/A", "2");
      secrets.refreshOn(
        (async function* () {
          yield { name };
        })(),
      );
      await vi.waitFor(() => expect(live.current.reveal()).toBe("2"));
      await secrets.close();
    }
  });

  it.each(["prod//", "../", "a b/", "a#", "é"])("of which no name could follow is refused: %s", (prefix) => {
    expect(() => named({ prefix }, {})).toThrow(expect.objectContaining({ code: "ERR_SECRETS_INVALID_CONFIG" }));
  });

  it.each(["/", "prod", "/prod/", "qarion.prod.", ""])("may be any beginning of a name: %s", async (prefix) => {
    const { secrets } = named({ prefix }, { [`${prefix}A`]: "1" });
    expect((await secrets.get("A")).reveal()).toBe("1");
  });

  it("and a bundle together are refused", () => {
    expect(() => named({ prefix: "prod/", bundle: "app" }, {})).toThrow(
      expect.objectContaining({ code: "ERR_SECRETS_INVALID_CONFIG" }),
    );
  });
});

describe("a bundle", () => {
  it("is fetched once, however many of its members are read, together or one after the other", async () => {
    const { store, secrets, events } = bundled({ A: "1", B: "2", C: { user: "u", port: 5432 } });
    const many = await secrets.getAll({ a: "A", b: "B", user: "C#user", port: "C#port" });
    expect(Object.values(many).map((secret) => secret.reveal())).toEqual(["1", "2", "u", "5432"]);
    expect(Object.values(many).map(({ name }) => name)).toEqual(["A", "B", "C#user", "C#port"]);
    expect((await secrets.get("C")).revealJson()).toEqual({ user: "u", port: 5432 });
    expect(store.calls).toEqual(["get prod/app"]);
    expect(events[0]).toMatchObject({ type: "fetch", name: "prod/app" });
  });

  it("has its members under their literal name first, then under their name as a variable", async () => {
    const { secrets } = bundled({ LLM_API_KEY_X: "1", "llm_api_key/y": "2", LLM_API_KEY_Y: "3" });
    expect((await secrets.get("llm_api_key/x")).reveal()).toBe("1");
    expect((await secrets.get("llm_api_key/y")).reveal()).toBe("2");
    expect((await secrets.get("LLM_API_KEY_Y")).reveal()).toBe("3");
  });

  it("gives no member to two names", async () => {
    const { secrets } = bundled({ A_B: "1" });
    await secrets.get("a/b");
    expect((await secrets.get("A_B")).reveal()).toBe("1");
    expect(await rejection(secrets.get("a-b"))).toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG" });
  });

  it("has own members only, even one that is called like itself", async () => {
    const { secrets } = bundled('{"prod/app":"inner","__proto__":"own"}');
    await secrets.check();
    expect((await secrets.get("prod/app")).reveal()).toBe("inner");
    expect((await secrets.get("__proto__")).reveal()).toBe("own");
    await secrets.check();
    expect((await secrets.get("prod/app")).reveal()).toBe("inner");
    for (const name of ["toString", "constructor", "hasOwnProperty", "missing"]) {
      expect(await rejection(secrets.get(name))).toMatchObject({ code: "ERR_SECRETS_NOT_FOUND", secretName: name });
    }
    expect(await secrets.getOptional("missing")).toBeUndefined();
  });

  it("has members without stages and versions", async () => {
    const { store, secrets } = bundled({ A: "1" });
    store.memory.rotate("prod/app", '{"A":"2"}');
    for (const ref of ["A@previous", "A@pending", "A@v=1"]) {
      expect(await rejection(secrets.get(ref))).toMatchObject({ code: "ERR_SECRETS_UNSUPPORTED", secretName: "A" });
    }
    expect(await rejection(secrets.promote("A", "1"))).toMatchObject({ code: "ERR_SECRETS_UNSUPPORTED" });
    expect(await rejection(secrets.put("A@pending", "1"))).toMatchObject({ code: "ERR_SECRETS_UNSUPPORTED" });
    expect(store.calls).toEqual([]);
  });

  it("dates no member by its own version", async () => {
    const provider: SecretProvider = {
      name: "dated",
      capabilities: { stages: true, versions: true },
      naming: { bundle: "app" },
      get: async () => ({ value: '{"A":"1"}', version: "7", activatedAt: new Date(0) }),
    };
    const secret = await createSecrets({ provider }).get("A");
    expect(secret.version).toBe("7");
    expect(secret.activatedAt).toBeUndefined();
  });

  it("that is no JSON object says so without quoting it", async () => {
    for (const text of [canary(), `{"A":"${canary()}"`, `["${canary()}"]`, "null", "7"]) {
      const { secrets } = bundled(text);
      const error = await rejection(secrets.get("A"));
      expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE", secretName: "prod/app" });
      expect(shown(error)).not.toContain("canary");
      expect(await rejection(listed(secrets))).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE" });
    }
  });

  it("is denied or missing as a whole", async () => {
    const { store, secrets } = bundled({ A: "1" });
    store.failing.set("prod/app", "ERR_SECRETS_ACCESS_DENIED");
    const answers = await secrets.getMany(["A", "B"]);
    expect([...answers.values()].map((error) => (error as SecretsError).code)).toEqual(
      Array(2).fill("ERR_SECRETS_ACCESS_DENIED"),
    );
    expect(store.calls).toEqual(["get prod/app"]);
  });

  it("follows its members live, and optional ones as they come and go", async () => {
    const { store, secrets } = bundled({ A: "1" });
    const a = await secrets.live("A");
    const b = await secrets.live("B", { optional: true });
    expect(b.current).toBeUndefined();
    store.memory.set("prod/app", '{"A":"1","B":"new"}');
    await secrets.refresh("A");
    expect(b.current?.reveal()).toBe("new");
    store.memory.set("prod/app", '{"B":"new"}');
    await secrets.refresh();
    expect(a.current.reveal()).toBe("1");
    expect(a.error?.code).toBe("ERR_SECRETS_NOT_FOUND");
    await secrets.close();
  });

  it("lists the names of its members", async () => {
    const { secrets } = bundled({ "app/a": "1", "app/b": null, C: "3" });
    expect(await listed(secrets)).toEqual([{ name: "app/a" }, { name: "app/b" }, { name: "C" }]);
    expect(await listed(secrets, "app/")).toEqual([{ name: "app/a" }, { name: "app/b" }]);
  });

  it("is one secret to the readiness check and to the redactor, which knows each member", async () => {
    const { secrets } = bundled({ API_TOKEN: "canary-1234567890-abcdef" });
    const redactor = createRedactor();
    redactor.follow(secrets);
    await secrets.get("API_TOKEN");
    expect(redactor.redact("got canary-1234567890-abcdef")).not.toContain("1234567890");
    expect(await secrets.check()).toMatchObject({ status: "ready", secrets: [{ name: "prod/app", verdict: "ok" }] });
  });

  it("serves a ring whose keys are members, and the ring follows a change that anyone reads", async () => {
    const { store, secrets } = bundled({ K: "k".repeat(32) });
    const ring = await keyRingFrom(secrets, {
      name: "rows",
      current: "K",
      previous: ["K_PREVIOUS"],
      pending: "K_NEXT",
      parse: (secret) => secret.revealBytes(),
    });
    store.memory.set("prod/app", JSON.stringify({ K: "n".repeat(32), K_PREVIOUS: "k".repeat(32) }));
    await secrets.refresh("K");
    await vi.waitFor(() => expect(ring.status().map(({ state }) => state)).toEqual(["current", "previous"]));
    await secrets.close();
  });

  it("lets word of a change through for itself and for members that were read, and for nothing else", async () => {
    const { store, secrets } = bundled({ A: "1" });
    await secrets.live("A");
    const asked = store.calls.length;
    const tell = (name: string) =>
      secrets.refreshOn(
        (async function* () {
          yield { name };
        })(),
      );
    for (let n = 0; n < 100; n++) tell(`made-up-${n}`);
    await new Promise(setImmediate);
    expect(store.calls).toHaveLength(asked);
    tell("A");
    await vi.waitFor(() => expect(store.calls).toHaveLength(asked + 1));
    tell("prod/app");
    await vi.waitFor(() => expect(store.calls).toHaveLength(asked + 2));
    await secrets.close();
  });

  it("keeps a change of one document from being seen half: all members move at once", async () => {
    const { store, secrets } = bundled({ A: "a1", B: "b1" });
    await secrets.get("A");
    store.memory.set("prod/app", '{"A":"a2","B":"b2"}');
    expect((await secrets.get("B")).reveal()).toBe("b1");
    await secrets.refresh("B");
    expect((await secrets.get("A")).reveal()).toBe("a2");
  });
});

describe("firstOf", () => {
  it("applies each provider's own prefix or bundle", async () => {
    const local = Object.assign(recordedStore({ "dev/A": "local" }), { name: "local", naming: { prefix: "dev/" } });
    const cloud = Object.assign(recordedStore({ app: '{"A":"cloud","B":"cloud b","C_D":"cloud d"}' }), {
      name: "cloud",
      naming: { bundle: "app" },
    });
    const secrets = createSecrets({ provider: firstOf([local, cloud]) });
    const { a, b, d } = await secrets.getAll({ a: "A", b: "B", d: "c/d" });
    expect([a.reveal(), b.reveal(), d.reveal()]).toEqual(["local", "cloud b", "cloud d"]);
    expect(cloud.calls).toEqual(["get app"]);
    expect(await rejection(secrets.get("E"))).toMatchObject({ code: "ERR_SECRETS_NOT_FOUND", secretName: "E" });
    expect(await rejection(secrets.get("A@previous"))).toMatchObject({ code: "ERR_SECRETS_NOT_FOUND" });
    expect(await listed(secrets)).toEqual([{ name: "A" }, { name: "B" }, { name: "C_D" }]);
    local.failing.set("dev/B", "ERR_SECRETS_ACCESS_DENIED");
    await secrets.refresh("B").catch(() => undefined);
    expect(await rejection(secrets.get("B"))).toMatchObject({ code: "ERR_SECRETS_ACCESS_DENIED", secretName: "B" });
  });

  it("takes a bundle that is broken for an answer", async () => {
    const cloud = Object.assign(recordedStore({ app: "no json" }), { naming: { bundle: "app" } });
    const secrets = createSecrets({ provider: firstOf([cloud, recordedStore({ A: "weaker" })]) });
    expect(await rejection(secrets.get("A"))).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE" });
  });
});
