import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fakeClock } from "@qarion-testing/support";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSecrets, type SecretProvider, type Secrets } from "../src/index.js";
import { chunkedStore } from "./load/chunked-store.js";
import { type ExactCount, loadReport } from "./load/load-report.js";
import { loadSettings } from "./load/load-settings.js";
import { type OutageReport, type OutageVariant, outageHour } from "./load/outage-hour.js";
import { seededRandom } from "./load/seeded-random.js";
import { recordedStore } from "./recorded-store.js";
import { rejection } from "./shown.js";

const settings = loadSettings();
const began = performance.now();
const hours: OutageReport[] = [];
const exact: ExactCount[] = [];

beforeEach(() => {
  const random = seededRandom(settings.seed); // of the cache's jitter too: the seed decides the whole run
  vi.spyOn(Math, "random").mockImplementation(random.next);
});

afterEach(() => {
  vi.restoreAllMocks();
});

afterAll(() => {
  if (settings.long) process.stdout.write(loadReport(settings.seed, exact, hours));
});

/** Ten thousand reads of one moment, in every way there is to read. */
async function readAtOnce(secrets: Secrets, count: number): Promise<readonly (string | undefined)[]> {
  const ways = [
    async () => (await secrets.get("A")).reveal(),
    async () => (await secrets.get("A#k")).reveal(),
    async () => (await secrets.get({ name: "A", key: "other" })).reveal(),
    async () => (await secrets.getOptional("A"))?.reveal(),
    async () => (await secrets.getMany(["A"])).get("A")?.name,
    async () => (await secrets.live("A#k")).current.reveal(),
  ];
  return Promise.all(Array.from({ length: count }, (_, index) => ways[index % ways.length]?.()));
}

