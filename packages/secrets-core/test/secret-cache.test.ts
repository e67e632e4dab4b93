import { fakeClock } from "@qarion-testing/support";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type CacheOptions,
  createSecrets,
  type Secret,
  type Secrets,
  SecretsError,
  type SecretsErrorCode,
  type SecretsEvent,
} from "../src/index.js";
import { createRedactor } from "../src/redact/index.js";
import { type RecordedStoreOptions, recordedStore } from "./recorded-store.js";
import { canary, rejection, shown } from "./shown.js";

const ttlMs = 60_000;
const maxStaleMs = 600_000;
const timeoutMs = 1_000;

function cached(
  initial: Record<string, string | Uint8Array>,
  options: RecordedStoreOptions & { cache?: CacheOptions | false } = {},
) {
  const store = recordedStore(initial, options);
  const clock = fakeClock();
  const events: SecretsEvent[] = [];
  const cache = options.cache === false ? false : { ttlMs, maxStaleMs, ...options.cache };
  const secrets = createSecrets({ provider: store, clock, cache, timeoutMs, onEvent: (event) => events.push(event) });
  const reveal = async (ref: string) => (await secrets.get(ref)).reveal();
  const codeOf = async (ref: string) => ((await rejection(secrets.get(ref))) as SecretsError).code;
  return { store, clock, secrets, events, reveal, codeOf };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a cached secret", () => {
  it("is read from the store once and answered from the cache while it is fresh", async () => {
    const { store, clock, reveal } = cached({ A: "1" });
    for (let read = 0; read < 10; read += 1) {
      expect(await reveal("A")).toBe("1");
      await clock.advance(5_000);
    }
    expect(store.calls).toEqual(["get A"]);
  });

  it("is one call for fifty readers at once", async () => {
    const { store, clock, secrets } = cached({ A: "1" });
    const release = store.hold();
    const reads = Array.from({ length: 25 }, () => secrets.get("A"));
    await clock.advance(100);
    reads.push(...Array.from({ length: 25 }, () => secrets.get("A")));
    release();
    expect(new Set((await Promise.all(reads)).map((secret) => secret.reveal()))).toEqual(new Set(["1"]));
    expect(store.calls).toEqual(["get A"]);
  });

  it("is one call for fifty readers of its keys too", async () => {
    const { store, secrets } = cached({ A: JSON.stringify({ user: "u", password: "p" }) });
    await Promise.all(Array.from({ length: 50 }, (_, index) => secrets.get(index % 2 ? "A#user" : "A#password")));
    expect(store.calls).toEqual(["get A"]);
  });

  it("fails fifty readers at once with one call, each with the same error", async () => {
    const { store, codeOf } = cached({});
    const codes = await Promise.all(Array.from({ length: 50 }, () => codeOf("A")));
    expect(new Set(codes)).toEqual(new Set(["ERR_SECRETS_NOT_FOUND"]));
    expect(store.calls).toEqual(["get A"]);
  });

  it("of one stage is never answered from another: previous is not current", async () => {
    const { store, reveal } = cached({ A: "old" });
    store.memory.rotate("A", "new");
    expect(await reveal("A")).toBe("new");
    expect(await reveal("A@previous")).toBe("old");
    expect(await reveal("A@v=1")).toBe("old");
    expect(await reveal("A@v=2")).toBe("new");
    expect(await reveal("A@current")).toBe("new");
    expect(store.calls).toEqual(["get A", "get A@previous", "get A@v=1", "get A@v=2"]);
  });

  it("that is empty is a value, not a missing one", async () => {
    const { store, secrets, reveal } = cached({ A: "", B: new Uint8Array(0) });
    expect(await reveal("A")).toBe("");
    expect((await secrets.getOptional("A"))?.reveal()).toBe("");
    expect((await secrets.get("B")).revealBytes()).toHaveLength(0);
    expect(store.calls).toEqual(["get A", "get B"]);
  });
});

