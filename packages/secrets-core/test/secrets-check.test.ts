import { describe, expect, it } from "vitest";
import { maxStaleMs, setup, ttlMs } from "./setup.js";
import { canary, rejection, shown } from "./shown.js";

describe("check", () => {
  it("is ready when all can be had", async () => {
    const { secrets } = setup({ A: "1", B: '{"k":"2"}' });
    expect(await secrets.check(["A", "B#k", { name: "A", stage: "current" }])).toEqual({
      status: "ready",
      secrets: [
        { name: "A", verdict: "ok" },
        { name: "B#k", verdict: "ok" },
        { name: "A", verdict: "ok" },
      ],
    });
  });

  it("is degraded while some come from the cache alone, and an error once they do not", async () => {
    const { store, clock, secrets } = setup({ A: "1", B: "2" }, { cache: { revalidate: "await" } });
    await secrets.getMany(["A", "B"]);
    store.failing.set("A", "ERR_SECRETS_UNAUTHENTICATED");
    await clock.advance(ttlMs);
    expect(await secrets.check(["A", "B"])).toEqual({
      status: "degraded",
      secrets: [
        { name: "A", verdict: "stale" },
        { name: "B", verdict: "ok" },
      ],
    });
    await clock.advance(maxStaleMs);
    expect(await secrets.check(["A", "B"])).toMatchObject({
      status: "error",
      secrets: [{ verdict: "unavailable" }, { verdict: "ok" }],
    });
  });

  it.each([
    ["ERR_SECRETS_NOT_FOUND", "missing"],
    ["ERR_SECRETS_ACCESS_DENIED", "denied"],
    ["ERR_SECRETS_VERSION_DISABLED", "disabled"],
    ["ERR_SECRETS_INVALID_VALUE", "invalid"],
    ["ERR_SECRETS_INVALID_CONFIG", "invalid"],
    ["ERR_SECRETS_UNSUPPORTED", "invalid"],
    ["ERR_SECRETS_UNAVAILABLE", "unavailable"],
    ["ERR_SECRETS_THROTTLED", "unavailable"],
    ["ERR_SECRETS_UNAUTHENTICATED", "unavailable"],
    ["ERR_SECRETS_UNKNOWN", "unavailable"],
  ] as const)("says of %s that it is %s", async (code, verdict) => {
    const { store, secrets } = setup({ A: "1" });
    store.failing.set("A", code);
    expect(await secrets.check(["A"])).toEqual({ status: "error", secrets: [{ name: "A", verdict }] });
  });

  it("of nothing, or with nothing held, is ready", async () => {
    const { secrets } = setup({ A: "1" });
    expect(await secrets.check([])).toEqual({ status: "ready", secrets: [] });
    expect(await secrets.check()).toEqual({ status: "ready", secrets: [] });
  });

  it("without references looks at what is held, each stage of it", async () => {
    const { store, secrets } = setup({ A: "1" });
    store.memory.rotate("A", "2");
    await secrets.getMany(["A", "A@previous", "A@v=1"]);
    expect(await secrets.check()).toEqual({
      status: "ready",
      secrets: [
        { name: "A", verdict: "ok" },
        { name: "A@previous", verdict: "ok" },
        { name: "A@v=1", verdict: "ok" },
      ],
    });
  });

  it("without references is an error when something was asked for and could not be had", async () => {
    const { store, secrets } = setup({ A: "1" });
    for (const [code, verdict] of [
      ["ERR_SECRETS_UNAVAILABLE", "unavailable"],
      ["ERR_SECRETS_ACCESS_DENIED", "denied"],
    ] as const) {
      store.failing.set("A", code);
      await rejection(secrets.refresh("A"));
      await rejection(secrets.get("A"));
      expect(await secrets.check()).toEqual({ status: "error", secrets: [{ name: "A", verdict }] });
    }
  });

  it("without references is not made an error by an optional secret that there is not", async () => {
    const { secrets } = setup({ A: "1" });
    await secrets.get("A");
    await secrets.getOptional("NONE");
    await secrets.live("NONE_EITHER", { optional: true });
    expect(await secrets.check()).toEqual({ status: "ready", secrets: [{ name: "A", verdict: "ok" }] });
  });

  it.each([
    ["an uncached provider", { capabilities: { maxAgeMs: 0 } }],
    ["cache: false", { cache: false as const }],
  ])("without references asks again for what was read, with %s", async (_, options) => {
    const { store, secrets } = setup({ A: "1" }, options);
    await secrets.get("A");
    expect(await secrets.check()).toEqual({ status: "ready", secrets: [{ name: "A", verdict: "ok" }] });
    store.memory.fail("ERR_SECRETS_ACCESS_DENIED");
    expect(await secrets.check()).toEqual({ status: "error", secrets: [{ name: "A", verdict: "denied" }] });
  });

  it("without references, and without a cache, looks at what was missing once and has come", async () => {
    const { store, secrets } = setup({}, { cache: false });
    expect(await secrets.getOptional("A")).toBeUndefined();
    store.memory.set("A", "1");
    await secrets.get("A");
    expect(await secrets.check()).toEqual({ status: "ready", secrets: [{ name: "A", verdict: "ok" }] });
  });

  it("rejects for a bad reference, which is a mistake and no state of a secret", async () => {
    const { secrets } = setup({});
    expect(await rejection(secrets.check([".."]))).toMatchObject({ code: "ERR_SECRETS_INVALID_REF" });
  });

  it("shows no value", async () => {
    const value = canary();
    const { secrets } = setup({ A: value });
    expect(shown(await secrets.check(["A"]))).not.toContain(value);
  });
});
