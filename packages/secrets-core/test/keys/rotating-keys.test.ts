import { describe, expect, it } from "vitest";
import { type Secret, SecretsError, type SecretsEvent } from "../../src/index.js";
import type { RotatingKeysOptions } from "../../src/keys/index.js";
import { asBytes, clockedSecrets, contents, encryptsWith, hour, minute, openRotating } from "./rings.js";
import { type Answer, denied, outage, ScriptedStore } from "./scripted-store.js";

async function openRing(
  answers: Record<string, Answer>,
  { cache, maxAgeMs, ...options }: Partial<RotatingKeysOptions> & { cache?: object | false; maxAgeMs?: number } = {},
) {
  const store = new ScriptedStore(answers, maxAgeMs === undefined ? {} : { maxAgeMs });
  const events: SecretsEvent[] = [];
  const { clock, secrets } = clockedSecrets(store, {
    cache: cache ?? { ttlMs: 5 * minute, maxStaleMs: hour },
    onEvent: (event) => events.push(event),
  });
  const ring = await openRotating(secrets, { previous: ["KEY@previous"], pending: [], ...options });
  store.calls.length = 0;
  return { store, clock, secrets, ring, events };
}

/** How often all slots were read. */
const readings = (store: ScriptedStore) => store.calls.filter((slot) => slot === "KEY").length;
const rotate = (store: ScriptedStore, next: string, previous: string) =>
  store.set({ KEY: next, "KEY@previous": previous });

/** Lets the store wait before it answers, until it is let go. */
function gate(store: ScriptedStore) {
  let open: () => void = () => undefined;
  store.before = () =>
    new Promise<void>((resolve) => {
      open = resolve;
    });
  return {
    letGo() {
      store.before = () => undefined;
      open();
    },
  };
}

describe("a refresh", () => {
  it("is joined by all who ask while it waits for its turn: one under way and one to come, never more", async () => {
    const { ring, store } = await openRing({ KEY: "one" });
    const { letGo } = gate(store);
    const underWay = ring.refresh();
    const later = Array.from({ length: 50 }, () => ring.refresh());
    expect(new Set(later).size).toBe(1);
    letGo();
    await Promise.all([underWay, ...later]);
    expect(readings(store)).toBe(2);
  });

  it("reads after it was asked for: one that is under way may have read the store too early", async () => {
    const { ring, store } = await openRing({ KEY: "one" });
    let asked: Promise<void> | undefined;
    store.before = (slot) => {
      if (slot !== "KEY@previous" || asked) return;
      rotate(store, "two", "one"); // the current slot was read before this
      asked = ring.refresh();
    };
    await ring.refresh();
    expect(encryptsWith(ring)).toBe("one");
    await asked;
    expect(encryptsWith(ring)).toBe("two");
  });

  it("never rejects: what went wrong is in `error`, until it is right again", async () => {
    const { ring, store } = await openRing({ KEY: "one" });
    expect(ring.error).toBeUndefined();
    for (const code of ["ERR_SECRETS_UNAVAILABLE", "ERR_SECRETS_ACCESS_DENIED", "ERR_SECRETS_UNKNOWN"] as const) {
      store.set({ KEY: { code } });
      await ring.refresh();
      expect(ring.error).toMatchObject({ code });
    }
    store.set({ KEY: "one" });
    await ring.refresh();
    expect(ring.error).toBeUndefined();
  });

  it("tells of a named slot that may not be read any more, and drops its key", async () => {
    const { ring, store } = await openRing({ KEY: "one", "KEY@previous": "zero" });
    store.set({ "KEY@previous": denied });
    await ring.refresh();
    expect(contents(ring)).toEqual(["current one"]);
    expect(ring.error).toMatchObject({ code: "ERR_SECRETS_ACCESS_DENIED" });
  });

  it("tells of the fallback's previous secret that may not be read any more, and drops what was derived", async () => {
    const { ring, store } = await openRing(
      { BASE: "one", BASE_PREVIOUS: "zero" },
      { fallback: { current: "BASE", previous: ["BASE_PREVIOUS"], derive: asBytes } },
    );
    store.set({ BASE_PREVIOUS: denied });
    await ring.refresh();
    expect(contents(ring)).toEqual(["current one"]);
    expect(ring.error).toMatchObject({ code: "ERR_SECRETS_ACCESS_DENIED" });
  });

  it("tells listeners after each swap, and only then", async () => {
    const { ring, store } = await openRing({ KEY: "one" });
    const seen: string[][] = [];
    const stop = ring.onSwap(() => seen.push(contents(ring)));
    await ring.refresh();
    expect(seen).toEqual([]);
    rotate(store, "two", "one");
    await ring.refresh();
    expect(seen).toEqual([["current two", "previous one"]]);
    stop();
    rotate(store, "three", "two");
    await ring.refresh();
    expect(seen).toHaveLength(1);
  });

  it("is not harmed by a listener that throws: the others hear, and an event tells of it", async () => {
    const { ring, store, events } = await openRing({ KEY: "one" });
    let heard = 0;
    ring.onSwap(() => {
      throw new Error("listener");
    });
    ring.onSwap(() => {
      heard += 1;
    });
    rotate(store, "two", "one");
    await expect(ring.refresh()).resolves.toBeUndefined();
    expect(heard).toBe(1);
    expect(events.map(({ type }) => type)).toContain("listener_error");
  });

  it("tells by an event that the keys were swapped, without any of them", async () => {
    const { ring, store, events } = await openRing({ KEY: "one" });
    rotate(store, "two", "one");
    await ring.refresh();
    expect(events.filter(({ type }) => type === "ring")).toEqual([
      { type: "ring", name: "tokens", provider: "scripted" },
    ]);
  });
});