describe("a key of a JSON secret", () => {
  it("is a view of the one document, so that two keys never come from two versions", async () => {
    const { store, clock, secrets } = cached({ A: JSON.stringify({ user: "u1", password: "p1" }) });
    const pair = async () =>
      [(await secrets.get("A#user")).reveal(), (await secrets.get("A#password")).reveal()].join(" ");
    expect(await pair()).toBe("u1 p1");
    store.memory.set("A", JSON.stringify({ user: "u2", password: "p2" }));
    expect(await pair()).toBe("u1 p1");
    await clock.advance(ttlMs);
    const both = await Promise.all([secrets.get("A#user"), secrets.get("A#password")]);
    expect(both.map((secret) => secret.version)).toEqual(["1", "1"]);
    await clock.advance(0);
    expect(await pair()).toBe("u2 p2");
    expect(store.calls).toHaveLength(2);
  });

  it("has the document's facts, and the key in its name", async () => {
    const { secrets } = cached({ A: '{"k":"v"}' });
    const [whole, member] = await Promise.all([secrets.get("A"), secrets.get("A#k")]);
    expect({ ...member }).toEqual({ ...whole, name: "A#k" });
    expect(String(member)).toBe("[redacted A#k]");
  });

  it.each<[string, string]>([
    ["true", "true"],
    ["5432", "5432"],
    ["-1.5e-7", "-1.5e-7"],
    ["9007199254740991", "9007199254740991"],
    ['{"a":[1,"b"]}', '{"a":[1,"b"]}'],
    ["[]", "[]"],
    ['""', ""],
    ['"5432"', "5432"],
    ['"null"', "null"],
    ['"\\u00e9\\n"', "é\n"],
  ])("that is %s is given as %j", async (member, value) => {
    const { reveal } = cached({ A: `{"k":${member}}` });
    expect(await reveal("A#k")).toBe(value);
  });

  it.each([
    "9007199254740993",
    "-9007199254740993",
    "12345678901234567890",
    "1e400",
    '{"pin":12345678901234567890}',
    "[[-1e999]]",
  ])("that is the number %s, which JavaScript cannot hold, is refused and not given as another", async (member) => {
    const { secrets } = cached({ A: `{"k":${member}}` });
    const error = await rejection(secrets.get("A#k"));
    expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE", secretName: "A#k" });
    expect((error as SecretsError).message).not.toMatch(/\d{10}/);
  });

  it("that is null is _INVALID_VALUE, and not the text null", async () => {
    const { secrets, codeOf } = cached({ A: '{"k":null}' });
    expect(await codeOf("A#k")).toBe("ERR_SECRETS_INVALID_VALUE");
    expect(await rejection(secrets.getOptional("A#k"))).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE" });
  });

  it.each(["toString", "constructor", "__proto__", "hasOwnProperty", "valueOf"])(
    "named %s, which every object inherits, is not found unless it is the object's own",
    async (key) => {
      const { codeOf, reveal } = cached({ A: "{}", B: `{"${key}":"own"}` });
      expect(await codeOf(`A#${key}`)).toBe("ERR_SECRETS_NOT_FOUND");
      expect(await reveal(`B#${key}`)).toBe("own");
    },
  );

  it("does not pollute the prototype of anything", async () => {
    const { reveal } = cached({ A: '{"__proto__":{"polluted":"yes"},"k":"v"}' });
    expect(await reveal("A#k")).toBe("v");
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });

  it.each(["not json", "", "[]", '["a"]', '"text"', "7", "null", "true", '{"a":1', "{'k':1}"])(
    "of %j, which is no JSON object, is _INVALID_VALUE",
    async (value) => {
      const { codeOf } = cached({ A: value });
      expect(await codeOf("A#k")).toBe("ERR_SECRETS_INVALID_VALUE");
      expect(await codeOf("A#0")).toBe("ERR_SECRETS_INVALID_VALUE");
      expect(await codeOf("A#length")).toBe("ERR_SECRETS_INVALID_VALUE");
    },
  );

  it("of binary that is no UTF-8 is _INVALID_VALUE", async () => {
    const { codeOf } = cached({ A: Uint8Array.of(0xff) });
    expect(await codeOf("A#k")).toBe("ERR_SECRETS_INVALID_VALUE");
  });

  it("that is missing fails alone: the document and its other keys are not asked for again", async () => {
    const { store, codeOf, reveal } = cached({ A: '{"k":"v"}' });
    expect(await codeOf("A#none")).toBe("ERR_SECRETS_NOT_FOUND");
    expect(await codeOf("A#none")).toBe("ERR_SECRETS_NOT_FOUND");
    expect(await reveal("A#k")).toBe("v");
    expect(store.calls).toEqual(["get A"]);
  });

  it("is not shown by the error about its document", async () => {
    const value = canary();
    const { secrets } = cached({ A: `{"k":"${value}"`, B: `{"k":"${value}"}`, C: `["${value}"]` });
    for (const ref of ["A#k", "B#none", "C#k"]) {
      expect(shown(await rejection(secrets.get(ref)))).not.toContain(value);
    }
  });

  it("is not shown by the error about a short document either, which V8 would quote in full", async () => {
    const { secrets } = cached({ A: "p4ss", B: "{p4ss" });
    for (const ref of ["A#k", "B#k"]) expect(shown(await rejection(secrets.get(ref)))).not.toContain("p4ss");
  });

  it("is found for any object and any own key", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { minKeys: 1 }), async (object) => {
        const { secrets } = cached({ A: JSON.stringify(object) });
        for (const [key, value] of Object.entries(object)) {
          expect((await secrets.get({ name: "A", key })).reveal()).toBe(value);
        }
      }),
    );
  });
});

