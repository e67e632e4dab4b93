import { fakeClock } from "@qarion-testing/support";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type CacheOptions, createSecrets } from "../src/index.js";
import { type RecordedStoreOptions, recordedStore } from "./recorded-store.js";
import { rejection } from "./shown.js";

const ttlMs = 60_000;
const maxStaleMs = 600_000;

function setup(initial: Record<string, string>, options: RecordedStoreOptions & { cache?: CacheOptions | false } = {}) {
  const store = recordedStore(initial, options);
  const clock = fakeClock();
  const cache = options.cache === false ? false : { ttlMs, maxStaleMs, ...options.cache };
  return { store, clock, secrets: createSecrets({ provider: store, clock, cache, timeoutMs: 1_000 }) };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a live secret", () => {
  it("starts with a value, or not at all", async () => {
    const { store, secrets } = setup({ A: "1" });
    expect((await secrets.live("A")).current.reveal()).toBe("1");
    for (const code of ["ERR_SECRETS_ACCESS_DENIED", "ERR_SECRETS_UNAVAILABLE"] as const) {
      store.failing.set(code, code);
      expect(await rejection(secrets.live(code))).toMatchObject({ code });
    }
    expect(await rejection(secrets.live("C"))).toMatchObject({ code: "ERR_SECRETS_NOT_FOUND" });
    expect(await rejection(secrets.live("../C"))).toMatchObject({ code: "ERR_SECRETS_INVALID_REF" });
  });

  it("follows the store in the background, within the ttlMs, with nobody reading", async () => {
    const { store, clock, secrets } = setup({ A: "1" });
    const live = await secrets.live("A");
    const heard: string[] = [];
    live.onChange((next) => heard.push(next.reveal()));
    store.memory.rotate("A", "2");
    await clock.advance(0.9 * ttlMs - 1);
    expect(live.current.reveal()).toBe("1");
    await clock.advance(0.1 * ttlMs + 1);
    expect(live.current.reveal()).toBe("2");
    store.memory.rotate("A", "3");
    await clock.advance(ttlMs);
    expect(live.current.reveal()).toBe("3");
    expect(heard).toEqual(["2", "3"]);
  });

  it("counts from when the value was fetched, not from when it was made live", async () => {
    const { store, clock, secrets } = setup({ A: "1" });
    await secrets.get("A");
    await clock.advance(50_000);
    const live = await secrets.live("A");
    store.memory.rotate("A", "2");
    await clock.advance(ttlMs - 50_000);
    expect(live.current.reveal()).toBe("2");
  });

  it("asks the store once in a ttlMs, and no more", async () => {
    const { store, clock, secrets } = setup({ A: "1" });
    await secrets.live("A");
    store.calls.length = 0;
    await clock.advance(20 * ttlMs);
    expect(store.calls.length).toBeGreaterThanOrEqual(20);
    expect(store.calls.length).toBeLessThanOrEqual(23);
  });

  it("asks a store that can describe for versions alone", async () => {
    const { store, clock, secrets } = setup({ A: "1" }, { describes: true });
    await secrets.live("A");
    await clock.advance(3 * ttlMs);
    expect(new Set(store.calls.slice(1))).toEqual(new Set(["describe A"]));
  });

  it("hears of a refresh and of every read that finds a new value, once for each", async () => {
    const { store, clock, secrets } = setup({ A: "1" });
    const live = await secrets.live("A");
    const listener = vi.fn();
    live.onChange(listener);
    store.memory.rotate("A", "2");
    await Promise.all([secrets.refresh("A"), secrets.refresh("A"), secrets.get("A")]);
    expect(live.current.reveal()).toBe("2");
    await clock.advance(3 * ttlMs);
    await secrets.get("A");
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it("of a key changes with that key alone", async () => {
    const { store, secrets } = setup({ A: JSON.stringify({ k: "1", other: "1" }) });
    const live = await secrets.live("A#k");
    const heard: string[] = [];
    live.onChange((next) => heard.push(next.reveal()));
    store.memory.set("A", JSON.stringify({ k: "1", other: "2" }));
    await secrets.refresh("A");
    expect(heard).toEqual([]);
    store.memory.set("A", JSON.stringify({ k: "2", other: "2" }));
    await secrets.refresh("A");
    expect(heard).toEqual(["2"]);
  });

  it("of a key that is gone keeps the last good value and says why", async () => {
    const { store, secrets } = setup({ A: JSON.stringify({ k: "1" }) });
    const live = await secrets.live("A#k");
    store.memory.set("A", "{}");
    await secrets.refresh("A");
    expect(live.current.reveal()).toBe("1");
    expect(live.error).toMatchObject({ code: "ERR_SECRETS_NOT_FOUND", secretName: "A#k" });
    store.memory.set("A", JSON.stringify({ k: "2" }));
    await secrets.refresh("A");
    expect(live.current.reveal()).toBe("2");
    expect(live.error).toBeUndefined();
  });

  it("follows a provider whose values are never cached, such as the environment, every second", async () => {
    const { store, clock, secrets } = setup({ A: "1" }, { capabilities: { maxAgeMs: 0 } });
    const live = await secrets.live("A");
    store.memory.set("A", "2");
    await clock.advance(1_000);
    expect(live.current.reveal()).toBe("2");
  });

  it("follows the store without a cache too", async () => {
    const { store, clock, secrets } = setup({ A: "1" }, { cache: false });
    const live = await secrets.live("A");
    store.memory.set("A", "2");
    await clock.advance(5 * 60_000);
    expect(live.current.reveal()).toBe("2");
    store.memory.set("A", "3");
    await secrets.refresh();
    expect(live.current.reveal()).toBe("3");
  });
});

describe("the current value of a live secret", () => {
  it.each([
    "ERR_SECRETS_UNAVAILABLE",
    "ERR_SECRETS_ACCESS_DENIED",
    "ERR_SECRETS_NOT_FOUND",
    "ERR_SECRETS_VERSION_DISABLED",
    "ERR_SECRETS_UNKNOWN",
  ] as const)("is the last good one after %s, however long, and `error` says why it is not newer", async (code) => {
    const { store, clock, secrets } = setup({ A: "1" });
    const live = await secrets.live("A");
    expect(live.error).toBeUndefined();
    store.memory.fail(code);
    await clock.advance(ttlMs);
    expect(live.error).toMatchObject({ code, secretName: "A", provider: "memory" });
    await clock.advance(2 * (ttlMs + maxStaleMs));
    expect(live.current.reveal()).toBe("1");
    store.memory.fail(undefined);
    store.memory.rotate("A", "2");
    await clock.advance(30_000);
    expect([live.current.reveal(), live.error]).toEqual(["2", undefined]);
  });

  it("loses its error by a refresh that finds the same value", async () => {
    const { store, secrets } = setup({ A: "1" });
    const live = await secrets.live("A");
    store.memory.fail("ERR_SECRETS_THROTTLED");
    await rejection(secrets.refresh("A"));
    expect(live.error).toMatchObject({ code: "ERR_SECRETS_THROTTLED" });
    store.memory.fail(undefined);
    await secrets.refresh("A");
    expect(live.error).toBeUndefined();
  });

  it("leaves a failing store alone for longer and longer, up to 30 s", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999_999_999);
    const { store, clock, secrets } = setup({ A: "1" });
    await secrets.live("A");
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    await clock.advance(ttlMs);
    const askedAt: number[] = [];
    for (let second = 0; second <= 130; second += 1) {
      store.calls.length = 0;
      if (second > 0) await clock.advance(1_000);
      if (store.calls.length > 0) askedAt.push(second);
      expect(store.calls.length).toBeLessThanOrEqual(1);
    }
    expect(askedAt).toEqual([1, 3, 7, 15, 31, 61, 91, 121]);
  });

  it("is not sought without a pause where nobody is told of the failures, as of a store that says it is closed", async () => {
    const { store, clock, secrets } = setup({ A: "1" });
    const live = await secrets.live("A");
    store.memory.fail("ERR_SECRETS_CLOSED");
    store.calls.length = 0;
    await clock.advance(10 * ttlMs);
    expect(store.calls.length).toBeGreaterThan(5);
    expect(store.calls.length).toBeLessThan(40);
    store.memory.fail(undefined);
    store.memory.rotate("A", "2");
    await clock.advance(30_000);
    expect(live.current.reveal()).toBe("2");
  });

  it("is readable after close, of itself and of its Secrets", async () => {
    const { clock, secrets } = setup({ A: "1" });
    const live = await secrets.live("A");
    await live.close();
    await secrets.close();
    await clock.advance(10 * ttlMs);
    await live.ready();
    expect(live.current.reveal()).toBe("1");
  });
});