describe("the background refresh", () => {
  it("follows a rotation with nobody asking, within ttlMs", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one" });
    rotate(store, "two", "one");
    await clock.advance(5 * minute);
    expect(contents(ring)).toEqual(["current two", "previous one"]);
    rotate(store, "three", "two");
    await clock.advance(5 * minute);
    expect(contents(ring)).toEqual(["current three", "previous two"]);
  });

  it("asks about once in ttlMs, spread over its last tenth, and never keeps the process alive", async () => {
    const { store, clock } = await openRing({ KEY: "one" });
    const waits = clock.sleepers();
    expect(waits).toHaveLength(1);
    expect(waits[0]?.background).toBe(true);
    expect(waits[0]?.dueInMs).toBeGreaterThanOrEqual(4.5 * minute);
    expect(waits[0]?.dueInMs).toBeLessThanOrEqual(5 * minute);
    await clock.advance(hour);
    expect(readings(store)).toBeGreaterThanOrEqual(12);
    expect(readings(store)).toBeLessThanOrEqual(13);
  });

  it("waits for ttlMs again after a refresh that somebody asked for", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one" });
    await clock.advance(4 * minute);
    await ring.refresh();
    await clock.advance(4 * minute);
    expect(readings(store)).toBe(1);
  });

  it("leaves a failing store alone for longer and longer, up to 30 s", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one" });
    store.set({ KEY: outage });
    await ring.refresh();
    const waits: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      const [next] = clock.sleepers();
      waits.push(next?.dueInMs ?? 0);
      await clock.advance(next?.dueInMs ?? 0);
      await clock.advance(0);
    }
    for (const [round, most] of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000].entries()) {
      expect(waits[round]).toBeLessThanOrEqual(most);
      expect(waits[round]).toBeGreaterThanOrEqual(0.9 * most);
    }
  });

  it("tries again soon after a refresh that somebody asked for and that failed", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one" });
    store.set({ KEY: denied });
    await ring.refresh();
    store.set({ KEY: "one" });
    await clock.advance(1_000);
    expect(encryptsWith(ring)).toBe("one");
  });

  it("asks each second where the provider wants nothing cached", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one" }, { maxAgeMs: 0 });
    rotate(store, "two", "one");
    await clock.advance(1_000);
    expect(encryptsWith(ring)).toBe("two");
    await clock.advance(9_000);
    expect(readings(store)).toBe(10);
  });

  it("keeps the pace of ttlMs where the cache is off: a ring does not ask at every use", async () => {
    const { store, clock } = await openRing({ KEY: "one" }, { cache: false });
    await clock.advance(hour);
    expect(readings(store)).toBeGreaterThanOrEqual(12);
    expect(readings(store)).toBeLessThanOrEqual(13);
  });

  it("comes before the limit of use even when nothing may be stale: the current key never lapses in between", async () => {
    for (const cache of [
      { ttlMs: 0, maxStaleMs: 0 },
      { ttlMs: minute, maxStaleMs: 0 },
      { ttlMs: 0, maxStaleMs: minute },
    ]) {
      const { ring, clock } = await openRing({ KEY: "one" }, { cache });
      for (let round = 0; round < 300; round += 1) {
        await clock.advance(499);
        expect(encryptsWith(ring)).toBe("one");
      }
    }
  });

  it("leaves time for the reading itself, where the store is slow", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one" }, { cache: { ttlMs: 0, maxStaleMs: 0 } });
    store.before = () => clock.sleep(40); // two slots
    for (let round = 0; round < 400; round += 1) {
      await clock.advance(10);
      expect(encryptsWith(ring)).toBe("one");
    }
  });

  it("serves all rings of a Secrets by one timer", async () => {
    const { secrets, store, clock } = await openRing({ KEY: "one", OTHER: "other" });
    const other = await openRotating(secrets, { name: "other", current: "OTHER", previous: [], pending: [] });
    expect(clock.sleepers()).toHaveLength(1);
    store.set({ OTHER: "changed" });
    await clock.advance(5 * minute);
    expect(contents(other)).toEqual(["current changed"]);
  });
});