describe("a value past its ttlMs", () => {
  it("is served as stale at once and refreshed behind the read, by one call however many read", async () => {
    const { store, clock, secrets, reveal } = cached({ A: "1" });
    await secrets.get("A");
    store.memory.set("A", "2");
    await clock.advance(ttlMs);
    const release = store.hold();
    const reads = await Promise.all(Array.from({ length: 50 }, () => secrets.get("A")));
    expect(reads.map((secret) => [secret.reveal(), secret.state])).toEqual(Array(50).fill(["1", "stale"]));
    release();
    await clock.advance(0);
    expect(await reveal("A")).toBe("2");
    expect((await secrets.get("A")).state).toBe("fresh");
    expect(store.calls).toEqual(["get A", "get A"]);
  });

  it("is refreshed before the read in the mode await, by one call however many read", async () => {
    const { store, clock, secrets } = cached({ A: "1" }, { cache: { revalidate: "await" } });
    await secrets.get("A");
    store.memory.set("A", "2");
    await clock.advance(ttlMs);
    const reads = await Promise.all(Array.from({ length: 50 }, () => secrets.get("A")));
    expect(reads.map((secret) => [secret.reveal(), secret.state])).toEqual(Array(50).fill(["2", "fresh"]));
    expect(store.calls).toEqual(["get A", "get A"]);
  });

  it("is asked for before the read once it is past ttlMs + maxStaleMs, in every mode", async () => {
    for (const revalidate of ["background", "await"] as const) {
      const { store, clock, reveal } = cached({ A: "1" }, { cache: { revalidate } });
      await reveal("A");
      store.memory.set("A", "2");
      await clock.advance(ttlMs + maxStaleMs);
      expect(await reveal("A")).toBe("2");
    }
  });

  it("keeps the fresh view and the stale view of one answer apart", async () => {
    const { store, clock, secrets } = cached({ A: '{"k":"v"}' });
    const fresh = await secrets.get("A#k");
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    await clock.advance(ttlMs);
    const stale = await secrets.get("A#k");
    expect([fresh.state, stale.state]).toEqual(["fresh", "stale"]);
    expect(stale.fetchedAt).toEqual(fresh.fetchedAt);
    expect(stale.equals(fresh)).toBe(true);
  });
});

const outages: SecretsErrorCode[] = [
  "ERR_SECRETS_THROTTLED",
  "ERR_SECRETS_UNAVAILABLE",
  "ERR_SECRETS_TIMEOUT",
  "ERR_SECRETS_UNAUTHENTICATED",
  "ERR_SECRETS_INTEGRITY",
];
const verdicts: SecretsErrorCode[] = [
  "ERR_SECRETS_NOT_FOUND",
  "ERR_SECRETS_ACCESS_DENIED",
  "ERR_SECRETS_VERSION_DISABLED",
  "ERR_SECRETS_INVALID_REF",
  "ERR_SECRETS_INVALID_VALUE",
  "ERR_SECRETS_INVALID_CONFIG",
  "ERR_SECRETS_UNSUPPORTED",
  "ERR_SECRETS_PROVIDER_UNKNOWN",
  "ERR_SECRETS_PROVIDER_NOT_INSTALLED",
  "ERR_SECRETS_UNKNOWN",
];

describe.each(outages)("%s, which is an outage,", (code) => {
  it.each(["background", "await"] as const)(
    "lets the last good value be served as stale up to ttlMs + maxStaleMs, and no longer (%s)",
    async (revalidate) => {
      const { store, clock, secrets, codeOf } = cached({ A: "1" }, { cache: { revalidate } });
      const { fetchedAt } = await secrets.get("A");
      store.memory.fail(code);
      for (const age of [ttlMs, ttlMs + 1, ttlMs + maxStaleMs / 2, ttlMs + maxStaleMs - 1]) {
        await clock.advance(fetchedAt.getTime() + age - clock.now());
        const secret = await secrets.get("A");
        expect([secret.reveal(), secret.state, secret.fetchedAt]).toEqual(["1", "stale", fetchedAt]);
      }
      await clock.advance(1);
      expect(await codeOf("A")).toBe(code);
      store.memory.fail(undefined);
      expect((await secrets.get("A")).state).toBe("fresh");
    },
  );

  it("is not kept where there is no value: the next read asks again", async () => {
    const { store, reveal, codeOf } = cached({ A: "1" });
    store.memory.fail(code);
    expect(await codeOf("A")).toBe(code);
    store.memory.fail(undefined);
    expect(await reveal("A")).toBe("1");
  });

  it("does not lose the last good value when it fails a forced refresh", async () => {
    const { store, clock, secrets } = cached({ A: "1" });
    await secrets.get("A");
    store.memory.fail(code);
    expect(await rejection(secrets.refresh("A"))).toMatchObject({ code });
    expect(await secrets.get("A")).toMatchObject({ state: "fresh" });
    await clock.advance(ttlMs);
    expect(await secrets.get("A")).toMatchObject({ state: "stale" });
  });
});

