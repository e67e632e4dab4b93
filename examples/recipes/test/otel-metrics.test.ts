import { subscribe, unsubscribe } from "node:diagnostics_channel";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { createSecrets, type MemoryProvider, memoryProvider, type Secrets, type SecretsEvent } from "@qarion/secrets";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { secretsMetrics } from "../src/otel-metrics.js";

const minutes = 60_000;
const dbPassword = { name: "DB_PASSWORD", provider: "memory", stage: "current" };

describe("metrics of the events", () => {
  let store: MemoryProvider;
  let secrets: Secrets;
  let exporter: InMemoryMetricExporter;
  let meters: MeterProvider;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
    exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
    store = memoryProvider({ DB_PASSWORD: "the-first-value" });
    secrets = createSecrets({
      provider: store,
      cache: { ttlMs: 5 * minutes, maxStaleMs: 60 * minutes, revalidate: "await" },
      onEvent: secretsMetrics(meters.getMeter("app")),
    });
  });

  afterEach(async () => {
    await secrets.close();
    await meters.shutdown();
    vi.useRealTimers();
  });

  /** What was exported last under this name: the attributes and the value of each series. */
  async function series(name: string): Promise<readonly { attributes: object; value: unknown }[]> {
    await meters.forceFlush();
    const metrics = exporter.getMetrics().at(-1)?.scopeMetrics[0]?.metrics ?? [];
    const points = metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
    return points.map(({ attributes, value }) => ({ attributes, value }));
  }

  it("count fresh and stale reads apart", async () => {
    for (let reads = 0; reads < 4; reads += 1) await secrets.get("DB_PASSWORD");
    store.fail("ERR_SECRETS_UNAVAILABLE");
    vi.setSystemTime(Date.now() + 6 * minutes);
    await secrets.get("DB_PASSWORD");
    expect(await series("secrets.cache.reads")).toEqual([
      { attributes: { ...dbPassword, outcome: "hit" }, value: 3 },
      { attributes: { ...dbPassword, outcome: "stale" }, value: 1 },
    ]);
  });

  it("time each call to the store by its outcome, in seconds", async () => {
    await secrets.get("DB_PASSWORD");
    vi.setSystemTime(Date.now() + 6 * minutes);
    await secrets.get("DB_PASSWORD");
    store.fail("ERR_SECRETS_ACCESS_DENIED");
    await expect(secrets.refresh("DB_PASSWORD")).rejects.toThrow();
    const calls = await series("secrets.store.duration");
    expect(calls).toEqual([
      { attributes: { ...dbPassword, outcome: "fetch" }, value: expect.objectContaining({ count: 1 }) },
      { attributes: { ...dbPassword, outcome: "revalidate" }, value: expect.objectContaining({ count: 1 }) },
      {
        attributes: { ...dbPassword, outcome: "error", "error.type": "ERR_SECRETS_ACCESS_DENIED" },
        value: expect.objectContaining({ count: 1 }),
      },
    ]);
  });

  it("take a call of 250 milliseconds as 0.25 seconds", async () => {
    const listener = secretsMetrics(meters.getMeter("app"));
    listener({ type: "fetch", ...dbPassword, stage: "current", durationMs: 250 });
    const [fetch] = await series("secrets.store.duration");
    expect(fetch).toMatchObject({
      value: { sum: 0.25, count: 1, buckets: { counts: [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0] } },
    });
  });

  it("tell how long ago the store last gave or confirmed each value, and stop when it has none", async () => {
    await secrets.get("DB_PASSWORD");
    vi.setSystemTime(Date.now() + 2 * minutes);
    expect(await series("secrets.last_good.age")).toEqual([{ attributes: dbPassword, value: 120 }]);
    await secrets.refresh("DB_PASSWORD");
    expect(await series("secrets.last_good.age")).toEqual([{ attributes: dbPassword, value: 0 }]);
    store.fail("ERR_SECRETS_UNAVAILABLE");
    vi.setSystemTime(Date.now() + 1 * minutes);
    await expect(secrets.refresh("DB_PASSWORD")).rejects.toThrow();
    expect(await series("secrets.last_good.age")).toEqual([{ attributes: dbPassword, value: 60 }]);
    store.fail("ERR_SECRETS_NOT_FOUND");
    await expect(secrets.refresh("DB_PASSWORD")).rejects.toThrow();
    vi.setSystemTime(Date.now() + 5 * minutes);
    // This SDK repeats what was observed last for a series that is observed no more.
    expect(await series("secrets.last_good.age")).toEqual([{ attributes: dbPassword, value: 60 }]);
  });

  it("have the same series after many rotations, one change each, and no value in any", async () => {
    await secrets.get("DB_PASSWORD");
    const values = Array.from({ length: 20 }, (_, index) => `rotated-value-${index}`);
    for (const value of values) {
      store.rotate("DB_PASSWORD", value);
      await secrets.refresh("DB_PASSWORD");
    }
    expect(await series("secrets.changes")).toEqual([{ attributes: dbPassword, value: 20 }]);
    expect(await series("secrets.store.duration")).toHaveLength(1);
    expect(JSON.stringify(exporter.getMetrics())).not.toMatch(/the-first-value|rotated-value/);
  });

  it("hear of every Secrets of the process by the diagnostics channel", async () => {
    const listener = secretsMetrics(meters.getMeter("by channel"));
    const onMessage = (event: unknown) => listener(event as SecretsEvent);
    subscribe("qarion:secrets", onMessage);
    const others = createSecrets({ provider: memoryProvider({ API_KEY: "the-key-of-others" }) });
    await others.get("API_KEY");
    unsubscribe("qarion:secrets", onMessage);
    expect(await series("secrets.last_good.age")).toEqual([
      { attributes: { ...dbPassword, name: "API_KEY" }, value: 0 },
    ]);
    await others.close();
  });
});
