import { getEventListeners } from "node:events";
import { fakeClock } from "@qarion-testing/support";
import { describe, expect, it, vi } from "vitest";
import {
  type CallContext,
  createSecrets,
  type ProviderRef,
  type ProviderSecret,
  type SecretProvider,
  SecretsError,
} from "../src/index.js";
import { recordedStore } from "./recorded-store.js";
import { canary, rejection, shown } from "./shown.js";

const never = new Promise<never>(() => undefined);
const all = { stages: true, versions: true } as const;

function secretsOf(provider: Partial<SecretProvider>, timeoutMs = 1_000) {
  const clock = fakeClock();
  const secrets = createSecrets({
    provider: { name: "acme", capabilities: all, get: () => never, ...provider },
    clock,
    timeoutMs,
  });
  return { clock, secrets };
}

describe("the deadline of a call", () => {
  it("holds for a provider that ignores its signal and never settles", async () => {
    const { clock, secrets } = secretsOf({});
    const error = rejection(secrets.get("db"));
    await clock.advance(999);
    expect(clock.sleepers()).toHaveLength(1);
    await clock.advance(1);
    expect(await error).toMatchObject({
      code: "ERR_SECRETS_TIMEOUT",
      secretName: "db",
      provider: "acme",
      retryable: true,
    });
    expect(((await error) as SecretsError).hint).toContain("1000 ms");
  });

  it.each<[string, Partial<SecretProvider>, (secrets: ReturnType<typeof createSecrets>) => Promise<unknown>]>([
    ["getMany", { getMany: () => never }, (secrets) => secrets.getAll({ a: "A", b: "B" })],
    ["put", { put: () => never }, (secrets) => secrets.put("A", "value")],
    ["promote", { promote: () => never }, (secrets) => secrets.promote("A", "1")],
    ["close", { close: () => never }, (secrets) => secrets.close()],
    [
      "list",
      { list: () => ({ [Symbol.asyncIterator]: () => ({ next: () => never }) }) },
      async (secrets) => {
        for await (const _ of secrets.list()) throw new Error("it lists");
      },
    ],
    [
      "list by a generator, which cannot be ended while it waits",
      {
        async *list() {
          yield await never;
        },
      },
      async (secrets) => {
        for await (const _ of secrets.list()) throw new Error("it lists");
      },
    ],
  ])("holds for %s", async (_, provider, run) => {
    const { clock, secrets } = secretsOf(provider);
    const error = rejection(run(secrets));
    await clock.advance(1_000);
    const cause = (await error) as SecretsError | AggregateError;
    expect(cause instanceof AggregateError ? cause.errors[0] : cause).toMatchObject({ code: "ERR_SECRETS_TIMEOUT" });
  });

  it("aborts the provider's signal, so that it can stop", async () => {
    let signal: AbortSignal | undefined;
    const { clock, secrets } = secretsOf({
      get(_, context) {
        signal = context.signal;
        return never;
      },
    });
    const error = rejection(secrets.get("db"));
    await clock.advance(0);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1_000);
    await error;
    expect(signal?.aborted).toBe(true);
  });

  it("aborts the signal of a list that ends early, by a page that does not come or by a reader that has enough", async () => {
    for (const [page, end] of [
      [never, "ERR_SECRETS_TIMEOUT"],
      [Promise.resolve({ name: "A" }), undefined],
    ] as const) {
      let signal: AbortSignal | undefined;
      let ended = false;
      const { clock, secrets } = secretsOf({
        async *list(_, context) {
          signal = context.signal;
          try {
            yield await Promise.race([
              page,
              new Promise<never>((_, reject) => signal?.addEventListener("abort", () => reject(signal?.reason))),
            ]);
          } finally {
            ended = true;
          }
        },
      });
      const list = async () => {
        for await (const _ of secrets.list()) return;
      };
      const result = list().catch((error: SecretsError) => error.code);
      await clock.advance(1_000);
      expect(await result).toBe(end);
      await clock.advance(0);
      expect([signal?.aborted, ended]).toEqual([true, true]);
    }
  });

  it("leaves no timer behind after an answer", async () => {
    const { clock, secrets } = secretsOf({ get: async () => ({ value: "x" }) });
    await secrets.get("db");
    await clock.advance(0);
    expect(clock.sleepers()).toEqual([]);
  });

  it("outlives an answer that comes too late, good or bad", async () => {
    const answers: ((answer: Promise<ProviderSecret>) => void)[] = [];
    const { clock, secrets } = secretsOf({
      get: () =>
        new Promise((resolve) => {
          answers.push(resolve);
        }),
    });
    const errors = [rejection(secrets.get("A")), rejection(secrets.get("B"))];
    await clock.advance(1_000);
    expect(await Promise.all(errors)).toMatchObject([{ code: "ERR_SECRETS_TIMEOUT" }, { code: "ERR_SECRETS_TIMEOUT" }]);
    answers[0]?.(Promise.resolve({ value: "late" }));
    answers[1]?.(Promise.reject(new Error("late")));
    await clock.advance(0);
    answers.length = 0;
    const again = secrets.get("A");
    await clock.advance(0);
    answers[0]?.(Promise.resolve({ value: "in time" }));
    expect((await again).reveal()).toBe("in time");
  });

  it("is 10 s unless told otherwise", async () => {
    const clock = fakeClock();
    const secrets = createSecrets({ provider: { name: "acme", capabilities: all, get: () => never }, clock });
    const error = rejection(secrets.get("db"));
    await clock.advance(0);
    expect(clock.sleepers()).toEqual([{ dueInMs: 10_000, background: false }]);
    await clock.advance(10_000);
    expect(await error).toMatchObject({ code: "ERR_SECRETS_TIMEOUT" });
  });
});