describe.each(verdicts)("%s, which is no outage,", (code) => {
  it("is never papered over with the last good value (await)", async () => {
    const { store, clock, codeOf, secrets } = cached({ A: "1" }, { cache: { revalidate: "await" } });
    await secrets.get("A");
    store.memory.fail(code);
    await clock.advance(ttlMs);
    expect(await codeOf("A")).toBe(code);
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    await clock.advance(2_000);
    expect(await codeOf("A")).toBe("ERR_SECRETS_UNAVAILABLE"); // an outage afterwards does not bring it back
  });

  it("ends the last good value as soon as it is known (background)", async () => {
    const { store, clock, codeOf, secrets } = cached({ A: "1" });
    await secrets.get("A");
    store.memory.fail(code);
    await clock.advance(ttlMs);
    expect((await secrets.get("A")).state).toBe("stale"); // nobody knows yet
    await clock.advance(0);
    expect(await codeOf("A")).toBe(code);
  });

  it("ends the last good value when a forced refresh finds it", async () => {
    const { store, codeOf, secrets } = cached({ A: "1" });
    await secrets.get("A");
    store.memory.fail(code);
    expect(await rejection(secrets.refresh("A"))).toMatchObject({ code });
    expect(await codeOf("A")).toBe(code);
  });
});

describe("a value served in an outage", () => {
  it("is not renewed by being served, however often", async () => {
    const { store, clock, codeOf, reveal } = cached({ A: "1" });
    await reveal("A");
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    for (let age = 10_000; age < ttlMs + maxStaleMs; age += 10_000) {
      await clock.advance(10_000);
      expect(await reveal("A")).toBe("1");
    }
    await clock.advance(10_000);
    expect(await codeOf("A")).toBe("ERR_SECRETS_UNAVAILABLE");
  });

  it("asks the store after 1 s, 2 s, 4 s and so on up to 30 s, not with every read", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999_999_999);
    const { store, clock, reveal } = cached({ A: "1" }, { cache: { maxStaleMs: 3_600_000 } });
    await reveal("A");
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    await clock.advance(ttlMs);
    const askedAt: number[] = [];
    for (let second = 0; second <= 130; second += 1) {
      const before = store.calls.length;
      for (let read = 0; read < 5; read += 1) await reveal("A");
      await clock.advance(0);
      if (store.calls.length > before) askedAt.push(second);
      expect(store.calls.length - before).toBeLessThanOrEqual(1);
      await clock.advance(1_000);
    }
    expect(askedAt).toEqual([0, 1, 3, 7, 15, 31, 61, 91, 121]);
  });

  it("is fresh again with the first answer, and the pauses are short again", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999_999_999);
    const { store, clock, secrets, reveal } = cached({ A: "1" });
    await reveal("A");
    for (let outage = 0; outage < 3; outage += 1) {
      store.memory.fail("ERR_SECRETS_UNAVAILABLE");
      await clock.advance(ttlMs);
      await reveal("A");
      await clock.advance(1_000);
      store.memory.fail(undefined);
      await reveal("A");
      await clock.advance(0);
      expect((await secrets.get("A")).state).toBe("fresh");
    }
  });

  it("waits for no store in the mode await either, while that is left alone", async () => {
    const { store, clock, secrets } = cached({ A: "1" }, { cache: { revalidate: "await" } });
    await secrets.get("A");
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    await clock.advance(ttlMs);
    await secrets.get("A");
    const calls = store.calls.length;
    store.hold();
    expect((await secrets.get("A")).state).toBe("stale");
    expect(store.calls).toHaveLength(calls);
  });

  it("is served though the store hangs, after the deadline in the mode await", async () => {
    const { store, clock, secrets } = cached({ A: "1" }, { cache: { revalidate: "await" } });
    await secrets.get("A");
    await clock.advance(ttlMs);
    store.hold();
    const read = secrets.get("A");
    await clock.advance(timeoutMs);
    expect((await read).state).toBe("stale");
  });

  it("of one name says nothing of another", async () => {
    const { store, clock, reveal, codeOf } = cached({ A: "1", B: "2" });
    await reveal("A");
    await reveal("B");
    store.failing.set("A", "ERR_SECRETS_ACCESS_DENIED");
    await clock.advance(ttlMs);
    await Promise.all([reveal("A"), reveal("B")]);
    await clock.advance(0);
    expect(await codeOf("A")).toBe("ERR_SECRETS_ACCESS_DENIED");
    expect(await reveal("B")).toBe("2");
  });
});