describe("ready", () => {
  it("refreshes what is due and waits for it, as after a machine froze", async () => {
    const { store, clock, secrets } = setup({ A: "1" });
    const live = await secrets.live("A");
    store.memory.rotate("A", "2");
    clock.freeze(ttlMs);
    await live.ready();
    expect(live.current.reveal()).toBe("2");
  });

  it("asks nothing when nothing is due", async () => {
    const { store, secrets } = setup({ A: "1" });
    const live = await secrets.live("A");
    await live.ready();
    expect(store.calls).toEqual(["get A"]);
  });

  it("never rejects: the error is in `error`", async () => {
    const { store, clock, secrets } = setup({ A: "1" });
    const live = await secrets.live("A");
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    clock.freeze(ttlMs);
    await live.ready();
    expect(live.error).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
  });

  it("waits for a background refresh that is under way", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999_999_999); // due at its ttlMs
    const { store, clock, secrets } = setup({ A: "1" });
    const live = await secrets.live("A");
    store.memory.rotate("A", "2");
    const release = store.hold();
    await clock.advance(ttlMs);
    expect(store.calls).toHaveLength(2);
    const ready = live.ready();
    release();
    await ready;
    expect(live.current.reveal()).toBe("2");
    expect(store.calls).toHaveLength(2);
  });

  it("does not wait for a background refresh that froze with the machine: it asks anew", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999_999_999); // due at its ttlMs
    const { store, clock, secrets } = setup({ A: "1" });
    const live = await secrets.live("A");
    store.hold();
    await clock.advance(ttlMs);
    clock.freeze(3_600_000);
    store.hold()();
    store.memory.rotate("A", "2");
    await live.ready();
    expect(live.current.reveal()).toBe("2");
  });

  it("is one call for many that ask at once", async () => {
    const { store, clock, secrets } = setup({ A: "1" });
    const live = await secrets.live("A");
    clock.freeze(ttlMs);
    await Promise.all(Array.from({ length: 20 }, () => live.ready()));
    expect(store.calls).toHaveLength(2);
  });
});