describe("reads of one moment", () => {
  it("are one getMany, keyed by the very objects passed in", async () => {
    const store = recordedStore({ A: "1", B: "2", C: "3" });
    const secrets = createSecrets({ provider: store });
    const values = await Promise.all(["A", "B", "C", "A"].map(async (name) => (await secrets.get(name)).reveal()));
    expect(values).toEqual(["1", "2", "3", "1"]);
    expect(store.calls).toEqual(["getMany A,B,C"]);
  });

  it("of one secret are one get, since there is nothing to gather", async () => {
    const store = recordedStore({ A: "1" });
    const secrets = createSecrets({ provider: store });
    await Promise.all([secrets.get("A"), secrets.get("A")]);
    expect(store.calls).toEqual(["get A"]);
  });

  it("of two moments are not gathered", async () => {
    const store = recordedStore({ A: "1", B: "2" });
    const secrets = createSecrets({ provider: store });
    await secrets.get("A");
    await secrets.get("B");
    expect(store.calls).toEqual(["get A", "get B"]);
  });

  it("go out one by one, together, to a provider without getMany", async () => {
    const store = recordedStore({ A: "1", B: "2" }, { batch: false });
    const release = store.hold();
    const both = createSecrets({ provider: store }).getAll({ a: "A", b: "B" });
    await fakeClock().advance(0);
    expect(store.calls).toEqual(["get A", "get B"]);
    release();
    expect((await both).b.reveal()).toBe("2");
  });

  it("gather stages and versions too", async () => {
    const store = recordedStore({ A: "1" });
    store.memory.rotate("A", "2");
    const { now, before, first } = await createSecrets({ provider: store }).getAll({
      now: "A",
      before: "A@previous",
      first: "A@v=1",
    });
    expect([now, before, first].map((secret) => secret.reveal())).toEqual(["2", "1", "1"]);
    expect(store.calls).toEqual(["getMany A,A@previous,A@v=1"]);
  });

  it("fail each for itself", async () => {
    const store = recordedStore({ A: "1", B: "2", C: "3" });
    store.failing.set("B", "ERR_SECRETS_ACCESS_DENIED").set("C", "ERR_SECRETS_THROTTLED");
    const secrets = createSecrets({ provider: store });
    const [a, b, c, d] = await Promise.allSettled(["A", "B", "C", "D"].map((name) => secrets.get(name)));
    expect(a).toMatchObject({ status: "fulfilled" });
    expect(b).toMatchObject({ reason: { code: "ERR_SECRETS_ACCESS_DENIED", secretName: "B", provider: "recorded" } });
    expect(c).toMatchObject({ reason: { code: "ERR_SECRETS_THROTTLED", secretName: "C" } });
    expect(d).toMatchObject({ reason: { code: "ERR_SECRETS_NOT_FOUND", secretName: "D" } });
    expect(store.calls).toEqual(["getMany A,B,C,D"]);
  });

  it("fail each under its own name when the whole batch fails", async () => {
    const store = recordedStore({ A: "1", B: "2" });
    store.raw = Object.assign(new Error("x"), { code: "ECONNRESET" });
    const answers = await createSecrets({ provider: store }).getMany(["A", "B"]);
    expect(answers.get("A")).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE", secretName: "A" });
    expect(answers.get("B")).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE", secretName: "B" });
  });

  it("classify the raw error of an item, and show nothing else of it", async () => {
    const secret = canary();
    const raw = Object.assign(new Error(secret), { name: "AccessDeniedException", body: secret });
    const { secrets } = secretsOf({
      getMany: async (refs) => new Map(refs.map((ref) => [ref, raw])),
      classifyError: (error) => (error === raw ? "ERR_SECRETS_ACCESS_DENIED" : undefined),
    });
    const error = (await secrets.getMany(["A", "B"])).get("A");
    expect(error).toMatchObject({ code: "ERR_SECRETS_ACCESS_DENIED" });
    expect(shown(error)).not.toContain(secret);
  });

  it("are not joined by a caller that came to know its reference is bad", async () => {
    const store = recordedStore({ A: "1", B: "2" });
    const answers = await createSecrets({ provider: store }).getMany(["A", "../B", "B"]);
    expect(answers.get("../B")).toMatchObject({ code: "ERR_SECRETS_INVALID_REF" });
    expect(store.calls).toEqual(["getMany A,B"]);
  });
});