describe("a missing secret", () => {
  const negative = ["ERR_SECRETS_NOT_FOUND", "ERR_SECRETS_ACCESS_DENIED", "ERR_SECRETS_VERSION_DISABLED"] as const;

  it.each(negative)("%s is remembered for a second and no longer", async (code) => {
    const { store, clock, codeOf, reveal } = cached({ A: "1" });
    store.failing.set("A", code);
    expect(await codeOf("A")).toBe(code);
    store.failing.delete("A");
    await clock.advance(999);
    expect(await codeOf("A")).toBe(code);
    expect(store.calls).toHaveLength(1);
    await clock.advance(1);
    expect(await reveal("A")).toBe("1");
  });

  it.each(negative)("%s is forgotten by a refresh", async (code) => {
    const { store, secrets, codeOf, reveal } = cached({ A: "1" });
    store.failing.set("A", code);
    expect(await codeOf("A")).toBe(code);
    store.failing.delete("A");
    await secrets.refresh("A");
    expect(await reveal("A")).toBe("1");
  });

  it("is looked for again when all is refreshed, and is no failure of that", async () => {
    const { store, secrets, reveal } = cached({ A: "1" });
    expect(await secrets.getOptional("B")).toBeUndefined();
    await reveal("A");
    await secrets.refresh();
    store.memory.set("B", "2");
    await secrets.refresh();
    expect(await reveal("B")).toBe("2");
  });

  it("is forgotten by a write of that name", async () => {
    const { secrets, codeOf, reveal } = cached({});
    expect(await codeOf("A")).toBe("ERR_SECRETS_NOT_FOUND");
    await secrets.put("A", "1");
    expect(await reveal("A")).toBe("1");
  });

  it("is not remembered for longer than a value would be", async () => {
    const { store, clock, codeOf } = cached({}, { cache: { ttlMs: 100 } });
    await codeOf("A");
    await clock.advance(100);
    await codeOf("A");
    expect(store.calls).toHaveLength(2);
  });

  it.each(["ERR_SECRETS_INVALID_VALUE", "ERR_SECRETS_UNSUPPORTED", "ERR_SECRETS_UNKNOWN"] as const)(
    "is not what %s is: that is not remembered",
    async (code) => {
      const { store, codeOf, reveal } = cached({ A: "1" });
      store.failing.set("A", code);
      expect(await codeOf("A")).toBe(code);
      store.failing.delete("A");
      expect(await reveal("A")).toBe("1");
    },
  );
});

describe("cache: false", () => {
  it("asks the store with every read, for what is missing too", async () => {
    const { store, reveal, codeOf } = cached({ A: "1" }, { cache: false });
    await reveal("A");
    store.memory.set("A", "2");
    expect(await reveal("A")).toBe("2");
    expect(await codeOf("B")).toBe("ERR_SECRETS_NOT_FOUND");
    store.memory.set("B", "3");
    expect(await reveal("B")).toBe("3");
    expect(store.calls).toEqual(["get A", "get A", "get B", "get B"]);
  });

  it("serves nothing in an outage", async () => {
    const { store, reveal, codeOf } = cached({ A: "1" }, { cache: false });
    await reveal("A");
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    expect(await codeOf("A")).toBe("ERR_SECRETS_UNAVAILABLE");
  });

  it("still joins the reads of one moment", async () => {
    const { store, secrets } = cached({ A: "1", B: "2" }, { cache: false });
    await Promise.all(Array.from({ length: 20 }, (_, index) => secrets.get(index % 2 ? "A" : "B")));
    expect(store.calls).toEqual(["getMany B,A"]);
  });
});