describe("ready()", () => {
  it("refreshes if that is due, and does nothing if not", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one" });
    await ring.ready();
    expect(readings(store)).toBe(0);
    clock.freeze(5 * minute); // the machine stood still: no timer ran
    rotate(store, "two", "one");
    await ring.ready();
    expect(readings(store)).toBe(1);
    expect(encryptsWith(ring)).toBe("two");
    await ring.ready();
    expect(readings(store)).toBe(1);
  });
});

describe("close", () => {
  it("of the ring stops everything: no timer, no refresh, no listener", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one" });
    let heard = 0;
    ring.onSwap(() => {
      heard += 1;
    });
    await ring.close();
    expect(clock.sleepers()).toEqual([]);
    rotate(store, "two", "one");
    await clock.advance(24 * hour);
    await ring.refresh();
    await ring.ready();
    expect(readings(store)).toBe(0);
    expect(heard).toBe(0);
    expect(ring.error).toMatchObject({ code: "ERR_SECRETS_CLOSED" });
  });

  it("of the Secrets closes its rings", async () => {
    const { ring, secrets, store, clock } = await openRing({ KEY: "one" });
    await secrets.close();
    await clock.advance(24 * hour);
    await ring.refresh();
    expect(readings(store)).toBe(0);
    expect(clock.sleepers()).toEqual([]);
    expect(ring.error).toMatchObject({ code: "ERR_SECRETS_CLOSED" });
  });

  it("during a refresh drops what that reads", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one" });
    const { letGo } = gate(store);
    const underWay = ring.refresh();
    rotate(store, "two", "one");
    await ring.close();
    letGo();
    await underWay;
    expect(contents(ring)).toEqual(["current one"]);
    expect(ring.error).toMatchObject({ code: "ERR_SECRETS_CLOSED" });
    expect(clock.sleepers().filter(({ background }) => background)).toEqual([]);
  });

  it("leaves the keys it held to what is under way, and ends making new things when they are too old", async () => {
    const { ring, clock } = await openRing({ KEY: "one", "KEY@previous": "zero" });
    await ring.close();
    await ring.close();
    expect(encryptsWith(ring)).toBe("one");
    expect(contents(ring)).toEqual(["current one", "previous zero"]);
    await clock.advance(hour + 5 * minute + 1);
    expect(() => encryptsWith(ring)).toThrow(SecretsError);
    expect(contents(ring)).toEqual(["current one", "previous zero"]);
  });

  it("before the start is over refuses the start", async () => {
    const store = new ScriptedStore({ KEY: "one" });
    const { secrets } = clockedSecrets(store);
    store.before = (slot) => (slot === "KEY@previous" ? secrets.close() : undefined);
    await expect(openRotating(secrets)).rejects.toThrow(expect.objectContaining({ code: "ERR_SECRETS_CLOSED" }));
  });

  it("before the start refuses it", async () => {
    const { secrets } = clockedSecrets(new ScriptedStore({ KEY: "one" }));
    await secrets.close();
    await expect(openRotating(secrets)).rejects.toThrow(expect.objectContaining({ code: "ERR_SECRETS_CLOSED" }));
  });
});

