import { getEventListeners } from "node:events";
import { fakeClock } from "@qarion-testing/support";
import { describe, expect, it } from "vitest";
import { createSecrets, type MemoryProvider, memoryProvider, type Secret, SecretsError } from "../src/index.js";

class Refused extends Error {}
const isAuthFailure = (error: unknown) => error instanceof Refused;

/** A database that accepts some passwords, and counts the attempts with each. */
function database(...accepted: string[]) {
  const attempts: string[] = [];
  const passwords = new Set(accepted);
  return {
    attempts,
    passwords,
    signIn: async (secret: Secret) => {
      attempts.push(secret.reveal());
      if (!passwords.has(secret.reveal())) throw new Refused();
      return `in by ${secret.reveal()}`;
    },
  };
}

function setUp(initial: Record<string, string> = { PASSWORD: "old" }) {
  const clock = fakeClock();
  const provider: MemoryProvider = memoryProvider(initial);
  const secrets = createSecrets({ provider, clock });
  return { clock, provider, secrets };
}

/** Lets simulated time pass until the promise has settled. */
async function settle<T>(clock: ReturnType<typeof fakeClock>, promise: Promise<T>): Promise<T | { failed: unknown }> {
  let done = false;
  const outcome = promise.then(
    (value) => value,
    (failed: unknown) => ({ failed }),
  );
  void outcome.then(() => {
    done = true;
  });
  for (let step = 0; step < 500 && !done; step += 1) await clock.advance(100);
  return outcome;
}