describe("a provider that can describe", () => {
  it("is asked for the version alone while that stays the same, and the value counts as fetched anew", async () => {
    const { store, clock, secrets } = cached({ A: "1" }, { describes: true, cache: { revalidate: "await" } });
    await secrets.get("A");
    for (let round = 0; round < 20; round += 1) {
      await clock.advance(ttlMs);
      const secret = await secrets.get("A");
      expect([secret.reveal(), secret.state, secret.fetchedAt.getTime()]).toEqual(["1", "fresh", clock.now()]);
    }
    expect(store.calls).toEqual(["get A", ...Array(20).fill("describe A")]);
  });

  it("is asked for the value when the version moved", async () => {
    const { store, clock, reveal } = cached({ A: "1" }, { describes: true, cache: { revalidate: "await" } });
    await reveal("A");
    store.memory.rotate("A", "2");
    await clock.advance(ttlMs);
    expect(await reveal("A")).toBe("2");
    expect(store.calls).toEqual(["get A", "describe A", "get A"]);
  });

  it("is asked for the value by a forced refresh", async () => {
    const { store, secrets } = cached({ A: "1" }, { describes: true });
    await secrets.get("A");
    await secrets.refresh("A");
    expect(store.calls).toEqual(["get A", "get A"]);
  });

  it("is not asked to describe a value that has no version", async () => {
    const clock = fakeClock();
    const describe = vi.fn(async () => ({}));
    const get = vi.fn(async () => ({ value: "1" }));
    const secrets = createSecrets({
      provider: { name: "p", capabilities: { stages: false, versions: false }, get, describe },
      clock,
      cache: { ttlMs, revalidate: "await" },
    });
    await secrets.get("A");
    await clock.advance(ttlMs);
    await secrets.get("A");
    expect([get.mock.calls.length, describe.mock.calls.length]).toEqual([2, 0]);
  });

  it("is asked for the value when it describes no version", async () => {
    const { store, clock, reveal } = cached({ A: "1" }, { describes: true, cache: { revalidate: "await" } });
    await reveal("A");
    store.describe = async () => ({});
    await clock.advance(ttlMs);
    expect(await reveal("A")).toBe("1");
    expect(store.calls).toEqual(["get A", "get A"]);
  });

  it("that refuses to is asked for values from then on, since many may read a value and not its metadata", async () => {
    const { store, clock, reveal } = cached({ A: "1", B: "2" }, { describes: true, cache: { revalidate: "await" } });
    const describe = vi.fn(() => Promise.reject(new SecretsError("ERR_SECRETS_ACCESS_DENIED")));
    store.describe = describe;
    await reveal("A");
    await reveal("B");
    await clock.advance(ttlMs);
    expect([await reveal("A"), await reveal("B")]).toEqual(["1", "2"]);
    expect(describe).toHaveBeenCalledTimes(1);
    expect(store.calls).toEqual(["get A", "get B", "get A", "get B"]);
  });

  it("of a missing secret is still asked to describe the others", async () => {
    const { store, clock, reveal, codeOf } = cached(
      { A: "1", B: "2" },
      { describes: true, cache: { revalidate: "await" } },
    );
    await reveal("A");
    await reveal("B");
    store.memory.delete("A");
    await clock.advance(ttlMs);
    expect(await codeOf("A")).toBe("ERR_SECRETS_NOT_FOUND");
    store.calls.length = 0;
    expect(await reveal("B")).toBe("2");
    expect(store.calls).toEqual(["describe B"]);
  });

  it("but cannot be reached is an outage: nothing else is asked of it, and the last good value stands in", async () => {
    const { store, clock, secrets } = cached({ A: "1" }, { describes: true, cache: { revalidate: "await" } });
    await secrets.get("A");
    store.memory.fail("ERR_SECRETS_THROTTLED");
    await clock.advance(ttlMs);
    expect((await secrets.get("A")).state).toBe("stale");
    expect(store.calls).toEqual(["get A", "describe A"]);
  });

  it("is not believed about the value: a disabled version is found out by the read", async () => {
    const { store, clock, codeOf, reveal } = cached({ A: "1" }, { describes: true, cache: { revalidate: "await" } });
    await reveal("A");
    store.memory.rotate("A", "2");
    store.failing.set("A", "ERR_SECRETS_VERSION_DISABLED");
    await clock.advance(ttlMs);
    expect(await codeOf("A")).toBe("ERR_SECRETS_VERSION_DISABLED");
  });
});

describe("a forced refresh", () => {
  it("does not join a call that was under way before it, since that may have read the store too early", async () => {
    const { store, clock, secrets, reveal } = cached({ A: "1" });
    const release = store.hold();
    const early = secrets.get("A");
    await clock.advance(0);
    store.memory.set("A", "2");
    const refreshed = secrets.refresh("A");
    await clock.advance(0);
    expect(store.calls).toHaveLength(1);
    release();
    expect((await early).reveal()).toBe("1");
    await refreshed;
    expect(await reveal("A")).toBe("2");
    expect(store.calls).toHaveLength(2);
  });

  it("joins the others that wait their turn", async () => {
    const { store, clock, secrets } = cached({ A: "1" });
    const release = store.hold();
    const early = secrets.get("A");
    await clock.advance(0);
    const refreshes = Array.from({ length: 50 }, () => secrets.refresh("A"));
    release();
    await Promise.all([early, ...refreshes]);
    expect(store.calls).toEqual(["get A", "get A"]);
  });

  it("that waits its turn asks for the value, though the store can describe", async () => {
    const { store, clock, secrets } = cached({ A: "1" }, { describes: true });
    await secrets.get("A");
    await clock.advance(ttlMs);
    const release = store.hold();
    await secrets.get("A"); // its revalidation is under way
    const refreshed = secrets.refresh("A");
    release();
    await refreshed;
    expect(store.calls).toEqual(["get A", "describe A", "get A"]);
  });

  it("goes on after a call that fails", async () => {
    const { store, clock, secrets, reveal } = cached({ A: "1" });
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    const release = store.hold();
    const early = rejection(secrets.get("A"));
    await clock.advance(0);
    store.memory.fail(undefined);
    const refreshed = secrets.refresh("A");
    release();
    expect(await early).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
    await refreshed;
    expect(await reveal("A")).toBe("1");
  });

  it("reaches the store though the value is fresh or the store is being left alone", async () => {
    const { store, clock, secrets, reveal } = cached({ A: "1" });
    await reveal("A");
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    await clock.advance(ttlMs);
    await reveal("A");
    await clock.advance(0);
    store.memory.fail(undefined);
    store.memory.set("A", "2");
    await secrets.refresh("A");
    expect(await reveal("A")).toBe("2");
  });
});

