import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSecrets, type SecretProvider, SecretsError } from "../src/index.js";
import { recordedStore } from "./recorded-store.js";
import { canary, rejection, shown } from "./shown.js";

function setUp(text: string) {
  const store = Object.assign(recordedStore({ app: text }), { naming: { bundle: "app" } });
  const secrets = createSecrets({ provider: store });
  const stored = async () => (await store.memory.get({ name: "app", stage: "current" }, context)).value as string;
  return { store, secrets, stored };
}

const context = { signal: new AbortController().signal };

describe("put into a bundle", () => {
  it("sets one member and leaves the others as they were, in their order", async () => {
    const { secrets, stored } = setUp('{"A":"1","deep":{"n":[1,2.5,null]},"B":"2"}');
    await secrets.get("A");
    const { version } = await secrets.put("A", 'new "one"');
    expect(version).toBeDefined();
    expect(await stored()).toBe('{"A":"new \\"one\\"","deep":{"n":[1,2.5,null]},"B":"2"}');
    expect((await secrets.get("A")).reveal()).toBe('new "one"');
  });

  it("writes over the member that a read would give, and makes a new one under the literal name", async () => {
    const { secrets, stored } = setUp('{"C_D":"1"}');
    await secrets.put("c/d", "2");
    await secrets.put("e/f", "3");
    expect(await stored()).toBe('{"C_D":"2","e/f":"3"}');
  });

  it("keeps a member that is called __proto__", async () => {
    const { secrets, stored } = setUp('{"__proto__":"own","A":"1"}');
    await secrets.put("A", "2");
    expect(await stored()).toBe('{"__proto__":"own","A":"2"}');
    await secrets.put("__proto__", "new");
    expect(JSON.parse(await stored()).A).toBe("2");
    expect((await secrets.get("__proto__")).reveal()).toBe("new");
  });

  it("refuses to change a number that JavaScript cannot hold exactly, and what JSON cannot hold", async () => {
    const before = '{"A":"1","pin":12345678901234567890}';
    const { secrets, stored } = setUp(before);
    expect(await rejection(secrets.put("A", "2"))).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE" });
    expect(await rejection(secrets.put("A", Uint8Array.of(0xff)))).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE" });
    expect(await stored()).toBe(before);
    await secrets.put("pin", "000"); // what is replaced may be anything
    expect(await stored()).toBe('{"A":"1","pin":"000"}');
  });

  it("needs a bundle that is there and is JSON, and quotes nothing of one that is not", async () => {
    const secret = canary();
    const { store, secrets } = setUp(secret);
    const error = await rejection(secrets.put("A", canary()));
    expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE" });
    expect(shown(error)).not.toContain(secret);
    store.memory.delete("app");
    expect(await rejection(secrets.put("A", "1"))).toMatchObject({ code: "ERR_SECRETS_NOT_FOUND" });
  });

  it("is refused where the store cannot compare and swap", async () => {
    const { store, secrets } = setUp("{}");
    Object.assign(store, { capabilities: { stages: true, versions: true } });
    expect(await rejection(secrets.put("A", "1"))).toMatchObject({ code: "ERR_SECRETS_UNSUPPORTED" });
  });

  it("loses no write of many processes that write at once", async () => {
    const memory = recordedStore({ app: "{}" });
    const processes = Array.from({ length: 3 }, () => {
      // Each process has its own view of the one store, and every call takes a turn of the event loop.
      const provider: SecretProvider = {
        ...memory,
        naming: { bundle: "app" },
        get: async (ref, at) => {
          await new Promise(setImmediate);
          return memory.get(ref, at);
        },
        put: async (...args) => {
          await new Promise(setImmediate);
          return (memory.put as NonNullable<SecretProvider["put"]>)(...args);
        },
      };
      return createSecrets({ provider });
    });
    const names = Array.from({ length: 12 }, (_, n) => `N${n}`);
    await Promise.all(names.map((name, n) => processes[n % processes.length]?.put(name, `v-${name}`)));
    const { value } = await memory.get({ name: "app", stage: "current" }, context);
    expect(JSON.parse(value as string)).toEqual(Object.fromEntries(names.map((name) => [name, `v-${name}`])));
  });

  it("gives up with the store's own error when others always come first", async () => {
    const { store, secrets } = setUp('{"A":"1"}');
    const put = store.put?.bind(store) as NonNullable<SecretProvider["put"]>;
    let tries = 0;
    store.put = async (ref, value, at) => {
      tries += 1;
      store.memory.set("app", `{"A":"${tries}"}`);
      return put(ref, value, at);
    };
    expect(await rejection(secrets.put("A", "mine"))).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
    expect(tries).toBe(8);
  });

  it("tries no second time what failed for another reason", async () => {
    const { store, secrets } = setUp('{"A":"1"}');
    let tries = 0;
    store.put = async () => {
      tries += 1;
      throw new SecretsError("ERR_SECRETS_ACCESS_DENIED");
    };
    expect(await rejection(secrets.put("A", "2"))).toMatchObject({ code: "ERR_SECRETS_ACCESS_DENIED" });
    expect(tries).toBe(1);
  });

  it("takes a write whose answer was lost for done", async () => {
    const { store, secrets, stored } = setUp('{"A":"1"}');
    const put = store.put?.bind(store) as NonNullable<SecretProvider["put"]>;
    store.put = async (...args) => {
      await put(...args);
      throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
    };
    const { version } = await secrets.put("A", "2");
    expect(version).toBe("2");
    expect(await stored()).toBe('{"A":"2"}');
  });

  it("reads back what was put, whatever the text", async () => {
    const { secrets } = setUp("{}");
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
        await secrets.put("A", text);
        expect((await secrets.get("A")).reveal()).toBe(text);
      }),
      { numRuns: 50 },
    );
  });
});

it("a write that is denied is not tried again though others write meanwhile", async () => {
  const { store, secrets } = setUp('{"A":"1"}');
  let tries = 0;
  store.put = async () => {
    tries += 1;
    store.memory.set("app", `{"A":"${tries}"}`);
    throw new SecretsError("ERR_SECRETS_ACCESS_DENIED");
  };
  expect(await rejection(secrets.put("A", "mine"))).toMatchObject({ code: "ERR_SECRETS_ACCESS_DENIED" });
  expect(tries).toBe(1);
});
