import { describe, expect, it } from "vitest";
import {
  createSecrets,
  firstOf,
  memoryProvider,
  type SecretProvider,
  SecretsError,
  type SecretsErrorCode,
} from "../src/index.js";

function setUp(first: Record<string, string>, second: Record<string, string>) {
  const a = memoryProvider(first);
  const b = memoryProvider(second);
  const secrets = createSecrets({ provider: firstOf([named("a", a), named("b", b)]), cache: false });
  return { a, b, secrets };
}

function named<T extends SecretProvider>(name: string, provider: T): T {
  return Object.assign(provider, { name });
}

async function codeOf(promise: Promise<unknown>): Promise<SecretsErrorCode | undefined> {
  return promise.then(
    () => undefined,
    (error: SecretsError) => error.code,
  );
}

describe("firstOf", () => {
  it("answers with the first that has the secret", async () => {
    const { secrets } = setUp({ X: "mine" }, { X: "theirs", Y: "only theirs" });
    const { x, y } = await secrets.getAll({ x: "X", y: "Y" });
    expect([x.reveal(), y.reveal()]).toEqual(["mine", "only theirs"]);
    expect([(await secrets.get("X")).reveal(), (await secrets.get("Y")).reveal()]).toEqual(["mine", "only theirs"]);
  });

  it("says not found when none has it", async () => {
    const { secrets } = setUp({}, {});
    expect(await codeOf(secrets.get("X"))).toBe("ERR_SECRETS_NOT_FOUND");
    expect((await secrets.getMany(["X", "Y"])).size).toBe(2);
  });

  it.each([
    "ERR_SECRETS_ACCESS_DENIED",
    "ERR_SECRETS_UNAVAILABLE",
    "ERR_SECRETS_THROTTLED",
    "ERR_SECRETS_UNAUTHENTICATED",
    "ERR_SECRETS_VERSION_DISABLED",
  ] as const)("never falls through to a weaker source: %s", async (code) => {
    const { a, secrets } = setUp({ X: "mine" }, { X: "theirs" });
    a.fail(code);
    expect(await codeOf(secrets.get("X"))).toBe(code);
    const answers = await secrets.getMany(["X", "Y"]);
    expect([...answers.values()].map((answer) => SecretsError.is(answer) && answer.code)).toEqual([code, code]);
  });

  it("takes a previous value from the provider that has the current one, and from no other", async () => {
    const { a, b, secrets } = setUp({ X: "override" }, { X: "stored" });
    b.rotate("X", "stored anew");
    expect(await codeOf(secrets.get("X@previous"))).toBe("ERR_SECRETS_NOT_FOUND");
    a.delete("X");
    expect((await secrets.get("X@previous")).reveal()).toBe("stored");
    const both = await secrets.getMany(["X", "X@previous"]);
    expect([...both.values()].map((answer) => (SecretsError.is(answer) ? answer.code : answer.reveal()))).toEqual([
      "stored anew",
      "stored",
    ]);
  });

  it("passes over a provider that has no versions to one that has", async () => {
    const plain: SecretProvider = {
      name: "plain",
      capabilities: { stages: false, versions: false },
      get: async ({ name }) => {
        throw new SecretsError("ERR_SECRETS_NOT_FOUND", { secretName: name });
      },
    };
    const secrets = createSecrets({ provider: firstOf([plain, memoryProvider({ X: "one" })]), cache: false });
    expect((await secrets.get("X@v=1")).reveal()).toBe("one");
  });

  it("keeps each provider's own limit on caching", async () => {
    const local = memoryProvider({ X: "one" });
    const capped: SecretProvider = {
      ...local,
      name: "local",
      capabilities: { stages: true, versions: true, maxAgeMs: 0 },
      get: (ref, context) => local.get(ref, context),
    };
    const store = memoryProvider({ Y: "one" });
    const secrets = createSecrets({ provider: firstOf([capped, store]) });
    await secrets.getAll({ x: "X", y: "Y" });
    local.set("X", "two");
    store.set("Y", "two");
    expect([(await secrets.get("X")).reveal(), (await secrets.get("Y")).reveal()]).toEqual(["two", "one"]);
  });

  it("lists each name once, where all can list", async () => {
    const { secrets } = setUp({ X: "1", Z: "1" }, { X: "2", Y: "2" });
    const names: string[] = [];
    for await (const { name } of secrets.list()) names.push(name);
    expect(names.sort()).toEqual(["X", "Y", "Z"]);
  });

  it("closes all of them, and needs at least one", async () => {
    const closed: string[] = [];
    const closing = (name: string) =>
      Object.assign(memoryProvider(), {
        name,
        async close() {
          closed.push(name);
        },
      });
    await createSecrets({ provider: firstOf([closing("a"), closing("b")]) }).close();
    expect(closed).toEqual(["a", "b"]);
    expect(() => firstOf([])).toThrow(SecretsError);
  });
});

describe("a previous value whose owner cannot be told", () => {
  it.each(["ERR_SECRETS_THROTTLED", "ERR_SECRETS_ACCESS_DENIED"] as const)(
    "is no 'not found' when the first provider fails: %s",
    async (code) => {
      const down: SecretProvider = {
        name: "down",
        capabilities: { stages: false, versions: false },
        get: async () => {
          throw new SecretsError(code);
        },
      };
      const store = memoryProvider({ X: "one" });
      store.rotate("X", "two");
      const secrets = createSecrets({ provider: firstOf([down, store]), cache: false });
      expect(await codeOf(secrets.get("X@previous"))).toBe(code);
      const answers = [...(await secrets.getMany(["X@previous", "X"])).values()];
      expect(answers.map((answer) => SecretsError.is(answer) && answer.code)).toEqual([code, code]);
    },
  );
});

describe("after close", () => {
  it("it answers nothing, whatever its providers do", async () => {
    const provider = firstOf([memoryProvider({ X: "one" })]);
    await provider.close?.();
    await provider.close?.();
    const asked = provider.get({ name: "X", stage: "current" }, { signal: new AbortController().signal });
    expect(await codeOf(asked)).toBe("ERR_SECRETS_CLOSED");
  });
});
