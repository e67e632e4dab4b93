import { inspect } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { createSecrets, firstOf, memoryProvider, type SecretProvider, SecretsError } from "../src/index.js";
import { keyRingFrom } from "../src/keys/index.js";
import { maxStaleMs, setup, ttlMs } from "./setup.js";
import { canary, rejection, shown } from "./shown.js";

// Bugs that well-known secret clients have or had, each by the name of where it was found.

describe("AWS Powertools for TypeScript, parameters:", () => {
  it("the cache key left out the stage, so a previous value was answered by the cached current one", async () => {
    const { secrets, store } = setup({ A: "old" });
    store.memory.rotate("A", "new");
    expect((await secrets.get("A")).reveal()).toBe("new");
    expect((await secrets.get("A@previous")).reveal()).toBe("old");
    expect((await secrets.get("A@v=1")).reveal()).toBe("old");
  });

  it("an empty secret became undefined", async () => {
    const { secrets } = setup({ A: "" });
    expect((await secrets.get("A")).reveal()).toBe("");
    expect((await secrets.getOptional("A"))?.reveal()).toBe("");
  });

  it("a JSON error printed the secret", async () => {
    const value = canary();
    const { secrets } = setup({ A: value });
    const error = await rejection(secrets.get("A#key"));
    expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE" });
    expect(shown(error)).not.toContain(value);
    expect(inspect(error, { showHidden: true, depth: null })).not.toContain(value);
  });

  it("fifty reads at once made fifty calls", async () => {
    const { secrets, store } = setup({ A: "1" });
    await Promise.all(Array.from({ length: 50 }, () => secrets.get("A")));
    expect(store.calls).toEqual(["get A"]);
  });

  it("an outage after the TTL failed every read (#4674 asks for a batch besides)", async () => {
    const { secrets, store, clock } = setup({ A: "1", B: "2" });
    await secrets.getAll({ a: "A", b: "B" });
    expect(store.calls).toEqual(["getMany A,B"]);
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    await clock.advance(ttlMs + 1);
    expect(await secrets.get("A")).toMatchObject({ state: "stale" });
  });
});

describe("the AWS Secrets Manager agent:", () => {
  it("a throttle, HTTP 400 there, was no outage, so nothing stood in just then", async () => {
    const { secrets, store, clock } = setup({ A: "1" });
    await secrets.get("A");
    store.raw = Object.assign(new Error("Rate exceeded"), {
      name: "ThrottlingException",
      $metadata: { httpStatusCode: 400 },
    });
    store.classifyError = (raw) =>
      (raw as Error).name === "ThrottlingException" ? "ERR_SECRETS_THROTTLED" : undefined;
    await clock.advance(ttlMs + 1);
    await rejection(secrets.refresh("A"));
    expect((await secrets.get("A")).reveal()).toBe("1");
  });

  it("a stale hit renewed the full TTL", async () => {
    const { secrets, store, clock } = setup({ A: "1" });
    await secrets.get("A");
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    for (let passed = 0; passed < ttlMs + maxStaleMs; passed += 30_000) {
      await secrets.get("A");
      await clock.advance(30_000);
    }
    await clock.advance(1);
    expect(await rejection(secrets.get("A"))).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
  });
});

describe("aws-secretsmanager-caching-python:", () => {
  it.each(["ERR_SECRETS_ACCESS_DENIED", "ERR_SECRETS_NOT_FOUND", "ERR_SECRETS_VERSION_DISABLED"] as const)(
    "the last good value was served on any exception: %s",
    async (code) => {
      const { secrets, store, clock } = setup({ A: "1" });
      await secrets.get("A");
      store.memory.fail(code);
      await clock.advance(ttlMs + 1);
      await rejection(secrets.refresh("A"));
      expect(await rejection(secrets.get("A"))).toMatchObject({ code });
      store.memory.fail("ERR_SECRETS_UNAVAILABLE");
      await clock.advance(2_000);
      await rejection(secrets.get("A"));
      expect(await rejection(secrets.get("A"))).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
    },
  );

  it("there was no way to ask for a refresh (#23)", async () => {
    const { secrets, store } = setup({ A: "1" });
    await secrets.get("A");
    store.memory.rotate("A", "2");
    await secrets.refresh("A");
    expect((await secrets.get("A")).reveal()).toBe("2");
  });
});

describe("sources that fall through:", () => {
  it.each([
    ["unstorage azure-key-vault: every failure became null", "ERR_SECRETS_UNAVAILABLE"],
    ["airflow#66575, chamber#104: denied looked missing, and a weaker source answered", "ERR_SECRETS_ACCESS_DENIED"],
    ["Airflow's AWS backend: a key that could not be decrypted was missing", "ERR_SECRETS_VERSION_DISABLED"],
  ] as const)("%s", async (_, code) => {
    const strong = memoryProvider({ A: "strong" });
    strong.fail(code);
    const secrets = createSecrets({ provider: firstOf([strong, memoryProvider({ A: "weak" })]) });
    expect(await rejection(secrets.get("A"))).toMatchObject({ code });
    expect(await rejection(secrets.getOptional("A"))).toMatchObject({ code });
  });
});