describe("10,000 cold reads of one name at once", () => {
  const value = JSON.stringify({ k: "v", other: "w" });
  const reads = 10_000;

  it("are one call of the provider, and every one gets the value", async () => {
    const store = recordedStore({ A: "v" });
    const secrets = createSecrets({ provider: store, clock: fakeClock() });
    const revealed = await Promise.all(Array.from({ length: reads }, async () => (await secrets.get("A")).reveal()));
    expect(new Set(revealed)).toEqual(new Set(["v"]));
    expect(store.calls).toEqual(["get A"]);
    exact.push({ what: "cold reads of one name", reads, calls: store.calls.length });
  });

  it("are one call too when they are whole values, keys, optional, verdicts and live values mixed", async () => {
    const store = recordedStore({ A: value });
    const secrets = createSecrets({ provider: store, clock: fakeClock() });
    const revealed = await readAtOnce(secrets, reads);
    expect(revealed).toHaveLength(reads);
    expect(new Set(revealed)).toEqual(new Set([value, "v", "w", "A"]));
    expect(store.calls).toEqual(["get A"]);
    await secrets.close();
    exact.push({ what: "the same, in six ways of reading", reads, calls: store.calls.length });
  });

  it("are one call too when that fails, and every one hears why", async () => {
    const store = recordedStore();
    store.failing.set("A", "ERR_SECRETS_THROTTLED");
    const secrets = createSecrets({ provider: store, clock: fakeClock() });
    const failures = await Promise.all(Array.from({ length: reads }, () => rejection(secrets.get("A"))));
    expect(new Set(failures.map((error) => (error as { code: string }).code))).toEqual(
      new Set(["ERR_SECRETS_THROTTLED"]),
    );
    expect(store.calls).toEqual(["get A"]);
    exact.push({ what: "the same, and the store throttles", reads, calls: store.calls.length });
  });

  it("are one request to a real server", async () => {
    const requests: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      requests.push(request.url);
      response.end(value);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const provider: SecretProvider = {
        name: "http",
        capabilities: { stages: false, versions: false },
        async get({ name }, { signal }) {
          const response = await fetch(`http://127.0.0.1:${port}/${encodeURIComponent(name)}`, { signal });
          return { value: await response.text() };
        },
      };
      const secrets = createSecrets({ provider });
      expect(new Set(await readAtOnce(secrets, reads))).toEqual(new Set([value, "v", "w", "A"]));
      expect(requests).toEqual(["/A"]);
      await secrets.close();
      exact.push({ what: "the same, over HTTP on this machine", reads, calls: requests.length });
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe("1,000 names from a store that takes 20 in a call", () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `team/NAME_${index}`);
  const chunked = () => chunkedStore(Object.fromEntries(names.map((name) => [name, `value of ${name}`])), 20);
  const mostCalls = names.length / 20;

  const ways: Record<string, (secrets: Secrets) => Promise<ReadonlyMap<string, string>>> = {
    getMany: async (secrets) =>
      new Map([...(await secrets.getMany(names))].map(([name, got]) => [name, "reveal" in got ? got.reveal() : ""])),
    getAll: async (secrets) => {
      const all = await secrets.getAll(Object.fromEntries(names.map((name) => [name, name])));
      return new Map(Object.entries(all).map(([name, secret]) => [name, secret.reveal()]));
    },
    "get, ten times each": async (secrets) => {
      const reads = Array.from({ length: 10 }, () => names).flat();
      return new Map(await Promise.all(reads.map(async (name) => [name, (await secrets.get(name)).reveal()] as const)));
    },
  };

  it.each(Object.keys(ways))("are 50 calls of the store, and each name has its own value: by %s", async (way) => {
    const store = chunked();
    const secrets = createSecrets({ provider: store, clock: fakeClock() });
    const values = await ways[way]?.(secrets);
    expect(values?.size).toBe(names.length);
    for (const [name, value] of values ?? []) expect(value).toBe(`value of ${name}`);
    expect(store.storeCalls).toHaveLength(mostCalls);
    expect(new Set(store.storeCalls.flat()).size).toBe(names.length);
    exact.push({
      what: `1,000 names by ${way}`,
      reads: way.includes("ten") ? 10_000 : 1_000,
      calls: store.storeCalls.length,
    });
  });

  it("are 50 calls again when those in use are due, though they are read one after the other", async () => {
    const store = chunked();
    const clock = fakeClock();
    const secrets = createSecrets({ provider: store, clock, cache: { ttlMs: 60_000 } });
    await secrets.getMany(names);
    await clock.advance(30_000);
    for (const name of names) await secrets.get(name);
    await clock.advance(30_000);
    for (const name of names.toReversed()) await secrets.get(name);
    await clock.advance(0);
    for (const name of names) expect((await secrets.get(name)).state).toBe("fresh");
    expect(store.storeCalls).toHaveLength(2 * mostCalls);
    exact.push({ what: "1,000 names, and again past their ttlMs", reads: 4_000, calls: store.storeCalls.length });
  });

  it("are 50 calls with names among them that there are not, and these alone fail", async () => {
    const store = chunked();
    const secrets = createSecrets({ provider: store, clock: fakeClock() });
    const asked = names.map((name, index) => (index % 10 === 0 ? `absent/${index}` : name));
    const verdicts = await secrets.getMany(asked);
    for (const [name, verdict] of verdicts) {
      if (name.startsWith("absent/"))
        expect(verdict).toMatchObject({ code: "ERR_SECRETS_NOT_FOUND", secretName: name });
      else expect("reveal" in verdict && verdict.reveal()).toBe(`value of ${name}`);
    }
    expect(store.storeCalls).toHaveLength(mostCalls);
    exact.push({ what: "the same, every tenth absent", reads: 1_000, calls: store.storeCalls.length });
  });
});

const plain: OutageVariant = {
  name: "background",
  revalidate: "background",
  rotates: false,
  live: false,
  refreshes: false,
  batches: false,
  describes: false,
};
const variants: readonly OutageVariant[] = [
  plain,
  { ...plain, name: "await, values rotate", revalidate: "await", rotates: true },
  { ...plain, name: "live values, values rotate", live: true, rotates: true },
  { ...plain, name: "refresh and describe, values rotate", rotates: true, refreshes: true, describes: true },
  {
    ...plain,
    name: "live, batches, refresh, await, rotate",
    revalidate: "await",
    rotates: true,
    live: true,
    batches: true,
    refreshes: true,
  },
];

describe(`a store that throttles, hangs and dies in turns for an hour under 200 readers, seed ${settings.seed}`, () => {
  it.each(variants.map((variant) => [variant.name, variant] as const))(
    "is never felt while a value may stand in, and never hides a refusal: %s",
    async (_, variant) => {
      for (let hour = 0; hour < settings.hoursPerVariant; hour += 1) {
        if (hour > 0 && performance.now() - began > settings.mostSeconds * 1_000) break;
        const report = await outageHour(variant, settings.seed + hour, settings.readerPauseMs);
        hours.push(report);
        const { oracle, questions, mostQuestions, notRecovered, rotations } = report;
        expect(oracle.violations, `seed ${report.seed}`).toEqual([]);
        expect(notRecovered).toEqual([]);
        expect(questions).toBeLessThanOrEqual(mostQuestions);
        // An hour in which nothing went wrong would show nothing.
        const { reads, fresh, stale, denied, missing, outage, hung, liveReads, liveWithError } = oracle.counts;
        const happened = { reads, fresh, stale, denied, missing, outage, hung };
        expect(Object.entries(happened).filter(([, count]) => count === 0)).toEqual([]);
        if (variant.live) expect(Math.min(liveReads, liveWithError, report.listenersTold)).toBeGreaterThan(0);
        if (variant.rotates) expect(rotations).toBeGreaterThan(100);
      }
    },
    settings.long ? 600_000 : 60_000,
  );
});