describe("an optional live secret", () => {
  it("is undefined while there is none, and follows its coming and going", async () => {
    const { store, clock, secrets } = setup({});
    const live = await secrets.live("A", { optional: true });
    const heard: (string | undefined)[] = [];
    live.onChange((next) => heard.push(next?.reveal()));
    expect([live.current, live.error]).toEqual([undefined, undefined]);
    store.memory.set("A", "1");
    await clock.advance(ttlMs);
    expect(live.current?.reveal()).toBe("1");
    store.memory.delete("A");
    await clock.advance(ttlMs);
    expect([live.current, live.error]).toEqual([undefined, undefined]);
    expect(heard).toEqual(["1", undefined]);
  });

  it("that is missing is looked for once in a ttlMs, not as a failing store is", async () => {
    const { store, clock, secrets } = setup({});
    await secrets.live("A", { optional: true });
    store.calls.length = 0;
    await clock.advance(10 * ttlMs);
    expect(store.calls.length).toBeGreaterThanOrEqual(10);
    expect(store.calls.length).toBeLessThanOrEqual(12);
  });

  it("is optional for what is missing alone: denied is an error, at the start and later", async () => {
    const { store, clock, secrets } = setup({ A: "1" });
    store.failing.set("B", "ERR_SECRETS_ACCESS_DENIED");
    expect(await rejection(secrets.live("B", { optional: true }))).toMatchObject({ code: "ERR_SECRETS_ACCESS_DENIED" });
    const live = await secrets.live("A", { optional: true });
    store.failing.set("A", "ERR_SECRETS_ACCESS_DENIED");
    await clock.advance(ttlMs);
    expect(live.current?.reveal()).toBe("1");
    expect(live.error).toMatchObject({ code: "ERR_SECRETS_ACCESS_DENIED" });
  });

  it("of a key comes and goes with the key", async () => {
    const { store, secrets } = setup({ A: "{}" });
    const live = await secrets.live("A#k", { optional: true });
    expect(live.current).toBeUndefined();
    store.memory.set("A", '{"k":"1"}');
    await secrets.refresh("A");
    expect(live.current?.reveal()).toBe("1");
    store.memory.set("A", "{}");
    await secrets.refresh("A");
    expect([live.current, live.error]).toEqual([undefined, undefined]);
  });
});

describe("a live secret that is closed", () => {
  it("asks the store no more and calls nobody", async () => {
    const { store, clock, secrets } = setup({ A: "1" });
    const live = await secrets.live("A");
    const listener = vi.fn();
    live.onChange(listener);
    await live.close();
    await live.close();
    store.calls.length = 0;
    store.memory.rotate("A", "2");
    await clock.advance(10 * ttlMs);
    expect(store.calls).toEqual([]);
    await secrets.refresh("A");
    expect(listener).not.toHaveBeenCalled();
    expect(live.current.reveal()).toBe("1");
  });

  it("leaves others of the same secret running", async () => {
    const { store, clock, secrets } = setup({ A: "1" });
    const [one, other] = [await secrets.live("A"), await secrets.live("A")];
    await one.close();
    store.memory.rotate("A", "2");
    await clock.advance(ttlMs);
    expect([one.current.reveal(), other.current.reveal()]).toEqual(["1", "2"]);
  });
});

it("is asked again by ready() when the call under way froze with the machine and its deadline has passed", async () => {
  const store = recordedStore({ A: "1" }, { batch: false });
  const clock = fakeClock();
  const secrets = createSecrets({
    provider: store,
    clock,
    timeoutMs: 3_000,
    cache: { ttlMs: 60_000, revalidate: "await" },
  });
  const live = await secrets.live("A");
  const dueInMs = clock.sleepers().find(({ background }) => background)?.dueInMs ?? 0;
  store.hold();
  await clock.advance(dueInMs);
  expect(store.calls).toHaveLength(2);
  clock.freeze(600_000);
  store.memory.rotate("A", "2");
  await clock.advance(3_000);
  const ready = live.ready();
  await clock.advance(0);
  expect(store.calls).toHaveLength(3);
  await clock.advance(3_000);
  await ready;
  await secrets.close();
});
