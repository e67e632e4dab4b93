import { describe, expect, it } from "vitest";
import type { KeyStatus, RotatingKeys, RotatingKeysOptions } from "../../src/keys/index.js";
import { clockedSecrets, contents, hour, minute, openRotating } from "./rings.js";
import { type Answer, outage, ScriptedStore } from "./scripted-store.js";

const ttlMs = 5 * minute;
const maxStaleMs = hour;
const lifetimeMs = 15 * minute;
const untilRetired = ttlMs + maxStaleMs + lifetimeMs;

async function openRing(answers: Record<string, Answer>, options: Partial<RotatingKeysOptions> = {}) {
  const store = new ScriptedStore(answers);
  const { clock, secrets } = clockedSecrets(store, { cache: { ttlMs, maxStaleMs } });
  const ring = await openRotating(secrets, { lifetimeMs, rotatedAt: "KEY_ROTATED_AT", ...options });
  return { store, clock, secrets, ring };
}

const since = (value: string, activatedAt: Date) => ({ value, activatedAt });
const ofState = (ring: RotatingKeys, state: KeyStatus["state"]) =>
  ring.status().find((status) => status.state === state);
const retireAfterMs = (ring: RotatingKeys) =>
  ring.generation().find(({ state }) => state === "previous")?.retireAfterMs;

describe("rule 4: retireAfter = promotedAt + ttlMs + maxStaleMs + lifetime", () => {
  const promotedAt = new Date("2025-12-31T23:00:00Z");

  it("from the provider's activation time of the current version", async () => {
    const { ring } = await openRing({ KEY: since("one", promotedAt), "KEY@previous": "zero" });
    expect(retireAfterMs(ring)).toBe(promotedAt.getTime() + untilRetired);
    expect(ofState(ring, "previous")?.retireAfter).toEqual(new Date(promotedAt.getTime() + untilRetired));
  });

  it("else from NAME_ROTATED_AT", async () => {
    const { ring } = await openRing({
      KEY: "one",
      "KEY@previous": "zero",
      KEY_ROTATED_AT: promotedAt.toISOString(),
    });
    expect(retireAfterMs(ring)).toBe(promotedAt.getTime() + untilRetired);
  });

  it("the provider's word goes before NAME_ROTATED_AT", async () => {
    const { ring } = await openRing({
      KEY: since("one", promotedAt),
      "KEY@previous": "zero",
      KEY_ROTATED_AT: "2020-01-01T00:00:00Z",
    });
    expect(retireAfterMs(ring)).toBe(promotedAt.getTime() + untilRetired);
  });

  it("else it is unknown, and the key is accepted without an end", async () => {
    const { ring, clock } = await openRing({ KEY: "one", "KEY@previous": "zero" });
    await clock.advance(24 * hour);
    expect(retireAfterMs(ring)).toBeUndefined();
    expect(ofState(ring, "previous")).not.toHaveProperty("retireAfter");
    expect(contents(ring)).toEqual(["current one", "previous zero"]);
  });

  it("an activation time that is none counts as unknown, and falls back to NAME_ROTATED_AT", async () => {
    for (const none of [new Date(Number.NaN), "soon" as never, null as never]) {
      const { ring } = await openRing({ KEY: since("one", none), "KEY@previous": "zero" });
      expect(retireAfterMs(ring)).toBeUndefined();
      expect(() => ring.status()).not.toThrow();
      const told = await openRing({
        KEY: since("one", none),
        "KEY@previous": "zero",
        KEY_ROTATED_AT: promotedAt.toISOString(),
      });
      expect(retireAfterMs(told.ring)).toBe(promotedAt.getTime() + untilRetired);
    }
  });

  it("holds for every previous key, and for no current or pending one", async () => {
    const { ring } = await openRing(
      { KEY: since("one", promotedAt), "KEY@previous": "zero", OLDER: "minus", "KEY@pending": "two" },
      { previous: ["KEY@previous", "OLDER"] },
    );
    const end = promotedAt.getTime() + untilRetired;
    expect(ring.generation().map((held) => [held.state, held.retireAfterMs])).toEqual([
      ["current", undefined],
      ["pending", undefined],
      ["previous", end],
      ["previous", end],
    ]);
  });

  it("does not exist for keys whose work never expires", async () => {
    const { ring } = await openRing(
      { KEY: since("one", promotedAt), "KEY@previous": "zero" },
      { lifetimeMs: undefined as never },
    );
    expect(retireAfterMs(ring)).toBeUndefined();
  });

  it("is still a date when the lifetime is longer than dates reach", async () => {
    const { ring } = await openRing(
      { KEY: since("one", promotedAt), "KEY@previous": "zero" },
      { lifetimeMs: Number.MAX_SAFE_INTEGER },
    );
    expect(ofState(ring, "previous")?.retireAfter?.getTime()).toBe(8.64e15);
  });
});