describe("many calls at once", () => {
  it("are no reason for Node to warn of a leak", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on("warning", listen);
    const { secrets } = secretsOf({ get: async (ref) => ({ value: ref.name }) });
    await secrets.getMany(Array.from({ length: 100 }, (_, index) => `S${index}`));
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", listen);
    expect(warnings).toEqual([]);
  });
});

describe("a call that is over", () => {
  it("leaves no listener on a signal, which would add up", async () => {
    const signals = new Set<AbortSignal>();
    const listen = EventTarget.prototype.addEventListener;
    const spy = vi.spyOn(EventTarget.prototype, "addEventListener").mockImplementation(function (
      this: EventTarget,
      ...args: Parameters<typeof listen>
    ) {
      if (this instanceof AbortSignal) signals.add(this);
      return listen.apply(this, args);
    });
    const { secrets } = secretsOf({ get: async () => ({ value: "x" }) });
    for (let n = 0; n < 20; n += 1) await secrets.refresh("A");
    spy.mockRestore();
    expect(signals.size).toBeGreaterThan(0);
    expect(Math.max(...[...signals].map((signal) => getEventListeners(signal, "abort").length))).toBeLessThanOrEqual(1);
  });
});

describe("an answer that breaks the contract", () => {
  const broken = [
    undefined,
    null,
    {},
    { value: undefined },
    { value: null },
    { value: 7 },
    { value: { a: 1 } },
    "text",
  ];

  it.each(broken.map((answer) => [answer]))("%j from get is _UNKNOWN, and never undefined", async (answer) => {
    const { secrets } = secretsOf({ get: async () => answer as never });
    expect(await rejection(secrets.get("A"))).toMatchObject({ code: "ERR_SECRETS_UNKNOWN", secretName: "A" });
  });

  it.each(broken.map((answer) => [answer]))("%j from getMany is _UNKNOWN for this item alone", async (answer) => {
    const { secrets } = secretsOf({
      getMany: async ([a, b]) =>
        new Map([
          [a as ProviderRef, { value: "1" }],
          [b as ProviderRef, answer as never],
        ]),
    });
    const answers = await secrets.getMany(["A", "B"]);
    expect(answers.get("A")).toMatchObject({ name: "A", state: "fresh" });
    expect(answers.get("B")).toMatchObject({ code: "ERR_SECRETS_UNKNOWN", secretName: "B" });
  });

  it("an item left out of getMany, or keyed by a copy, is _UNKNOWN", async () => {
    const { secrets } = secretsOf({
      getMany: async ([a, b]) =>
        new Map([
          [a as ProviderRef, { value: "1" }],
          [{ ...(b as ProviderRef) }, { value: "2" }],
        ]),
    });
    const answers = await secrets.getMany(["A", "B"]);
    expect(answers.get("B")).toMatchObject({ code: "ERR_SECRETS_UNKNOWN", secretName: "B" });
  });

  it.each([[undefined], [{}], [[]], ["text"]])("%j instead of the whole map fails every item", async (answer) => {
    const { secrets } = secretsOf({ getMany: async () => answer as never });
    const answers = await secrets.getMany(["A", "B"]);
    for (const name of ["A", "B"]) {
      expect(answers.get(name)).toMatchObject({ code: "ERR_SECRETS_UNKNOWN", secretName: name });
    }
  });

  it("a provider that throws where it should reject is as one that rejects", async () => {
    const explode = () => {
      throw Object.assign(new Error("x"), { code: "EPIPE" });
    };
    const { secrets } = secretsOf({ get: explode, getMany: explode, put: explode, list: explode, close: explode });
    expect(await rejection(secrets.get("A"))).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
    expect((await secrets.getMany(["A", "B"])).get("B")).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
    expect(await rejection(secrets.put("A", "x"))).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
    const list = async () => {
      for await (const _ of secrets.list()) throw new Error("it lists");
    };
    expect(await rejection(list())).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE", provider: "acme" });
    expect(await rejection(secrets.close())).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
  });
});