describe("a write", () => {
  it("is seen by the next read, of every stage of the name", async () => {
    const { secrets, reveal, codeOf } = cached({ A: "1" });
    await reveal("A");
    expect(await codeOf("A@previous")).toBe("ERR_SECRETS_NOT_FOUND");
    await secrets.put("A", "2");
    expect([await reveal("A"), await reveal("A@previous")]).toEqual(["2", "1"]);
    const { version } = await secrets.put("A@pending", "3");
    expect([await reveal("A"), await reveal("A@pending")]).toEqual(["2", "3"]);
    await secrets.promote("A", version ?? "");
    expect([await reveal("A"), await reveal("A@previous")]).toEqual(["3", "2"]);
  });

  it("leaves other names in the cache", async () => {
    const { store, secrets, reveal } = cached({ A: "1", B: "2" });
    await reveal("B");
    await secrets.put("A", "x");
    await reveal("B");
    expect(store.calls).toEqual(["get B"]);
  });

  it("is not undone by a read that was under way before it and answers after it", async () => {
    const { store, clock, secrets, reveal } = cached({ A: "1" });
    const release = store.hold();
    const early = secrets.get("A");
    await clock.advance(0);
    await secrets.put("A", "2");
    const late = secrets.get("A");
    release();
    expect((await early).reveal()).toBe("1");
    expect((await late).reveal()).toBe("2");
    expect(await reveal("A")).toBe("2");
  });

  it("is not undone by such a read when nobody asks in between", async () => {
    const { store, clock, secrets, reveal } = cached({ A: "1" });
    const release = store.hold();
    const early = secrets.get("A");
    await clock.advance(0);
    await secrets.put("A", "2");
    release();
    expect((await early).reveal()).toBe("1");
    expect(await reveal("A")).toBe("2");
  });

  it("does not hide an answer that it overtook from a redactor: its reader has the value all the same", async () => {
    const value = canary();
    const { store, clock, secrets } = cached({ A: value });
    const redactor = createRedactor();
    redactor.follow(secrets);
    const release = store.hold();
    const early = secrets.get("A");
    await clock.advance(0);
    await secrets.put("A", "another value");
    release();
    expect(redactor.redact((await early).reveal())).toBe("[redacted A]");
  });

  it("that fails leaves the cache as it was", async () => {
    const { store, secrets, reveal } = cached({ A: "1" });
    await reveal("A");
    store.put = () => Promise.reject(new Error("x"));
    await rejection(secrets.put("A", "2"));
    expect(await reveal("A")).toBe("1");
    expect(store.calls).toEqual(["get A"]);
  });
});

