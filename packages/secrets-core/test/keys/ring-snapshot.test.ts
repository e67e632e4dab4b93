import { describe, expect, it } from "vitest";
import type { KeyStatus, RotatingKeys, RotatingKeysOptions } from "../../src/keys/index.js";
import { keyId } from "../../src/keys/index.js";
import { clockedSecrets, contents, encryptsWith, hour, minute, openRotating } from "./rings.js";
import { type Answer, denied, disabled, outage, ScriptedStore } from "./scripted-store.js";

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
const _retireAfterMs = (ring: RotatingKeys) =>
  ring.generation().find(({ state }) => state === "previous")?.retireAfterMs;

describe("rule 4: a demoted current key", () => {
  const rotated = (previous: Answer | undefined): Record<string, Answer | undefined> => ({
    KEY: "two",
    "KEY@previous": previous,
  });

  it("is kept while its slot cannot be read", async () => {
    const { ring, store } = await openRing({ KEY: "one" });
    store.set(rotated(outage));
    await ring.refresh();
    expect(contents(ring)).toEqual(["current two", "previous one"]);
    expect(ring.error).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
    store.set(rotated("one"));
    await ring.refresh();
    expect(contents(ring)).toEqual(["current two", "previous one"]);
    expect(ring.error).toBeUndefined();
  });

  it("is kept through a second rotation that falls into the same outage", async () => {
    const { ring, store } = await openRing({ KEY: "one", "KEY@previous": "zero" });
    store.set(rotated(outage));
    await ring.refresh();
    store.set({ KEY: "three" });
    await ring.refresh();
    expect(encryptsWith(ring)).toBe("three");
    expect(contents(ring).sort()).toEqual(["current three", "previous one", "previous two", "previous zero"]);
  });

  it.each<[string, Answer | undefined]>([
    ["not found", undefined],
    ["disabled", disabled],
    ["blank", " "],
    ["denied", denied],
    ["another key", "zero"],
  ])("is dropped at once when its slot says: %s", async (_, answer) => {
    const { ring, store } = await openRing({ KEY: "one" });
    store.set(rotated(outage));
    await ring.refresh();
    store.set(rotated(answer));
    await ring.refresh();
    expect(contents(ring)).toEqual(answer === "zero" ? ["current two", "previous zero"] : ["current two"]);
  });

  it.each<[string, Answer | undefined]>([
    ["not found", undefined],
    ["disabled", disabled],
    ["blank", ""],
    ["denied", denied],
  ])("is not kept at all when its slot says from the first: %s", async (_, answer) => {
    const { ring, store } = await openRing({ KEY: "one" });
    store.set(rotated(answer));
    await ring.refresh();
    expect(contents(ring)).toEqual(["current two"]);
  });

  it("without a durable time ends by what this process saw, which is no evidence", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one" });
    await clock.advance(minute);
    store.set(rotated(outage));
    const learnedAtMs = clock.now();
    await ring.refresh();
    expect(ring.generation()[1]).toMatchObject({ retireAfterMs: learnedAtMs + untilRetired, isObserved: true });
    expect(ofState(ring, "previous")).not.toHaveProperty("retireAfter");
  });

  it("with a durable time ends by that", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one" });
    await clock.advance(minute);
    const promotedAt = new Date(clock.now());
    await clock.advance(minute);
    store.set({ KEY: since("two", promotedAt), "KEY@previous": outage });
    await ring.refresh();
    expect(ring.generation()[1]).toMatchObject({ retireAfterMs: promotedAt.getTime() + untilRetired });
    expect(ring.generation()[1]).not.toHaveProperty("isObserved");
  });
});

describe("rule 9: key ids", () => {
  it("come from the value: a key that moves through the slots keeps its id", async () => {
    const { ring, store } = await openRing({ KEY: "one", "KEY@pending": "two" });
    const id = keyId(Buffer.from("two"), "tokens");
    const idOfTwo = () => ring.status().find(({ keyId }) => keyId === id)?.state;
    expect(idOfTwo()).toBe("pending");
    store.set({ KEY: "two", "KEY@previous": "one", "KEY@pending": undefined });
    await ring.refresh();
    expect(idOfTwo()).toBe("current");
    store.set({ KEY: "three", "KEY@previous": "two" });
    await ring.refresh();
    expect(idOfTwo()).toBe("previous");
  });

  it("hold the name of the ring, or the name given for ids", async () => {
    const { ring } = await openRing({ KEY: "one" }, { name: "sessions" });
    expect(ring.status()[0]?.keyId).toBe(keyId(Buffer.from("one"), "sessions"));
    const other = await openRing({ KEY: "one" }, { name: "sessions", keyIdRing: "shared" });
    expect(other.ring.status()[0]?.keyId).toBe(keyId(Buffer.from("one"), "shared"));
  });

  it("are not made for keys that can be guessed: those are shown by the slot they were first seen in", async () => {
    const { ring, store } = await openRing({ KEY: "weak-1", "KEY@previous": "weak-0" }, { isGuessable: () => true });
    const ids = () => ring.status().map(({ keyId }) => keyId);
    expect(ids()).toEqual(["weak:KEY", "weak:KEY~2"]);
    store.set({ KEY: "weak-2", "KEY@previous": "weak-1" });
    await ring.refresh();
    expect(ids()).toEqual(["weak:KEY~3", "weak:KEY"]);
  });

  // HMAC pads a short key with zeros, so these two are different bytes with one id.
  it("refuse a collision at the start", async () => {
    await expect(openRing({ KEY: "one", "KEY@previous": "one\0" })).rejects.toThrow(
      expect.objectContaining({ code: "ERR_SECRETS_INVALID_CONFIG" }),
    );
  });

  it("refuse a collision at run time: the last generation stays, whole", async () => {
    const { ring, store } = await openRing({ KEY: "one", "KEY@previous": "zero" });
    store.set({ KEY: "two", "KEY@previous": "one", "KEY@pending": "two\0" });
    await ring.refresh();
    expect(contents(ring)).toEqual(["current one", "previous zero"]);
    expect(ring.error).toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG" });
    expect(ring.error?.message).toContain('"tokens"');
    store.set({ "KEY@pending": undefined });
    await ring.refresh();
    expect(contents(ring)).toEqual(["current two", "previous one"]);
  });
});
