import { fakeClock } from "@qarion-testing/support";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type CacheOptions, createSecrets } from "../src/index.js";
import { recordedStore } from "./recorded-store.js";
import { rejection } from "./shown.js";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function cached(cache?: CacheOptions | false, storeOptions?: Parameters<typeof recordedStore>[1]) {
  const store = recordedStore({ A: "1" }, storeOptions);
  const clock = fakeClock();
  return {
    store,
    clock,
    secrets: createSecrets({ provider: store, clock, ...(cache === undefined ? {} : { cache }) }),
  };
}

const minute = 60_000;

/** Secrets that were all fetched at one moment, by one batch, and read once more since. */
async function fetched(count: number) {
  const names = Array.from({ length: count }, (_, index) => `S${index}`);
  const store = recordedStore(Object.fromEntries(names.map((name) => [name, "x"])));
  const clock = fakeClock();
  const secrets = createSecrets({ provider: store, clock, cache: { ttlMs: minute } });
  await secrets.getMany(names);
  await secrets.getMany(names);
  return { store, clock, secrets, names };
}

describe("the options of the cache", () => {
  it.each<[string, unknown]>([
    ["a negative ttlMs", { ttlMs: -1 }],
    ["a ttlMs that is no number", { ttlMs: "300" }],
    ["a ttlMs that is NaN", { ttlMs: Number.NaN }],
    ["an endless ttlMs", { ttlMs: Number.POSITIVE_INFINITY }],
    ["a null ttlMs", { ttlMs: null }],
    ["a negative maxStaleMs", { maxStaleMs: -1 }],
    ["an endless maxStaleMs", { maxStaleMs: Number.POSITIVE_INFINITY }],
    ["an unknown revalidate", { revalidate: "never" }],
  ])("refuse %s", (_, cache) => {
    expect(() => cached(cache as CacheOptions)).toThrow(
      expect.objectContaining({ code: "ERR_SECRETS_INVALID_CONFIG" }),
    );
  });

  it("are by default five minutes fresh, an hour more when the store is out", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999_999_999);
    const { store, clock, secrets } = cached();
    await secrets.get("A");
    await clock.advance(5 * minute - 1);
    expect((await secrets.get("A")).state).toBe("fresh");
    expect(store.calls).toHaveLength(1);
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    await clock.advance(1);
    expect((await secrets.get("A")).state).toBe("stale");
    await clock.advance(60 * minute - 1);
    expect((await secrets.get("A")).state).toBe("stale");
    await clock.advance(1);
    expect(await rejection(secrets.get("A"))).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
  });

  it("of a ttlMs of 0 keep nothing, not even what is missing", async () => {
    const { store, secrets } = cached({ ttlMs: 0 });
    await secrets.get("A");
    await secrets.get("A");
    await rejection(secrets.get("B"));
    await rejection(secrets.get("B"));
    expect(store.calls).toEqual(["get A", "get A", "get B", "get B"]);
  });

  it("of a maxStaleMs of 0 serve nothing past its ttlMs", async () => {
    for (const revalidate of ["background", "await"] as const) {
      const { store, clock, secrets } = cached({ ttlMs: minute, maxStaleMs: 0, revalidate });
      await secrets.get("A");
      store.memory.fail("ERR_SECRETS_UNAVAILABLE");
      await clock.advance(minute);
      expect(await rejection(secrets.get("A"))).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
    }
  });
});

describe("where a value past its ttlMs is refreshed", () => {
  it("is behind the read by default: the reader does not wait", async () => {
    const { store, clock, secrets } = cached({ ttlMs: minute });
    await secrets.get("A");
    store.memory.set("A", "2");
    const release = store.hold();
    await clock.advance(minute);
    expect((await secrets.get("A")).reveal()).toBe("1");
    release();
    await clock.advance(0);
    expect((await secrets.get("A")).reveal()).toBe("2");
  });

  it("is before the read on AWS Lambda, which freezes between requests", async () => {
    vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "orders");
    const { store, clock, secrets } = cached({ ttlMs: minute });
    await secrets.get("A");
    store.memory.set("A", "2");
    await clock.advance(minute);
    expect((await secrets.get("A")).reveal()).toBe("2");
  });

  it("is where the option says, on AWS Lambda too", async () => {
    vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "orders");
    const { store, clock, secrets } = cached({ ttlMs: minute, revalidate: "background" });
    await secrets.get("A");
    store.memory.set("A", "2");
    await clock.advance(minute);
    expect((await secrets.get("A")).reveal()).toBe("1");
  });
});

