import { fakeClock } from "@qarion-testing/support";
import { describe, expect, it, vi } from "vitest";
import { createSecrets, memoryProvider, type SecretProvider, SecretsError } from "../src/index.js";
import { listed, setup, ttlMs } from "./setup.js";
import { canary, rejection, shown } from "./shown.js";

describe("createSecrets", () => {
  it.each<[string, object]>([
    ["no provider", {}],
    ["a provider that is none", { provider: { name: "x", capabilities: {} } }],
    [
      "a provider without a name",
      { provider: { ...memoryProvider(), get: async () => ({ value: "" }), name: undefined } },
    ],
    ["a provider without capabilities", { provider: { name: "x", get: async () => ({ value: "" }) } }],
    ["a timeoutMs of 0", { provider: memoryProvider(), timeoutMs: 0 }],
    ["an endless timeoutMs", { provider: memoryProvider(), timeoutMs: Number.POSITIVE_INFINITY }],
    ["a timeoutMs that is no number", { provider: memoryProvider(), timeoutMs: "10" }],
  ])("refuses %s", (_, options) => {
    expect(() => createSecrets(options as never)).toThrow(
      expect.objectContaining({ code: "ERR_SECRETS_INVALID_CONFIG", name: "SecretsError" }),
    );
  });

  it("asks the provider nothing before it is asked itself", () => {
    const { store, clock } = setup({ A: "1" });
    expect(store.calls).toEqual([]);
    expect(clock.sleepers()).toEqual([]);
  });

  it("calls the provider's methods as methods", async () => {
    class Store implements SecretProvider {
      readonly name = "class";
      readonly capabilities = { stages: true, versions: true };
      readonly #value = "private";
      async get() {
        return { value: this.#value, version: "1" };
      }
      async getMany(refs: readonly Parameters<SecretProvider["get"]>[0][]) {
        return new Map(refs.map((ref) => [ref, { value: this.#value, version: "1" }]));
      }
      async describe() {
        return { version: this.#value };
      }
      async *list() {
        yield { name: this.#value };
      }
      async put() {
        return { version: this.#value };
      }
      async promote() {
        if (this.#value !== "private") throw new Error("no");
      }
      async close() {
        if (this.#value !== "private") throw new Error("no");
      }
    }
    const clock = fakeClock();
    const secrets = createSecrets({ provider: new Store(), clock, cache: { ttlMs, revalidate: "await" } });
    await secrets.getMany(["A", "B"]);
    await clock.advance(ttlMs);
    expect((await secrets.get("A")).reveal()).toBe("private");
    expect(await listed(secrets)).toEqual([{ name: "private" }]);
    expect(await secrets.put("A", "x")).toEqual({ version: "private" });
    await secrets.promote("A", "1");
    await secrets.close();
  });
});

describe("get", () => {
  it("gives the secret, or rejects with a code", async () => {
    const { secrets } = setup({ A: "1" });
    expect((await secrets.get("A")).reveal()).toBe("1");
    expect(await rejection(secrets.get("B"))).toMatchObject({ code: "ERR_SECRETS_NOT_FOUND", secretName: "B" });
  });

  it("rejects and never throws, for a bad reference too", async () => {
    const { secrets } = setup({});
    const promise = secrets.get("../x");
    expect(promise).toBeInstanceOf(Promise);
    expect(await rejection(promise)).toMatchObject({ code: "ERR_SECRETS_INVALID_REF" });
  });

  it("leaves a caller alone whose signal was aborted, whatever the cache holds", async () => {
    const { store, secrets } = setup({ A: "1" });
    const aborted = { signal: AbortSignal.abort(new Error("x")) };
    expect(await rejection(secrets.get("A", aborted))).toMatchObject({
      code: "ERR_SECRETS_ABORTED",
      secretName: "A",
      provider: "recorded",
    });
    expect(store.calls).toEqual([]);
    await secrets.get("A");
    expect(await rejection(secrets.get("A", aborted))).toMatchObject({ code: "ERR_SECRETS_ABORTED" });
  });

  it("lets one caller give up and the others have the answer, by the same call", async () => {
    const { store, clock, secrets } = setup({ A: "1" });
    const release = store.hold();
    const abort = new AbortController();
    const impatient = rejection(secrets.get("A", { signal: abort.signal }));
    const patient = [secrets.get("A"), secrets.get("A", { signal: new AbortController().signal })];
    await clock.advance(0);
    abort.abort(new Error(canary()));
    expect(await impatient).toMatchObject({ code: "ERR_SECRETS_ABORTED", secretName: "A" });
    release();
    expect((await Promise.all(patient)).map((secret) => secret.reveal())).toEqual(["1", "1"]);
    expect(store.calls).toEqual(["get A"]);
    expect((await secrets.get("A")).reveal()).toBe("1");
  });

  it("outlives a call that fails after everyone gave up", async () => {
    const { store, clock, secrets } = setup({ A: "1" });
    const release = store.hold();
    const abort = new AbortController();
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    const read = rejection(secrets.get("A", { signal: abort.signal }));
    await clock.advance(0);
    abort.abort();
    await read;
    release();
    await clock.advance(0);
    store.memory.fail(undefined);
    expect((await secrets.get("A")).reveal()).toBe("1");
  });

  it("leaves no listener on a signal that outlives it", async () => {
    const { secrets } = setup({ A: "1" });
    const { signal } = new AbortController();
    let listeners = 0;
    signal.addEventListener = () => {
      listeners += 1;
    };
    signal.removeEventListener = () => {
      listeners -= 1;
    };
    await secrets.get("A", { signal });
    await secrets.get("A", { signal });
    await Promise.resolve();
    expect(listeners).toBe(0);
  });
});

describe("getOptional", () => {
  it("is undefined for what is not found, a key too", async () => {
    const { secrets } = setup({ JSON: "{}" });
    expect(await secrets.getOptional("A")).toBeUndefined();
    expect(await secrets.getOptional("JSON#none")).toBeUndefined();
    expect(await secrets.getOptional("JSON@previous")).toBeUndefined();
  });

  it.each([
    "ERR_SECRETS_ACCESS_DENIED",
    "ERR_SECRETS_VERSION_DISABLED",
    "ERR_SECRETS_UNAVAILABLE",
    "ERR_SECRETS_UNAUTHENTICATED",
    "ERR_SECRETS_UNKNOWN",
  ] as const)("rejects for %s: denied is not missing", async (code) => {
    const { store, secrets } = setup({ A: "1" });
    store.failing.set("A", code);
    expect(await rejection(secrets.getOptional("A"))).toMatchObject({ code });
  });
});

describe("getAll", () => {
  it("gives all under the names of the caller, by one batch", async () => {
    const { store, secrets } = setup({ A: "1", B: '{"k":"2"}' });
    const { first, second, third } = await secrets.getAll({ first: "A", second: "B#k", third: { name: "A" } });
    expect([first, second, third].map((secret) => secret.reveal())).toEqual(["1", "2", "1"]);
    expect(store.calls).toEqual(["getMany A,B"]);
    expect(await secrets.getAll({})).toEqual({});
  });

  it("rejects with an AggregateError that names every failure, and no value", async () => {
    const value = canary();
    const { store, secrets } = setup({ A: value, B: value });
    store.failing.set("B", "ERR_SECRETS_ACCESS_DENIED");
    const error = (await rejection(secrets.getAll({ a: "A", b: "B", c: "C", d: `../${value}` }))) as AggregateError;
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.errors.map((each: SecretsError) => each.code)).toEqual([
      "ERR_SECRETS_ACCESS_DENIED",
      "ERR_SECRETS_NOT_FOUND",
      "ERR_SECRETS_INVALID_REF",
    ]);
    expect(error.errors.every((each) => SecretsError.is(each))).toBe(true);
    expect(error.message).toBe(
      "3 of 4 secrets could not be had: B (ERR_SECRETS_ACCESS_DENIED), C (ERR_SECRETS_NOT_FOUND), d (ERR_SECRETS_INVALID_REF)",
    );
    expect(shown(error)).not.toContain(value);
  });

  it("takes a name such as __proto__ for a name", async () => {
    const { secrets } = setup({ A: "1" });
    const refs = JSON.parse('{"__proto__":"A"}') as Record<string, string>;
    const all = await secrets.getAll(refs);
    expect(Object.hasOwn(all, "__proto__")).toBe(true);
    expect(Object.getPrototypeOf(all)).toBe(Object.prototype);
  });
});

describe("getMany", () => {
  it("gives a verdict for each reference as it was written, and does not reject", async () => {
    const { store, secrets } = setup({ A: "1" });
    store.failing.set("B", "ERR_SECRETS_THROTTLED");
    const verdicts = await secrets.getMany(["A", "A@current", "B", "C", "..", "A#k"]);
    expect([...verdicts.keys()]).toEqual(["A", "A@current", "B", "C", "..", "A#k"]);
    expect([...verdicts.values()].map((each) => (SecretsError.is(each) ? each.code : each.reveal()))).toEqual([
      "1",
      "1",
      "ERR_SECRETS_THROTTLED",
      "ERR_SECRETS_NOT_FOUND",
      "ERR_SECRETS_INVALID_REF",
      "ERR_SECRETS_INVALID_VALUE",
    ]);
    expect(store.calls).toEqual(["getMany A,B,C"]);
    expect((await secrets.getMany([])).size).toBe(0);
  });

  it("answers what it can from the cache and asks for the rest", async () => {
    const { store, secrets } = setup({ A: "1", B: "2", C: "3" });
    await secrets.get("A");
    await secrets.getMany(["A", "B", "C"]);
    expect(store.calls).toEqual(["get A", "getMany B,C"]);
  });
});

describe("refresh", () => {
  it("of all asks for every secret held, at once, each stage of it", async () => {
    const { store, secrets } = setup({ A: "1", B: "2" });
    store.memory.rotate("A", "1b");
    await secrets.getMany(["A", "A@previous", "B"]);
    store.calls.length = 0;
    store.memory.set("A", "1c");
    await secrets.refresh();
    expect(store.calls).toEqual(["getMany A,A@previous,B"]);
    expect((await secrets.get("A")).reveal()).toBe("1c");
  });

  it("of all with nothing held asks nothing", async () => {
    const { store, secrets } = setup({ A: "1" });
    await secrets.refresh();
    expect(store.calls).toEqual([]);
  });

  it("of all rejects with an AggregateError that names every failure, after it tried them all", async () => {
    const { store, secrets } = setup({ A: "1", B: "2", C: "3" });
    await secrets.getMany(["A", "B", "C"]);
    store.failing.set("A", "ERR_SECRETS_UNAVAILABLE");
    store.memory.delete("B");
    store.memory.set("C", "3b");
    const error = (await rejection(secrets.refresh())) as AggregateError;
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.message).toBe(
      "2 of 3 secrets could not be refreshed: A (ERR_SECRETS_UNAVAILABLE), B (ERR_SECRETS_NOT_FOUND)",
    );
    expect((await secrets.get("C")).reveal()).toBe("3b");
    expect((await secrets.get("A")).reveal()).toBe("1");
  });

  it("of one rejects with its error", async () => {
    const { secrets } = setup({});
    expect(await rejection(secrets.refresh("A"))).toMatchObject({ code: "ERR_SECRETS_NOT_FOUND" });
    expect(await rejection(secrets.refresh(".."))).toMatchObject({ code: "ERR_SECRETS_INVALID_REF" });
  });
});

describe("close", () => {
  it("closes the provider once, however often it is called", async () => {
    const { store, secrets } = setup({ A: "1" });
    const close = vi.fn(() => Promise.resolve());
    store.close = close;
    await Promise.all([secrets.close(), secrets.close()]);
    await secrets.close();
    await secrets[Symbol.asyncDispose]();
    expect(close).toHaveBeenCalledTimes(1);
  });

  it("makes everything afterwards _CLOSED, cached values too", async () => {
    const { store, secrets } = setup({ A: "1" });
    await secrets.get("A");
    const live = await secrets.live("A");
    await secrets.close();
    store.calls.length = 0;
    const afterwards: [string, () => Promise<unknown>][] = [
      ["get", () => secrets.get("A")],
      ["getOptional", () => secrets.getOptional("A")],
      ["live", () => secrets.live("A")],
      ["refresh", () => secrets.refresh()],
      ["refresh of one", () => secrets.refresh("A")],
      ["list", () => listed(secrets)],
      ["put", () => secrets.put("A", "2")],
      ["promote", () => secrets.promote("A", "1")],
      ["check", () => secrets.check()],
    ];
    for (const [name, call] of afterwards) {
      expect([name, await rejection(call())]).toMatchObject([name, { code: "ERR_SECRETS_CLOSED" }]);
    }
    expect((await secrets.getMany(["A"])).get("A")).toMatchObject({ code: "ERR_SECRETS_CLOSED" });
    expect(await rejection(secrets.getAll({ a: "A" }))).toMatchObject({ errors: [{ code: "ERR_SECRETS_CLOSED" }] });
    await live.ready();
    expect(store.calls).toEqual([]);
  });

  it("settles what is under way, a live secret that is starting too", async () => {
    const { store, clock, secrets } = setup({ A: "1", B: "2" });
    store.hold();
    const calls = [secrets.get("A"), secrets.live("B"), secrets.refresh("A"), secrets.getAll({ a: "A", b: "B" })];
    const errors = calls.map((call) => rejection(call));
    await clock.advance(0);
    await secrets.close();
    for (const error of await Promise.all(errors)) {
      const [first] = error instanceof AggregateError ? error.errors : [error];
      expect(first).toMatchObject({ code: "ERR_SECRETS_CLOSED" });
    }
    expect(clock.sleepers()).toEqual([]);
  });

  it("settles a read that has a stale value to fall back on: closed is no outage", async () => {
    const { store, clock, secrets } = setup({ A: "1" }, { cache: { revalidate: "await" } });
    await secrets.get("A");
    await clock.advance(ttlMs);
    store.hold();
    const read = rejection(secrets.get("A"));
    await clock.advance(0);
    await secrets.close();
    expect(await read).toMatchObject({ code: "ERR_SECRETS_CLOSED" });
  });

  it("tells nobody of the calls that it ends as if they had failed", async () => {
    const { store, clock, secrets, events } = setup({ A: "1" });
    const live = await secrets.live("A");
    store.hold();
    const refresh = rejection(secrets.refresh("A"));
    await clock.advance(0);
    await secrets.close();
    await refresh;
    expect(events.filter(({ type }) => type === "error")).toEqual([]);
    expect(live.error).toBeUndefined();
  });

  it("rejects when the provider cannot be closed, the same each time, without the raw error", async () => {
    const secret = canary();
    const { store, secrets } = setup({ A: "1" });
    store.close = () => Promise.reject(new Error(secret));
    const error = await rejection(secrets.close());
    expect(error).toMatchObject({ code: "ERR_SECRETS_UNKNOWN", provider: "recorded" });
    expect(shown(error)).not.toContain(secret);
    expect(await rejection(secrets.close())).toBe(error);
  });

  it("is what `await using` does", async () => {
    const { store, secrets } = setup({ A: "1" });
    const close = vi.fn(() => Promise.resolve());
    store.close = close;
    await secrets[Symbol.asyncDispose]();
    expect(close).toHaveBeenCalledTimes(1);
    expect(await rejection(secrets.get("A"))).toMatchObject({ code: "ERR_SECRETS_CLOSED" });
  });
});
