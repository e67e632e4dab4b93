import { describe, expect, it, vi } from "vitest";
import { listed, setup } from "./setup.js";
import { canary, rejection, shown } from "./shown.js";

describe("list", () => {
  it("gives names by prefix, and nothing else that the provider lets slip", async () => {
    const value = canary();
    const { secrets, store } = setup({ "app/a": "1", "app/b": "2", c: "3" });
    expect(await listed(secrets, "app/")).toEqual([{ name: "app/a" }, { name: "app/b" }]);
    expect(await listed(secrets)).toHaveLength(3);
    store.list = async function* () {
      yield { name: "a", value } as { name: string };
    };
    expect(await listed(secrets)).toEqual([{ name: "a" }]);
  });

  it("gives the names before a failure, then the failure", async () => {
    const { secrets, store } = setup({});
    store.list = async function* () {
      yield { name: "a" };
      throw Object.assign(new Error("x"), { code: "ECONNRESET" });
    };
    const names: string[] = [];
    const list = async () => {
      for await (const { name } of secrets.list()) names.push(name);
    };
    expect(await rejection(list())).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE", provider: "recorded" });
    expect(names).toEqual(["a"]);
  });

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no"))],
    ["gives no promise", () => ({ done: true })],
  ])("is not spoiled by an iterator that, when it is ended, %s", async (_, end) => {
    const { secrets, store } = setup({});
    const iterator = { next: async () => ({ value: { name: "a" }, done: false }), return: end };
    store.list = () => ({ [Symbol.asyncIterator]: () => iterator as unknown as AsyncIterator<{ name: string }> });
    const names: string[] = [];
    for await (const { name } of secrets.list()) {
      names.push(name);
      break;
    }
    expect(names).toEqual(["a"]);
  });

  it("is told to stop by close, though its reader is between two names", async () => {
    const { secrets, store } = setup({});
    let signal: AbortSignal | undefined;
    store.list = async function* (_, context) {
      signal = context.signal;
      for (;;) yield { name: "a" };
    };
    const names = secrets.list()[Symbol.asyncIterator]();
    await names.next();
    expect(signal?.aborted).toBe(false);
    await secrets.close();
    expect(signal?.aborted).toBe(true);
    expect(await rejection(names.next())).toMatchObject({ code: "ERR_SECRETS_CLOSED" });
  });

  it("ends the provider's list when the reader has enough", async () => {
    const { clock, secrets, store } = setup({});
    let ended = false;
    store.list = async function* () {
      try {
        for (;;) yield { name: "a" };
      } finally {
        ended = true;
      }
    };
    for await (const _ of secrets.list()) break;
    await clock.advance(0);
    expect(ended).toBe(true);
  });
});

describe("put", () => {
  it("writes with the stage of the reference, and tells the version", async () => {
    const { store, secrets } = setup({ A: "1" });
    const { version } = await secrets.put("A", "2");
    expect((await secrets.get("A")).version).toBe(version);
    expect((await secrets.get("A@previous")).reveal()).toBe("1");
    await secrets.put({ name: "A", stage: "pending" }, Uint8Array.of(1));
    expect((await secrets.get("A@pending")).revealBytes()).toEqual(Uint8Array.of(1));
    expect(store.calls).toEqual(["get A", "get A@previous", "get A@pending"]);
  });

  it.each([["A#key"], ["A@v=1"]])(
    "refuses %s, which is no place to write to, and asks the store nothing",
    async (ref) => {
      const { store, secrets } = setup({ A: '{"key":"1"}' });
      const put = vi.fn(() => Promise.resolve({}));
      store.put = put;
      expect(await rejection(secrets.put(ref, "2"))).toMatchObject({
        code: "ERR_SECRETS_UNSUPPORTED",
        secretName: "A",
      });
      expect(put).not.toHaveBeenCalled();
    },
  );

  it("refuses a bad reference, and classifies what the store throws, without the value", async () => {
    const value = canary();
    const { store, secrets } = setup({});
    expect(shown(await rejection(secrets.put("../A", value)))).not.toContain(value);
    store.put = () => Promise.reject(Object.assign(new Error(value), { code: "ECONNRESET", body: value }));
    const error = await rejection(secrets.put("A", value));
    expect(error).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE", secretName: "A" });
    expect(shown(error)).not.toContain(value);
  });
});

describe("promote", () => {
  it("makes the pending version current and the current one previous", async () => {
    const { secrets } = setup({ A: "1" });
    const { version } = await secrets.put("A@pending", "2");
    await secrets.promote("A", version ?? "");
    expect((await secrets.get("A")).reveal()).toBe("2");
    expect((await secrets.get("A@previous")).reveal()).toBe("1");
    expect(await secrets.getOptional("A@pending")).toBeUndefined();
  });

  it("refuses a bad name or version before it asks the store", async () => {
    const { store, secrets } = setup({ A: "1" });
    const promote = vi.fn(() => Promise.resolve());
    store.promote = promote;
    for (const [name, version] of [
      ["../A", "1"],
      ["A", ""],
      ["A", "1/2"],
    ] as const) {
      expect(await rejection(secrets.promote(name, version))).toMatchObject({ code: "ERR_SECRETS_INVALID_REF" });
    }
    expect(promote).not.toHaveBeenCalled();
  });
});

describe("a write whose answer was lost", () => {
  it("is seen by the next read but one, and takes no last good value from an outage", async () => {
    const { secrets, store } = setup({ A: "1" });
    await secrets.get("A");
    const put = store.put?.bind(store);
    store.put = async (...args) => {
      await put?.(...args);
      throw Object.assign(new Error("x"), { code: "ECONNRESET" });
    };
    expect(await rejection(secrets.put("A", "2"))).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
    await secrets.get("A");
    await vi.waitFor(async () => expect((await secrets.get("A")).reveal()).toBe("2"));
    await rejection(secrets.put("A", "3"));
    store.memory.fail("ERR_SECRETS_UNAVAILABLE");
    expect((await secrets.get("A")).reveal()).toBe("2");
  });
});
