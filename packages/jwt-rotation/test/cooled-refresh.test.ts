import { fakeClock } from "@qarion-testing/support";
import { describe, expect, it } from "vitest";
import { CooledRefresh } from "../src/cooled-refresh.js";

function setUp(refresh?: () => Promise<void>) {
  const clock = fakeClock();
  const startedAtMs: number[] = [];
  const start = clock.monotonicNow();
  const cooled = new CooledRefresh(async () => {
    startedAtMs.push(clock.monotonicNow() - start);
    await refresh?.();
  }, clock);
  return { clock, cooled, startedAtMs };
}

describe("CooledRefresh", () => {
  it("refreshes at once for the first who asks", async () => {
    const { cooled, startedAtMs } = setUp();
    await cooled.wait();
    expect(startedAtMs).toEqual([0]);
  });

  it("starts one refresh a second at most, and the last one after the last who asked", async () => {
    const { clock, cooled, startedAtMs } = setUp();
    const waits: Promise<void>[] = [];
    for (let round = 0; round < 30; round += 1) {
      waits.push(cooled.wait());
      await clock.advance(100);
    }
    await clock.advance(1_000);
    await Promise.all(waits);
    expect(startedAtMs).toEqual([0, 1_000, 2_000, 3_000]);
  });

  it("joins all who ask while it cools down to the one refresh that follows", async () => {
    const { clock, cooled, startedAtMs } = setUp();
    await cooled.wait();
    const waits = Array.from({ length: 100 }, () => cooled.wait());
    await clock.advance(999);
    expect(startedAtMs).toHaveLength(1);
    await clock.advance(1);
    await Promise.all(waits);
    expect(startedAtMs).toEqual([0, 1_000]);
  });

  it("gives whoever asks during a refresh a later one: that one may have read the store too early", async () => {
    let letGo: () => void = () => undefined;
    const { clock, cooled, startedAtMs } = setUp(
      () =>
        new Promise((resolve) => {
          letGo = resolve;
        }),
    );
    const first = cooled.wait();
    let isSecondDone = false;
    const second = cooled.wait().then(() => {
      isSecondDone = true;
    });
    await clock.advance(500);
    letGo();
    await first;
    await clock.advance(0);
    expect(isSecondDone).toBe(true); // asked before the first one started
    const third = cooled.wait();
    await clock.advance(500);
    expect(startedAtMs).toEqual([0, 1_000]);
    letGo();
    await Promise.all([second, third]);
  });

  it("lets at most 1,000 wait; the others are told so at once, until there is room again", async () => {
    const { clock, cooled } = setUp();
    await cooled.wait();
    const waits = Array.from({ length: 1_000 }, () => cooled.wait());
    await expect(cooled.wait()).rejects.toMatchObject({ code: "ERR_JWT_STALE", retryable: true });
    await clock.advance(1_000);
    await Promise.all(waits);
    const later = cooled.wait();
    await clock.advance(1_000);
    await expect(later).resolves.toBeUndefined();
  });

  it("is not stuck after a refresh that failed", async () => {
    let fails = true;
    const { clock, cooled } = setUp(async () => {
      if (fails) throw new Error("refresh");
    });
    await expect(cooled.wait()).rejects.toThrow("refresh");
    fails = false;
    const next = cooled.wait();
    await clock.advance(1_000);
    await expect(next).resolves.toBeUndefined();
  });

  it("goes by the clock that nobody sets: setting the wall clock back does not hold it up", async () => {
    const { clock, cooled, startedAtMs } = setUp();
    await cooled.wait();
    clock.freeze(-3_600_000);
    const next = cooled.wait();
    await clock.advance(1_000);
    await next;
    expect(startedAtMs).toHaveLength(2);
  });
});