describe("withSecret", () => {
  it("uses the current value, and asks the store for no other while that works", async () => {
    const { secrets } = setUp();
    const { signIn, attempts } = database("old");
    expect(await secrets.withSecret("PASSWORD", signIn, { isAuthFailure })).toBe("in by old");
    expect(attempts).toEqual(["old"]);
  });

  it("refreshes on an authentication failure: the store was rotated and the cache not yet", async () => {
    const { secrets, provider, clock } = setUp();
    await secrets.get("PASSWORD");
    provider.rotate("PASSWORD", "new");
    const { signIn, attempts } = database("new");
    expect(await settle(clock, secrets.withSecret("PASSWORD", signIn, { isAuthFailure }))).toBe("in by new");
    expect(attempts).toEqual(["old", "new"]);
  });

  it("tries the pending value: the database changed before the store made it current", async () => {
    const { secrets, provider, clock } = setUp();
    provider.set("PASSWORD", "new", { stage: "pending" });
    const { signIn } = database("new");
    expect(await settle(clock, secrets.withSecret("PASSWORD", signIn, { isAuthFailure }))).toBe("in by new");
  });

  it("tries the previous value for a while after a rotation: the store changed before the database did", async () => {
    const { secrets, provider, clock } = setUp();
    await secrets.get("PASSWORD");
    provider.rotate("PASSWORD", "new");
    await secrets.refresh("PASSWORD");
    const { signIn } = database("old");
    expect(await settle(clock, secrets.withSecret("PASSWORD", signIn, { isAuthFailure }))).toBe("in by old");
  });

  it("tries no previous value where nothing shows a rotation: guessing locks accounts", async () => {
    const { secrets, provider, clock } = setUp();
    provider.set("PASSWORD", "older", { stage: "previous" });
    const { signIn, attempts } = database("older");
    const outcome = await settle(clock, secrets.withSecret("PASSWORD", signIn, { isAuthFailure }));
    expect((outcome as { failed: unknown }).failed).toBeInstanceOf(Refused);
    expect(new Set(attempts)).toEqual(new Set(["old"]));
    expect(attempts.length).toBeLessThanOrEqual(5);
  });

  it("tries no previous value once the window has passed", async () => {
    const { secrets, provider, clock } = setUp();
    await secrets.get("PASSWORD");
    provider.rotate("PASSWORD", "new");
    await secrets.refresh("PASSWORD");
    await clock.advance(60 * 60_000 * 3);
    const { signIn, attempts } = database("old");
    await settle(clock, secrets.withSecret("PASSWORD", signIn, { isAuthFailure }));
    expect(new Set(attempts)).toEqual(new Set(["new"]));
  });

  it("goes on until the database has caught up", async () => {
    const { secrets, provider, clock } = setUp();
    await secrets.get("PASSWORD");
    provider.set("PASSWORD", "new", { stage: "pending" });
    const { signIn, passwords } = database();
    const outcome = settle(clock, secrets.withSecret("PASSWORD", signIn, { isAuthFailure }));
    await clock.advance(2_000);
    passwords.add("new");
    expect(await outcome).toBe("in by new");
  });

  it("gives up at the end of its budget with the last refusal", async () => {
    const { secrets, provider, clock } = setUp();
    provider.set("PASSWORD", "new", { stage: "pending" });
    const startedAt = clock.now();
    let endedAt = 0;
    const { signIn } = database();
    const attempt = secrets
      .withSecret("PASSWORD", signIn, { isAuthFailure, budgetMs: 3_000 })
      .catch((error: unknown) => {
        endedAt = clock.now();
        throw error;
      });
    expect((await settle(clock, attempt)) as { failed: unknown }).toEqual({ failed: expect.any(Refused) });
    expect(endedAt - startedAt).toBeGreaterThanOrEqual(3_000);
    expect(endedAt - startedAt).toBeLessThan(4_000);
  });

  it("leaves every other error to the caller at once", async () => {
    const { secrets } = setUp();
    const other = new Error("the table does not exist");
    await expect(secrets.withSecret("PASSWORD", () => Promise.reject(other), { isAuthFailure })).rejects.toBe(other);
  });

  it("stops when the caller's signal aborts", async () => {
    const { secrets, clock } = setUp();
    const controller = new AbortController();
    const { signIn, attempts } = database();
    const outcome = settle(clock, secrets.withSecret("PASSWORD", signIn, { isAuthFailure, signal: controller.signal }));
    await clock.advance(100);
    const before = attempts.length;
    controller.abort();
    const { failed } = (await outcome) as { failed: unknown };
    expect(SecretsError.is(failed) && failed.code).toBe("ERR_SECRETS_ABORTED");
    expect(attempts.length).toBe(before);
  });

  it("stops at once when the signal aborts, though the store hangs or was not asked yet", async () => {
    for (const held of [true, false]) {
      const { secrets, provider, clock } = setUp();
      if (held) await secrets.get("PASSWORD");
      provider.get = () => new Promise(() => undefined);
      const controller = new AbortController();
      const { signIn, attempts } = database();
      const { signal } = controller;
      const outcome = secrets
        .withSecret("PASSWORD", signIn, { isAuthFailure, signal })
        .catch((error: unknown) => error);
      await clock.advance(0);
      controller.abort();
      expect(await outcome).toMatchObject({ code: "ERR_SECRETS_ABORTED" });
      expect(attempts).toEqual(held ? ["old"] : []);
      expect(getEventListeners(signal, "abort")).toEqual([]);
    }
  });

  it("asks nothing for a caller whose signal was aborted before", async () => {
    const { secrets } = setUp();
    const { signIn, attempts } = database("old");
    const aborted = { isAuthFailure, signal: AbortSignal.abort() };
    await expect(secrets.withSecret("PASSWORD", signIn, aborted)).rejects.toMatchObject({
      code: "ERR_SECRETS_ABORTED",
    });
    expect(attempts).toEqual([]);
  });

  it("keeps to its budget though the store hangs", async () => {
    const { secrets, provider, clock } = setUp();
    await secrets.get("PASSWORD");
    provider.get = () => new Promise(() => undefined);
    const { signIn } = database();
    const outcome = secrets
      .withSecret("PASSWORD", signIn, { isAuthFailure, budgetMs: 500 })
      .catch((error: unknown) => error);
    await clock.advance(500);
    expect(await Promise.race([outcome, Promise.resolve("still waiting")])).toBeInstanceOf(Refused);
  });

  it("shares one refresh among all who fail at once", async () => {
    const { secrets, provider, clock } = setUp();
    let calls = 0;
    const get = provider.get.bind(provider);
    provider.get = (ref, context) => {
      if (ref.stage === "current") calls += 1;
      return get(ref, context);
    };
    await secrets.get("PASSWORD");
    provider.rotate("PASSWORD", "new");
    const { signIn } = database("new");
    await settle(
      clock,
      Promise.all(Array.from({ length: 100 }, () => secrets.withSecret("PASSWORD", signIn, { isAuthFailure }))),
    );
    expect(calls).toBeLessThanOrEqual(3);
  });

  it("during an outage goes on with what it has, within the budget", async () => {
    const { secrets, provider, clock } = setUp();
    await secrets.get("PASSWORD");
    provider.fail("ERR_SECRETS_UNAVAILABLE");
    const { signIn } = database();
    const { failed } = (await settle(clock, secrets.withSecret("PASSWORD", signIn, { isAuthFailure }))) as {
      failed: unknown;
    };
    expect(failed).toBeInstanceOf(Refused);
  });
});
