import { getEventListeners } from "node:events";
import { fakeClock } from "@qarion-testing/support";
import { describe, expect, it } from "vitest";
import { type Clock, createSecrets } from "../src/index.js";
import { recordedStore } from "./recorded-store.js";
import { rejection } from "./shown.js";

const ttlMs = 60_000;

function cached(clock: Clock) {
  const store = recordedStore({ A: "1" });
  return { store, secrets: createSecrets({ provider: store, clock, cache: { ttlMs, revalidate: "await" } }) };
}

describe("the age of a value", () => {
  it("grows with time", async () => {
    const clock = fakeClock();
    const { store, secrets } = cached(clock);
    await secrets.get("A");
    await clock.advance(ttlMs);
    await secrets.get("A");
    expect(store.calls).toHaveLength(2);
  });

  it("grows while the machine is frozen and only the wall clock goes on", async () => {
    const clock = fakeClock();
    const { store, secrets } = cached(clock);
    await secrets.get("A");
    clock.freeze(ttlMs);
    await secrets.get("A");
    expect(store.calls).toHaveLength(2);
  });

  it("grows though the wall clock is set back", async () => {
    const clock = fakeClock();
    const { store, secrets } = cached(clock);
    await secrets.get("A");
    clock.freeze(-24 * 3_600_000);
    await secrets.get("A");
    expect(store.calls).toHaveLength(1);
    await clock.advance(ttlMs);
    await secrets.get("A");
    expect(store.calls).toHaveLength(2);
  });

  it("is told by the wall clock alone where there is no other", async () => {
    const { monotonicNow: _, ...clock } = fakeClock();
    const { store, secrets } = cached(clock);
    await secrets.get("A");
    await clock.advance(ttlMs);
    await secrets.get("A");
    expect(store.calls).toHaveLength(2);
  });

  it("starts when the store was asked, not when it answered", async () => {
    const clock = fakeClock();
    const { store, secrets } = cached(clock);
    const release = store.hold();
    const askedAt = clock.now();
    const secret = secrets.get("A");
    await clock.advance(5_000);
    release();
    expect((await secret).fetchedAt.getTime()).toBe(askedAt);
  });
});

describe("the system's clock, which is the default", () => {
  it("times a call out in real time", async () => {
    const store = recordedStore({ A: "1" });
    const release = store.hold();
    const secrets = createSecrets({ provider: store, timeoutMs: 20 });
    const startedAt = performance.now();
    expect(await rejection(secrets.get("A"))).toMatchObject({ code: "ERR_SECRETS_TIMEOUT" });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(19);
    release();
  });

  it("takes a deadline longer than a timer can be for the longest there is, not for none", async () => {
    const store = recordedStore({ A: "1" });
    const release = store.hold();
    const secret = createSecrets({ provider: store, timeoutMs: 2 ** 40 }).get("A");
    setTimeout(release, 20);
    expect((await secret).reveal()).toBe("1");
  });

  it("tells when a value was fetched", async () => {
    const before = Date.now();
    const { fetchedAt } = await createSecrets({ provider: recordedStore({ A: "1" }) }).get("A");
    expect(fetchedAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(fetchedAt.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it("leaves nothing behind on a signal that outlives its sleeps, and does not sleep for one that was aborted", async () => {
    const secrets = createSecrets({ provider: recordedStore({ A: "1" }) });
    const refused = new Error("refused");
    const isAuthFailure = (error: unknown) => error === refused;
    const abort = new AbortController();
    const { signal } = abort;
    const refuse = () => Promise.reject(refused);
    expect(await rejection(secrets.withSecret("A", refuse, { isAuthFailure, budgetMs: 20, signal }))).toBe(refused);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    const others = createSecrets({ provider: recordedStore({ A: "1" }) });
    const aborting = () => {
      abort.abort();
      return refuse();
    };
    const startedAt = performance.now();
    const error = await rejection(others.withSecret("A", aborting, { isAuthFailure, budgetMs: 60_000, signal }));
    expect(error).toMatchObject({ code: "ERR_SECRETS_ABORTED" });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it("ends its sleep when nobody waits for it any more", async () => {
    const secrets = createSecrets({ provider: recordedStore({ A: "1" }), cache: { ttlMs: 60_000 } });
    const live = await secrets.live("A");
    await secrets.close(); // aborts the sleep of the background refresh
    expect(live.current.reveal()).toBe("1");
  });
});
