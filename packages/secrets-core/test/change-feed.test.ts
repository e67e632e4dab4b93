import { fakeClock } from "@qarion-testing/support";
import { describe, expect, it } from "vitest";
import { type Change, createSecrets, memoryProvider } from "../src/index.js";

/** A source of changes that a test pushes into. */
class Feed implements AsyncIterable<Change> {
  readonly #waiting: ((result: IteratorResult<Change>) => void)[] = [];
  readonly #pending: IteratorResult<Change>[] = [];
  ended = false;

  push(change: Change): void {
    this.#hand({ value: change, done: false });
  }

  end(): void {
    this.#hand({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): AsyncIterator<Change> {
    return {
      next: () =>
        new Promise((resolve) => {
          const ready = this.#pending.shift();
          if (ready) resolve(ready);
          else this.#waiting.push(resolve);
        }),
      return: async () => {
        this.ended = true;
        return { value: undefined, done: true };
      },
    };
  }

  #hand(result: IteratorResult<Change>): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(result);
    else this.#pending.push(result);
  }
}

async function setUp() {
  const clock = fakeClock();
  const provider = memoryProvider({ A: "a1", B: "b1" });
  const calls: string[] = [];
  const { get, getMany } = provider;
  provider.get = (ref, context) => {
    calls.push(ref.name);
    return get.call(provider, ref, context);
  };
  provider.getMany = (refs, context) => {
    calls.push(...refs.map(({ name }) => name));
    return getMany?.call(provider, refs, context) ?? Promise.reject(new Error("no batch"));
  };
  const secrets = createSecrets({ provider, clock });
  await secrets.get("A");
  await secrets.get("B");
  calls.length = 0;
  return { clock, provider, secrets, calls };
}

describe("refreshOn", () => {
  it("refreshes what the word names, and only that", async () => {
    const { clock, provider, secrets, calls } = await setUp();
    const feed = new Feed();
    secrets.refreshOn(feed);
    provider.rotate("A", "a2");
    feed.push({ name: "A" });
    await clock.advance(0);
    expect([calls, (await secrets.get("A")).reveal()]).toEqual([["A"], "a2"]);
  });

  it("refreshes all that is held when no name is told", async () => {
    const { clock, secrets, calls } = await setUp();
    const feed = new Feed();
    secrets.refreshOn(feed);
    feed.push({});
    await clock.advance(0);
    expect([...calls].sort()).toEqual(["A", "B"]);
  });

  it("asks for nothing that is not held, whoever says that it changed", async () => {
    const { clock, secrets, calls } = await setUp();
    const feed = new Feed();
    secrets.refreshOn(feed);
    for (const name of ["C", "__proto__", "../A", 7 as unknown as string]) feed.push({ name });
    await clock.advance(5_000);
    expect(calls).toEqual([]);
  });

  it("asks at most once a second for a name, and once more after the last word", async () => {
    const { clock, provider, secrets, calls } = await setUp();
    const feed = new Feed();
    secrets.refreshOn(feed);
    for (let step = 0; step < 100; step += 1) {
      feed.push({ name: "A" });
      await clock.advance(20);
    }
    provider.rotate("A", "last");
    feed.push({ name: "A" });
    await clock.advance(1_000);
    expect(calls.length).toBeLessThanOrEqual(4);
    expect((await secrets.get("A")).reveal()).toBe("last");
  });

  it("reaches live values and ends when it is told to", async () => {
    const { clock, provider, secrets, calls } = await setUp();
    const feed = new Feed();
    const live = await secrets.live("A");
    const stop = secrets.refreshOn(feed);
    provider.rotate("A", "a2");
    feed.push({ name: "A" });
    await clock.advance(0);
    expect(live.current.reveal()).toBe("a2");
    stop();
    await clock.advance(0);
    expect(feed.ended).toBe(true);
    calls.length = 0;
    feed.push({ name: "A" });
    await clock.advance(2_000);
    expect(calls).toEqual([]);
  });

  it("survives a source that fails, and an outage of the store", async () => {
    const { clock, provider, secrets } = await setUp();
    secrets.refreshOn({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("the queue is gone")) }),
    });
    const feed = new Feed();
    secrets.refreshOn(feed);
    provider.fail("ERR_SECRETS_UNAVAILABLE");
    feed.push({ name: "A" });
    await clock.advance(0);
    expect((await secrets.get("A")).reveal()).toBe("a1");
  });
});

describe("a provider that watches", () => {
  it("is listened to once something follows it, again after it failed, and until all is closed", async () => {
    const { clock, provider, secrets } = await setUp();
    const feeds: Feed[] = [];
    const signals: AbortSignal[] = [];
    provider.watch = ({ signal }) => {
      signals.push(signal);
      const feed = new Feed();
      feeds.push(feed);
      return feed;
    };
    expect(feeds.length).toBe(0);
    const live = await secrets.live("A");
    await clock.advance(0);
    expect(feeds.length).toBe(1);
    provider.rotate("A", "a2");
    feeds[0]?.push({ name: "A" });
    await clock.advance(0);
    expect(live.current.reveal()).toBe("a2");

    feeds[0]?.end();
    await clock.advance(1_500);
    expect(feeds.length).toBe(2);
    await clock.advance(1_000);
    provider.rotate("A", "a3");
    feeds[1]?.push({ name: "A" });
    await clock.advance(0);
    expect(live.current.reveal()).toBe("a3");

    await secrets.close();
    expect(signals.every((signal) => signal.aborted)).toBe(true);
    await clock.advance(60_000);
    expect(feeds.length).toBe(2);
  });
});