describe("rule 4: a durable time is not believed against what this process saw", () => {
  it("a time that was not updated does not retire a key that was current a moment ago", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one", KEY_ROTATED_AT: "2025-06-01T00:00:00Z" });
    await clock.advance(hour);
    store.set({ KEY: "two", "KEY@previous": "one" });
    const learnedAtMs = clock.now();
    await ring.refresh();
    expect(retireAfterMs(ring)).toBe(learnedAtMs + untilRetired);
  });

  it("nor does the activation time of a version that the store brought back", async () => {
    const { ring, store, clock } = await openRing({ KEY: since("two", new Date("2025-12-31T00:00:00Z")) });
    store.set({ KEY: since("one", new Date("2025-06-01T00:00:00Z")), "KEY@previous": "two" });
    await clock.advance(1_000);
    await ring.refresh();
    expect(retireAfterMs(ring)).toBeGreaterThanOrEqual(clock.now() + untilRetired - 1_000);
  });

  it("a time since this process last saw the key current is believed to the millisecond", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one" });
    await clock.advance(2 * minute);
    const promotedAt = new Date(clock.now());
    store.set({ KEY: since("two", promotedAt), "KEY@previous": "one" });
    await clock.advance(2 * minute);
    await ring.refresh();
    expect(retireAfterMs(ring)).toBe(promotedAt.getTime() + untilRetired);
  });

  it("so is a time that falls into an outage: what was carried over was not seen", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one" });
    store.set({ KEY: outage });
    await clock.advance(20 * minute);
    const promotedAt = new Date(clock.now());
    await clock.advance(20 * minute);
    store.set({ KEY: since("two", promotedAt), "KEY@previous": "one" });
    await clock.advance(minute);
    expect(contents(ring)).toEqual(["current two", "previous one"]);
    expect(retireAfterMs(ring)).toBe(promotedAt.getTime() + untilRetired);
  });

  it("after an outage the key may have been current until just now, and others may sign with it for that much longer", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one", KEY_ROTATED_AT: "2025-06-01T00:00:00Z" });
    store.set({ KEY: outage, "KEY@previous": outage });
    await clock.advance(50 * minute);
    // Now another process reads "one" as current; a moment later it is replaced, and the store answers here again.
    const replacedAtMs = clock.now();
    store.set({ KEY: "two", "KEY@previous": "one" });
    await clock.advance(30_000);
    expect(contents(ring)).toEqual(["current two", "previous one"]);
    const lastTokenEndsMs = replacedAtMs + ttlMs + maxStaleMs + lifetimeMs;
    expect(retireAfterMs(ring)).toBeGreaterThanOrEqual(lastTokenEndsMs);
    expect(retireAfterMs(ring)).toBeLessThanOrEqual(lastTokenEndsMs + 30_000);
  });

  it("the end does not move on with every later refresh", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one", KEY_ROTATED_AT: "2025-06-01T00:00:00Z" });
    store.set({ KEY: "two", "KEY@previous": "one" });
    await ring.refresh();
    const end = retireAfterMs(ring);
    const generation = ring.generation();
    await clock.advance(hour);
    expect(retireAfterMs(ring)).toBe(end);
    expect(ring.generation()).toBe(generation);
  });

  it("a key that is current again has no end; demoted once more, it has a new one", async () => {
    const stale = "2025-06-01T00:00:00Z";
    const { ring, store, clock } = await openRing({ KEY: "one", KEY_ROTATED_AT: stale });
    store.set({ KEY: "two", "KEY@previous": "one" });
    await ring.refresh();
    store.set({ KEY: "one", "KEY@previous": "two" });
    await clock.advance(ttlMs);
    await ring.refresh();
    expect(contents(ring)).toEqual(["current one", "previous two"]);
    await clock.advance(hour);
    store.set({ KEY: "two", "KEY@previous": "one" });
    const learnedAtMs = clock.now();
    await ring.refresh();
    expect(retireAfterMs(ring)).toBe(learnedAtMs + untilRetired);
  });
});