describe("when a value is refreshed", () => {
  it.each([
    ["at nine tenths of its ttlMs at the earliest", 0, 0.9],
    ["at its ttlMs at the latest", 0.999_999_999, 1],
    ["somewhere in between, as chance has it", 0.5, 0.95],
  ])("is %s", async (_, random, share) => {
    vi.spyOn(Math, "random").mockReturnValue(random);
    const { store, clock, secrets } = cached({ ttlMs: minute, revalidate: "await" });
    await secrets.get("A");
    await clock.advance(share * minute - 1);
    await secrets.get("A");
    expect(store.calls).toHaveLength(1);
    await clock.advance(1);
    expect((await secrets.get("A")).state).toBe("fresh");
    expect(store.calls).toHaveLength(2);
  });

  it("differs from secret to secret, so that they do not all come due at once", async () => {
    const names = Array.from({ length: 50 }, (_, index) => `S${index}`);
    const store = recordedStore(Object.fromEntries(names.map((name) => [name, "x"])), { batch: false });
    const clock = fakeClock();
    const secrets = createSecrets({ provider: store, clock, cache: { ttlMs: minute, revalidate: "await" } });
    await secrets.getMany(names);
    const perStep: number[] = [];
    for (let step = 0; step < 10; step += 1) {
      const before = store.calls.length;
      await clock.advance(step === 0 ? 0.91 * minute : 0.01 * minute);
      await secrets.getMany(names);
      perStep.push(store.calls.length - before);
    }
    expect(perStep.reduce((sum, calls) => sum + calls)).toBe(50);
    expect(Math.max(...perStep)).toBeLessThan(25);
  });

  it("is one for what was fetched in one batch, so that it comes in one batch again", async () => {
    const { store, clock, secrets, names } = await fetched(50);
    for (let round = 1; round <= 10; round += 1) {
      await clock.advance(minute);
      await secrets.get(names[round] as string);
      await clock.advance(0);
      for (const name of names) expect((await secrets.get(name)).state).toBe("fresh");
      expect(store.calls).toHaveLength(1 + round);
    }
  });

  it("takes nothing along that nobody read since the store was last asked for it", async () => {
    const { store, clock, secrets } = await fetched(3);
    await clock.advance(minute);
    await secrets.getMany(["S0", "S1"]);
    await clock.advance(minute);
    await secrets.get("S0");
    await clock.advance(0);
    expect(store.calls).toEqual(["getMany S0,S1,S2", "getMany S0,S1,S2", "getMany S0,S1"]);
  });

  it("takes nothing along that is far from due, or that the store has just failed to give", async () => {
    const { store, clock, secrets } = await fetched(3);
    await clock.advance(0.5 * minute);
    await secrets.refresh("S1");
    await secrets.getMany(["S1", "S2"]);
    store.failing.set("S2", "ERR_SECRETS_THROTTLED");
    await clock.advance(0.5 * minute);
    await secrets.refresh("S2").catch(() => undefined);
    const before = store.calls.length;
    await secrets.get("S0");
    await clock.advance(0);
    expect(store.calls.slice(before)).toEqual(["get S0"]);
  });

  it("lets an outage of the one keep the others that went along", async () => {
    const { store, clock, secrets, names } = await fetched(3);
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    await clock.advance(minute);
    await secrets.get("S0");
    await clock.advance(0);
    for (const name of names) expect(await secrets.get(name)).toMatchObject({ state: "stale" });
    store.memory.fail(undefined);
    await clock.advance(minute);
    await secrets.get("S0");
    await clock.advance(0);
    for (const name of names) expect(await secrets.get(name)).toMatchObject({ state: "fresh" });
  });
});

describe("a cap on the age", () => {
  it.each([
    ["of the provider", { capabilities: { maxAgeMs: 10_000 } }],
    ["of the value", { maxAgeMs: 10_000 }],
    ["of both, of which the shorter counts", { capabilities: { maxAgeMs: 50_000 }, maxAgeMs: 10_000 }],
    ["of both, the other way round", { capabilities: { maxAgeMs: 10_000 }, maxAgeMs: 50_000 }],
  ])("%s shortens the ttlMs", async (_, storeOptions) => {
    const { store, clock, secrets } = cached({ ttlMs: minute, revalidate: "await" }, storeOptions);
    await secrets.get("A");
    await clock.advance(8_999);
    await secrets.get("A");
    expect(store.calls).toHaveLength(1);
    await clock.advance(1_001);
    await secrets.get("A");
    expect(store.calls).toHaveLength(2);
  });

  it("never lengthens it", async () => {
    const { store, clock, secrets } = cached({ ttlMs: 10_000, revalidate: "await" }, { maxAgeMs: minute });
    await secrets.get("A");
    await clock.advance(10_000);
    await secrets.get("A");
    expect(store.calls).toHaveLength(2);
  });

  it.each([
    ["of the provider", { capabilities: { maxAgeMs: 0 } }],
    ["of the value", { maxAgeMs: 0 }],
    ["of the value that makes no sense", { maxAgeMs: Number.NaN }],
    ["of the value below 0", { maxAgeMs: -1 }],
  ])("of 0 %s lets nothing be cached, nor served in an outage", async (_, storeOptions) => {
    const { store, secrets } = cached({ ttlMs: minute }, storeOptions);
    await secrets.get("A");
    store.memory.set("A", "2");
    expect((await secrets.get("A")).reveal()).toBe("2");
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    expect(await rejection(secrets.get("A"))).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
  });

  it("of 0 by the provider lets a missing secret be seen as soon as it is there", async () => {
    const { store, secrets } = cached({ ttlMs: minute }, { capabilities: { maxAgeMs: 0 } });
    expect(await secrets.getOptional("B")).toBeUndefined();
    store.memory.set("B", "2");
    expect((await secrets.get("B")).reveal()).toBe("2");
  });

  it("still joins the reads of one moment", async () => {
    const { store, secrets } = cached({ ttlMs: minute }, { capabilities: { maxAgeMs: 0 } });
    await Promise.all(Array.from({ length: 50 }, () => secrets.get("A")));
    expect(store.calls).toEqual(["get A"]);
  });
});

describe("a look at the version", () => {
  it("goes on for the others when one secret is denied altogether", async () => {
    const store = recordedStore({ A: "1", B: "2" }, { batch: false, describes: true });
    const clock = fakeClock();
    const secrets = createSecrets({ provider: store, clock, cache: { ttlMs: minute, revalidate: "await" } });
    await secrets.getMany(["A", "B"]);
    store.failing.set("A", "ERR_SECRETS_ACCESS_DENIED");
    await clock.advance(minute);
    await rejection(secrets.get("A"));
    await secrets.get("B");
    expect(store.calls.at(-1)).toBe("describe B");
  });
});
