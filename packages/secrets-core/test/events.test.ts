import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { fakeClock } from "@qarion-testing/support";
import { describe, expect, it } from "vitest";
import { type CreateSecretsOptions, createSecrets, memoryProvider, type SecretsEvent } from "../src/index.js";
import { recordedStore } from "./recorded-store.js";
import { canary, rejection, shown } from "./shown.js";

const ttlMs = 60_000;

function heard(
  initial: Record<string, string>,
  options: Partial<CreateSecretsOptions> = {},
  storeOptions: Parameters<typeof recordedStore>[1] = {},
) {
  const store = recordedStore(initial, storeOptions);
  const clock = fakeClock();
  const events: SecretsEvent[] = [];
  const secrets = createSecrets({
    provider: store,
    clock,
    cache: { ttlMs, maxStaleMs: 10 * ttlMs, revalidate: "await" },
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { store, clock, secrets, events, types: () => events.map(({ type }) => type) };
}

describe("onEvent", () => {
  it("hears of a fetch with its version and duration, then of hits", async () => {
    const { store, clock, secrets, events } = heard({ A: "1" });
    const release = store.hold();
    const first = secrets.get("A");
    await clock.advance(30);
    release();
    await first;
    await secrets.get("A");
    expect(events).toEqual([
      { type: "fetch", name: "A", provider: "recorded", stage: "current", version: "1", durationMs: 30 },
      { type: "hit", name: "A", provider: "recorded", stage: "current", version: "1" },
    ]);
  });

  it("hears of a change only when the value differs", async () => {
    const { store, secrets, types } = heard({ A: "1" });
    await secrets.get("A");
    store.memory.set("A", "1"); // a new version of the same value
    await secrets.refresh("A");
    expect(types()).toEqual(["fetch", "fetch"]);
    store.memory.set("A", "2");
    await secrets.refresh("A");
    expect(types()).toEqual(["fetch", "fetch", "fetch", "change"]);
  });

  it("hears of a version that was confirmed", async () => {
    const { clock, secrets, types } = heard({ A: "1" }, {}, { describes: true });
    await secrets.get("A");
    await clock.advance(ttlMs);
    await secrets.get("A");
    expect(types()).toEqual(["fetch", "revalidate"]);
  });

  it("hears of an error by its code, and of what was served instead", async () => {
    const { store, clock, secrets, events } = heard({ A: "1" });
    await secrets.get("A");
    store.memory.fail("ERR_SECRETS_THROTTLED");
    await clock.advance(ttlMs);
    await secrets.get("A");
    expect(events.slice(1)).toEqual([
      {
        type: "error",
        name: "A",
        provider: "recorded",
        stage: "current",
        code: "ERR_SECRETS_THROTTLED",
        durationMs: 0,
      },
      { type: "stale", name: "A", provider: "recorded", stage: "current", version: "1" },
    ]);
  });

  it("hears of writes, by name", async () => {
    const { secrets, events } = heard({ A: "1" });
    const { version } = await secrets.put("A@pending", "2");
    await secrets.promote("A", version ?? "");
    expect(events).toEqual([
      { type: "write", name: "A", provider: "recorded" },
      { type: "write", name: "A", provider: "recorded" },
    ]);
  });

  it("tells the stages of one name apart", async () => {
    const { store, secrets, events } = heard({ A: "1" });
    store.memory.rotate("A", "2");
    await secrets.getAll({ now: "A", before: "A@previous" });
    expect(events.map(({ name, stage, version }) => [name, stage, version])).toEqual([
      ["A", "current", "2"],
      ["A", "previous", "1"],
    ]);
  });

  it("hears no value, whatever happens", async () => {
    const value = canary();
    const { store, clock, secrets, events } = heard({ A: value, JSON: JSON.stringify({ key: value }) });
    await secrets.get("A");
    await secrets.get("A");
    await secrets.get("JSON#key");
    const live = await secrets.live("A");
    live.onChange(() => {
      throw new Error(value);
    });
    store.memory.set("A", `${value}2`);
    await secrets.refresh("A");
    store.raw = Object.assign(new Error(value), { body: value });
    await clock.advance(ttlMs * 2);
    await rejection(secrets.refresh("A"));
    await rejection(secrets.get("B"));
    store.raw = undefined;
    await secrets.put("A", value);
    expect(new Set(events.map(({ type }) => type)).size).toBeGreaterThanOrEqual(5);
    expect(shown(events)).not.toContain(value);
  });
});

describe("a listener of events", () => {
  it.each<[string, (event: SecretsEvent) => unknown]>([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["is asynchronous and rejects", () => Promise.reject(new Error("no"))],
    [
      "changes the event",
      (event) => {
        Object.assign(event, { name: "other", type: "other" });
      },
    ],
  ])("that %s harms neither reads nor writes nor refreshes", async (_, onEvent) => {
    const { store, secrets } = heard({ A: "1" }, { onEvent });
    expect((await secrets.get("A")).reveal()).toBe("1");
    expect((await secrets.get("A")).reveal()).toBe("1");
    await secrets.put("A", "2");
    await secrets.refresh("A");
    expect((await secrets.get("A")).reveal()).toBe("2");
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    expect(await rejection(secrets.refresh("A"))).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
  });

  it("may use the same Secrets from within", async () => {
    let inner: Promise<unknown> | undefined;
    const { secrets } = heard(
      { A: "1", B: "2" },
      {
        onEvent: ({ name }) => {
          if (name === "A") inner = secrets.get("B");
        },
      },
    );
    await secrets.get("A");
    expect(await inner).toMatchObject({ name: "B" });
  });
});

describe("the diagnostics channel qarion:secrets", () => {
  it("carries the same events for those who subscribe, without a listener and without a value", async () => {
    const events: unknown[] = [];
    const record = (event: unknown) => void events.push(event);
    const secrets = createSecrets({ provider: memoryProvider({ X: "a-value-of-some-length" }) });
    subscribe("qarion:secrets", record);
    await secrets.get("X");
    await secrets.get("X");
    unsubscribe("qarion:secrets", record);
    await secrets.refresh("X");
    expect(events.map((event) => (event as { type: string }).type)).toEqual(["fetch", "hit"]);
    expect(JSON.stringify(events)).not.toContain("a-value-of-some-length");
    await secrets.close();
  });
});