describe("a damaged value", () => {
  const damaged = () => new SecretsError("ERR_SECRETS_INTEGRITY");

  it("is asked for once more, and good when it is good then", async () => {
    const get = vi
      .fn<SecretProvider["get"]>()
      .mockRejectedValueOnce(damaged())
      .mockResolvedValueOnce({ value: "good" });
    const { secrets } = secretsOf({ get });
    expect((await secrets.get("A")).reveal()).toBe("good");
    expect(get).toHaveBeenCalledTimes(2);
  });

  it("is asked for once more and no more than once", async () => {
    const get = vi.fn<SecretProvider["get"]>().mockImplementation(() => Promise.reject(damaged()));
    const { secrets } = secretsOf({ get });
    expect(await rejection(secrets.get("A"))).toMatchObject({ code: "ERR_SECRETS_INTEGRITY", retryable: true });
    expect(get).toHaveBeenCalledTimes(2);
  });

  it("in a batch is asked for alone", async () => {
    const get = vi.fn<SecretProvider["get"]>(async () => ({ value: "good" }));
    const { secrets } = secretsOf({
      get,
      getMany: async (refs) => new Map(refs.map((ref) => [ref, ref.name === "B" ? damaged() : { value: ref.name }])),
    });
    const { a, b } = await secrets.getAll({ a: "A", b: "B" });
    expect([a.reveal(), b.reveal()]).toEqual(["A", "good"]);
    expect(get.mock.calls.map(([ref]) => ref.name)).toEqual(["B"]);
  });

  it("that damages the whole batch has each asked for alone", async () => {
    const { secrets } = secretsOf({
      get: async (ref) => ({ value: ref.name }),
      getMany: () => Promise.reject(damaged()),
    });
    const { a, b } = await secrets.getAll({ a: "A", b: "B" });
    expect([a.reveal(), b.reveal()]).toEqual(["A", "B"]);
  });

  it.each(["ERR_SECRETS_THROTTLED", "ERR_SECRETS_UNAVAILABLE", "ERR_SECRETS_NOT_FOUND"] as const)(
    "is the one reason to ask again: %s is not",
    async (code) => {
      const get = vi.fn<SecretProvider["get"]>().mockImplementation(() => Promise.reject(new SecretsError(code)));
      const { secrets } = secretsOf({ get });
      await rejection(secrets.get("A"));
      expect(get).toHaveBeenCalledTimes(1);
    },
  );

  it("is no reason to write twice, or to go on with a list that has failed", async () => {
    const put = vi.fn<NonNullable<SecretProvider["put"]>>(() => Promise.reject(damaged()));
    const promote = vi.fn<NonNullable<SecretProvider["promote"]>>(() => Promise.reject(damaged()));
    const { secrets } = secretsOf({
      put,
      promote,
      async *list() {
        yield { name: "A" };
        throw damaged();
      },
    });
    expect(await rejection(secrets.put("A", "x"))).toMatchObject({ code: "ERR_SECRETS_INTEGRITY" });
    expect(await rejection(secrets.promote("A", "1"))).toMatchObject({ code: "ERR_SECRETS_INTEGRITY" });
    expect(put).toHaveBeenCalledTimes(1);
    expect(promote).toHaveBeenCalledTimes(1);
    const names: string[] = [];
    const list = async () => {
      for await (const { name } of secrets.list()) names.push(name);
    };
    expect(await rejection(list())).toMatchObject({ code: "ERR_SECRETS_INTEGRITY" });
    expect(names).toEqual(["A"]);
  });
});

