import { describe, expect, it } from "vitest";
import { fakeClock } from "../src/index.js";

describe("fakeClock", () => {
  it("stands still until it is advanced, then moves both clocks alike", async () => {
    const clock = fakeClock(1_000);
    const monotonic = clock.monotonicNow();
    expect(clock.now()).toBe(1_000);
    await clock.advance(250);
    expect(clock.now()).toBe(1_250);
    expect(clock.monotonicNow()).toBe(monotonic + 250);
  });

  it("keeps the two clocks apart from the start", () => {
    const clock = fakeClock();
    expect(clock.now()).not.toBe(clock.monotonicNow());
  });

  it("freeze moves the wall clock alone, either way, and wakes nobody", async () => {
    const clock = fakeClock(1_000);
    const monotonic = clock.monotonicNow();
    let woken = false;
    void clock.sleep(10).then(() => {
      woken = true;
    });
    clock.freeze(500);
    await clock.advance(0);
    expect([clock.now(), clock.monotonicNow(), woken]).toEqual([1_500, monotonic, false]);
    clock.freeze(-600);
    expect(clock.now()).toBe(900);
  });

  it("wakes sleepers in the order of their time, and at that time", async () => {
    const clock = fakeClock(0);
    const woken: [string, number][] = [];
    const sleep = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push([name, clock.now()]);
    };
    void sleep("late", 30);
    void sleep("early", 10);
    void sleep("early too", 10);
    void sleep("never", 31);
    await clock.advance(30);
    expect(woken).toEqual([
      ["early", 10],
      ["early too", 10],
      ["late", 30],
    ]);
    expect(clock.now()).toBe(30);
  });

  it("wakes who lies down on the way, within the same advance", async () => {
    const clock = fakeClock(0);
    const woken: number[] = [];
    const loop = async () => {
      for (;;) {
        await clock.sleep(10);
        woken.push(clock.now());
      }
    };
    void loop();
    await clock.advance(35);
    expect(woken).toEqual([10, 20, 30]);
  });

  it("wakes a sleep of 0 ms or less by advance(0)", async () => {
    const clock = fakeClock();
    let woken = 0;
    for (const ms of [0, -5]) void clock.sleep(ms).then(() => woken++);
    await clock.advance(0);
    expect(woken).toBe(2);
  });

  it("rejects with the signal's reason, at once or when it aborts, and forgets the sleeper", async () => {
    const clock = fakeClock();
    const reason = new Error("given up");
    await expect(clock.sleep(10, AbortSignal.abort(reason))).rejects.toBe(reason);
    const abort = new AbortController();
    const sleep = clock.sleep(10, abort.signal);
    expect(clock.sleepers()).toHaveLength(1);
    abort.abort(reason);
    await expect(sleep).rejects.toBe(reason);
    expect(clock.sleepers()).toEqual([]);
  });

  it("is not moved by a signal that aborts after the sleep is over", async () => {
    const clock = fakeClock();
    const abort = new AbortController();
    const sleep = clock.sleep(10, abort.signal);
    await clock.advance(10);
    abort.abort();
    await expect(sleep).resolves.toBeUndefined();
  });

  it("tells who sleeps, for how long and whether in the background", () => {
    const clock = fakeClock();
    void clock.sleep(20);
    void clock.sleep(10, undefined, { background: true });
    expect(clock.sleepers()).toEqual([
      { dueInMs: 10, background: true },
      { dueInMs: 20, background: false },
    ]);
  });

  it("refuses to advance backwards", async () => {
    await expect(fakeClock().advance(-1)).rejects.toThrow(RangeError);
    await expect(fakeClock().advance(Number.NaN)).rejects.toThrow(RangeError);
  });
});