describe("a call that froze with the machine and thawed", () => {
  it("is not waited for: the next read asks anew", async () => {
    const { store, clock, secrets } = cached({ A: "1" });
    const release = store.hold();
    const frozen = secrets.get("A");
    await clock.advance(0);
    clock.freeze(3_600_000);
    release();
    store.memory.set("A", "2");
    const thawed = secrets.get("A");
    expect((await thawed).reveal()).toBe("2");
    await frozen;
    expect(store.calls).toHaveLength(2);
  });

  it("does not put its older value in the place of the newer one", async () => {
    const { store, clock, secrets, reveal } = cached({ A: "1" }, { cache: { maxStaleMs: 24 * 3_600_000 } });
    const releaseFrozen = store.hold();
    const frozen = secrets.get("A");
    await clock.advance(0);
    clock.freeze(3_600_000);
    store.memory.set("A", "2");
    const releaseThawed = store.hold();
    const thawed = secrets.get("A");
    await clock.advance(0);
    releaseThawed();
    expect((await thawed).reveal()).toBe("2");
    releaseFrozen();
    expect((await frozen).reveal()).toBe("1");
    expect(await reveal("A")).toBe("2");
  });

  it("is no failure when it runs into its deadline: no error is told, and the store is asked at once", async () => {
    const { store, clock, secrets, events, reveal } = cached({ A: "1" }, { cache: { maxStaleMs: 7 * 3_600_000 } });
    await reveal("A");
    await clock.advance(ttlMs);
    const release = store.hold();
    expect(await reveal("A")).toBe("1"); // its refresh is under way
    await clock.advance(0);
    clock.freeze(3_600_000);
    await clock.advance(timeoutMs);
    release();
    expect(events.filter(({ type }) => type === "error")).toEqual([]);
    store.memory.set("A", "2");
    const calls = store.calls.length;
    await secrets.get("A");
    await clock.advance(0);
    expect(store.calls).toHaveLength(calls + 1);
    expect(await reveal("A")).toBe("2");
  });

  it("does not hold up a forced refresh, nor count against what that found", async () => {
    const { store, clock, secrets, events, reveal } = cached({ A: "1" });
    store.hold();
    const frozen = rejection(secrets.get("A"));
    await clock.advance(0);
    clock.freeze(3_600_000);
    store.hold()();
    store.memory.set("A", "2");
    await secrets.refresh("A");
    expect(await reveal("A")).toBe("2");
    await clock.advance(timeoutMs);
    expect(await frozen).toMatchObject({ code: "ERR_SECRETS_TIMEOUT" });
    expect(await reveal("A")).toBe("2");
    expect(events.filter(({ type }) => type === "error")).toEqual([]);
  });

  it("is told from one that is only slow: a call that times out in its own time is a failure", async () => {
    const { store, clock, secrets, events } = cached({ A: "1" });
    store.hold();
    const read = rejection(secrets.get("A"));
    await clock.advance(timeoutMs);
    expect(await read).toMatchObject({ code: "ERR_SECRETS_TIMEOUT" });
    expect(events).toMatchObject([{ type: "error", code: "ERR_SECRETS_TIMEOUT", durationMs: timeoutMs }]);
  });
});

describe("names made from what users send", () => {
  const names = Array.from({ length: 12_000 }, (_, index) => `made-up-${index}`);
  const mostKept = 10_000;

  async function ask(secrets: Secrets): Promise<void> {
    for (let from = 0; from < names.length; from += 1_000) await secrets.getMany(names.slice(from, from + 1_000));
  }

  it("do not fill the memory: the oldest are let go", async () => {
    const { store, secrets } = cached({}, { cache: { ttlMs: 3_600_000 } });
    await ask(secrets);
    store.calls.length = 0;
    await secrets.refresh();
    expect(store.calls).toHaveLength(1);
    expect(store.calls[0]?.split(",").length).toBeLessThanOrEqual(mostKept);
    expect(store.calls[0]).toContain("made-up-11999");
    expect(store.calls[0]).not.toMatch(/made-up-0\b/);
  });

  it("do not drive out the secrets that there are", async () => {
    const { store, secrets, reveal } = cached({ A: "1", B: "2" }, { cache: { ttlMs: 3_600_000 } });
    await reveal("A");
    await secrets.live("B");
    await ask(secrets);
    store.calls.length = 0;
    await reveal("A");
    await reveal("B");
    expect(store.calls).toEqual([]);
  });

  it("do not cut off whoever follows a secret that there is not yet", async () => {
    const { store, clock, secrets } = cached({});
    const live = await secrets.live("A", { optional: true });
    await ask(secrets);
    store.memory.set("A", "1");
    await clock.advance(ttlMs);
    expect(live.current?.reveal()).toBe("1");
  });

  it("do not split those who wait for one call", async () => {
    const { store, clock, secrets } = cached({});
    let answer = (_: { value: string }) => {};
    const get = vi.fn(() => new Promise<{ value: string }>((resolve) => (answer = resolve)));
    store.get = get;
    const first = secrets.get("SLOW");
    await clock.advance(0);
    await ask(secrets);
    const second = secrets.get("SLOW");
    await clock.advance(0);
    expect(get).toHaveBeenCalledTimes(1);
    answer({ value: "1" });
    expect(await first).toBe(await second);
  });

  it("that do exist do not fill the memory either", async () => {
    const { store, secrets } = cached(Object.fromEntries(names.map((name) => [name, "x"])));
    await ask(secrets);
    store.calls.length = 0;
    await secrets.refresh();
    expect(store.calls[0]?.split(",").length).toBeLessThanOrEqual(mostKept);
  });

  it("that select keys of a document are not kept at all", async () => {
    const { store, secrets } = cached({ A: '{"k":"v"}' });
    const before = await secrets.get("A#k");
    for (let n = 0; n < 2_000; n += 1) await secrets.getOptional(`A#made-up-${n}`);
    expect(store.calls).toEqual(["get A"]);
    const after: Secret = await secrets.get("A#k");
    expect(after).toBe(before);
  });
});