describe("status", () => {
  it("holds exactly what a key may show of itself", async () => {
    const { ring } = await openRing({ KEY: "one-of-the-keys", "KEY@previous": "zero-of-the-keys" });
    ring.used(ring.encryptionKey());
    expect(ring.status().map((status) => Object.keys(status).sort())).toEqual([
      ["because", "keyId", "lastUsedAt", "safeToRemove", "state", "uses"],
      ["because", "keyId", "safeToRemove", "state", "uses"],
    ]);
    expect(JSON.stringify(ring.status())).not.toContain("of-the-keys");
  });

  it("keeps the count of a key that moves from slot to slot", async () => {
    const { ring, store } = await openRing({ KEY: "one" });
    ring.used(ring.encryptionKey());
    rotate(store, "two", "one");
    await ring.refresh();
    expect(ring.status().map(({ state, uses }) => `${state} ${uses}`)).toEqual(["current 0", "previous 1"]);
  });
});

describe("what the store has stopped", () => {
  it.each<[string, Answer]>([
    ["an outage", outage],
    ["a value that is no key", "no key"],
    ["a blank value", " "],
  ])("stays stopped through %s: only a key takes it back", async (_, answer) => {
    const store = new ScriptedStore({ KEY: "one", "KEY@previous": "zero" });
    const { secrets } = clockedSecrets(store);
    const parse = (secret: Secret) => {
      if (secret.reveal() === "no key") throw new Error("no key");
      return asBytes(secret);
    };
    const ring = await openRotating(secrets, { previous: ["KEY@previous"], pending: [], parse });
    store.set({ KEY: denied });
    await ring.refresh();
    expect(() => ring.generation()).toThrow(SecretsError);
    for (let round = 0; round < 3; round += 1) {
      store.set({ KEY: answer });
      await ring.refresh();
      expect(() => encryptsWith(ring)).toThrow(SecretsError);
    }
    if (answer === outage) expect(() => ring.generation()).toThrow(SecretsError);
    store.set({ KEY: "two" });
    await ring.refresh();
    expect([encryptsWith(ring), contents(ring)]).toEqual(["two", ["current two", "previous zero"]]);
  });

  it.each(["revoked", ""])("a previous key that is written over by %j is dropped at once", async (value) => {
    const store = new ScriptedStore({ KEY: "one", "KEY@previous": "leaked" });
    const { secrets } = clockedSecrets(store);
    const parse = (secret: Secret) => {
      if (secret.reveal() === "revoked") throw new Error("no key");
      return asBytes(secret);
    };
    const ring = await openRotating(secrets, { previous: ["KEY@previous"], pending: [], parse });
    store.set({ "KEY@previous": value });
    await ring.refresh();
    expect(contents(ring)).toEqual(["current one"]);
    store.set({ "KEY@previous": outage });
    await ring.refresh();
    expect(contents(ring)).toEqual(["current one"]);
  });
});