describe("what a provider says it cannot do", () => {
  it("is never asked of it: stages", async () => {
    const store = recordedStore({ A: "1" }, { capabilities: { stages: false } });
    const secrets = createSecrets({ provider: store });
    for (const ref of ["A@previous", "A@pending"]) {
      expect(await rejection(secrets.get(ref))).toMatchObject({ code: "ERR_SECRETS_UNSUPPORTED", secretName: "A" });
    }
    expect(await rejection(secrets.put("A@pending", "x"))).toMatchObject({ code: "ERR_SECRETS_UNSUPPORTED" });
    expect(store.calls).toEqual([]);
    expect((await secrets.get("A@current")).reveal()).toBe("1");
    expect(await rejection(secrets.get("A@pending"))).toMatchObject({ hint: expect.stringContaining("pending") });
  });

  it("is never asked of it: versions", async () => {
    const store = recordedStore({ A: "1" }, { capabilities: { versions: false } });
    const secrets = createSecrets({ provider: store });
    expect(await rejection(secrets.get("A@v=1"))).toMatchObject({ code: "ERR_SECRETS_UNSUPPORTED" });
    expect(store.calls).toEqual([]);
  });

  it("is _UNSUPPORTED where the method is missing", async () => {
    const { secrets } = secretsOf({});
    const list = async () => {
      for await (const _ of secrets.list()) throw new Error("it lists");
    };
    for (const call of [list(), secrets.put("A", "x"), secrets.promote("A", "1")]) {
      expect(await rejection(call)).toMatchObject({ code: "ERR_SECRETS_UNSUPPORTED", provider: "acme" });
    }
  });

  it("is not held against the other reads of the batch", async () => {
    const store = recordedStore({ A: "1", B: "2" }, { capabilities: { stages: false } });
    const answers = await createSecrets({ provider: store }).getMany(["A", "A@previous", "B"]);
    expect(answers.get("A@previous")).toMatchObject({ code: "ERR_SECRETS_UNSUPPORTED" });
    expect(answers.get("B")).toMatchObject({ name: "B" });
    expect(store.calls).toEqual(["getMany A,B"]);
  });
});

describe("close", () => {
  it("settles what is under way, aborts it, and asks nothing more", async () => {
    const signals: AbortSignal[] = [];
    const get = vi.fn((_: ProviderRef, { signal }: CallContext) => {
      signals.push(signal);
      return never;
    });
    const { clock, secrets } = secretsOf({ get });
    const error = rejection(secrets.get("A"));
    await clock.advance(0);
    await secrets.close();
    expect(await error).toMatchObject({ code: "ERR_SECRETS_CLOSED" });
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
    expect(await rejection(secrets.get("A"))).toMatchObject({ code: "ERR_SECRETS_CLOSED", provider: "acme" });
    expect(get).toHaveBeenCalledTimes(1);
    expect(clock.sleepers()).toEqual([]);
  });

  it("settles reads that have not gone out yet", async () => {
    const get = vi.fn(() => never);
    const { secrets } = secretsOf({ get });
    const error = rejection(secrets.get("A"));
    await secrets.close();
    expect(await error).toMatchObject({ code: "ERR_SECRETS_CLOSED" });
  });

  it("ends a list between two names", async () => {
    const { secrets } = secretsOf({
      async *list() {
        yield { name: "A" };
        yield { name: "B" };
      },
    });
    const names: string[] = [];
    const list = async () => {
      for await (const { name } of secrets.list()) {
        names.push(name);
        await secrets.close();
      }
    };
    expect(await rejection(list())).toMatchObject({ code: "ERR_SECRETS_CLOSED" });
    expect(names).toEqual(["A"]);
  });
});