describe("Go CDK runtimevar:", () => {
  it("denied and throttled were both Unknown, so nobody could tell a policy from a quota", async () => {
    const raw = new Error("x");
    const provider = (code: "ERR_SECRETS_THROTTLED" | "ERR_SECRETS_ACCESS_DENIED"): SecretProvider => ({
      name: "p",
      capabilities: { stages: false, versions: false },
      get: () => Promise.reject(raw),
      classifyError: () => code,
    });
    for (const code of ["ERR_SECRETS_THROTTLED", "ERR_SECRETS_ACCESS_DENIED"] as const) {
      const error = await rejection(createSecrets({ provider: provider(code) }).get("A"));
      expect(error).toMatchObject({ code, retryable: code === "ERR_SECRETS_THROTTLED" });
    }
  });

  it("the last good value was served for ever", async () => {
    const { secrets, store, clock } = setup({ A: "1" });
    await secrets.get("A");
    store.memory.fail("ERR_SECRETS_TIMEOUT");
    await clock.advance(ttlMs + maxStaleMs + 1);
    expect(await rejection(secrets.get("A"))).toMatchObject({ code: "ERR_SECRETS_TIMEOUT" });
  });
});

describe("middy:", () => {
  it("an error was cached, and a secret that came back stayed missing (#660)", async () => {
    const { secrets, store } = setup({ A: "1" });
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    await rejection(secrets.get("A"));
    store.memory.fail(undefined);
    expect((await secrets.get("A")).reveal()).toBe("1");
  });

  it("a value that had expired made all callers wait and the store take them all (#884)", async () => {
    const { secrets, store, clock } = setup({ A: "1" });
    await secrets.get("A");
    await clock.advance(ttlMs + 1);
    const open = store.hold();
    const reads = await Promise.all(Array.from({ length: 100 }, () => secrets.get("A")));
    expect(reads.every((secret) => secret.state === "stale" && secret.reveal() === "1")).toBe(true);
    expect(store.calls).toEqual(["get A", "get A"]);
    open();
  });

  it("a timer of the background broke frozen runtimes (#1123): a call that froze counts for nothing", async () => {
    const { secrets, store, clock } = setup({ A: "1" }, { cache: { revalidate: "await" } });
    await secrets.get("A");
    store.memory.rotate("A", "2");
    const open = store.hold();
    await clock.advance(ttlMs + 1);
    const beforeTheFreeze = secrets.get("A");
    clock.freeze(3_600_000);
    open();
    expect((await secrets.get("A")).reveal()).toBe("2");
    await beforeTheFreeze;
  });
});

describe("External Secrets Operator:", () => {
  it("an outage made secrets vanish (#4065)", async () => {
    const { secrets, store, clock } = setup({ A: "1" });
    const live = await secrets.live("A");
    store.memory.fail("ERR_SECRETS_THROTTLED");
    await clock.advance(maxStaleMs);
    expect(live.current.reveal()).toBe("1");
    expect(live.error).toMatchObject({ code: "ERR_SECRETS_THROTTLED" });
    await secrets.close();
  });

  it("errors of single items in a batch were dropped (#6732, conjur#2071)", async () => {
    const { secrets, store } = setup({ A: "1", B: "2", C: "3" });
    store.failing.set("B", "ERR_SECRETS_ACCESS_DENIED");
    const answers = await secrets.getMany(["A", "B", "C", "D"]);
    expect([...answers.values()].map((answer) => (SecretsError.is(answer) ? answer.code : answer.reveal()))).toEqual([
      "1",
      "ERR_SECRETS_ACCESS_DENIED",
      "3",
      "ERR_SECRETS_NOT_FOUND",
    ]);
    const error = await rejection(secrets.getAll({ a: "A", b: "B", d: "D" }));
    expect((error as AggregateError).message).toMatch(/B \(ERR_SECRETS_ACCESS_DENIED\), D \(ERR_SECRETS_NOT_FOUND\)/);
  });
});

describe("rotation:", () => {
  it("one retry fetched the same old value, while the database had moved (aws-advanced-go-wrapper#470)", async () => {
    const { secrets, store, clock } = setup({ DB: "old" });
    const { version } = await secrets.put("DB@pending", "new");
    expect(version).toBeDefined();
    const wrong = new Error("28P01");
    const login = vi.fn(async (secret: { reveal(): string }) => {
      if (secret.reveal() !== "new") throw wrong;
      return "in";
    });
    const done = secrets.withSecret("DB", login, { isAuthFailure: (error) => error === wrong });
    for (let n = 0; n < 60; n++) await clock.advance(500);
    expect(await done).toBe("in");
    expect(store.calls.some((call) => call.includes("@pending"))).toBe(true);
  });

  it("a restart was needed for a new value (dapr#9553, spring-cloud-aws#377)", async () => {
    const { secrets, store, clock } = setup({ A: "1" });
    const live = await secrets.live("A");
    store.memory.rotate("A", "2");
    await clock.advance(ttlMs + 1);
    expect(live.current.reveal()).toBe("2");
    await secrets.close();
  });
});

describe("Airflow:", () => {
  it("an empty Fernet key stored plaintext without a word", async () => {
    for (const value of ["", " \n"]) {
      const ring = keyRingFrom(setup({ K: value }).secrets, {
        name: "rows",
        current: "K",
        parse: (secret) => secret.revealBytes(),
      });
      expect(await rejection(ring)).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE" });
    }
  });
});
