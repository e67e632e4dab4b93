import { randomUUID } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { inspect } from "node:util";
import type { SecretProvider } from "@qarion/secrets-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { redisSecrets } from "../src/index.js";
import { aclRules } from "./support/acl-rules.js";
import { codeOf, context, namesIn, put, ref, textOf } from "./support/ask.js";
import { describeOnServer } from "./support/describe-on-server.js";
import { PrivateRedis } from "./support/private-redis.js";
import { until } from "./support/until.js";

const removeOthers = "for i = 0, 59999 do redis.call('UNLINK', 'other:' .. i) end";

describeOnServer("on a server", () => {
  let server: PrivateRedis;
  beforeAll(async () => {
    server = await PrivateRedis.start();
  });
  afterAll(() => server.stop());

  const opened: SecretProvider[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((provider) => provider.close?.()));
    await server.admin.flushall();
  });
  function open(options: { url?: string; keyPrefix?: string } = {}): SecretProvider {
    const provider = redisSecrets({ url: server.adminUrl, ...options });
    opened.push(provider);
    return provider;
  }

  it("a secret is one hash, whose fields the README names", async () => {
    const provider = open();
    const [first, second, third] = [
      await put(provider, "db/password", "first"),
      await put(provider, "db/password", "second"),
      await put(provider, "db/password", "third", "pending"),
    ];
    expect(await server.admin.keys("*")).toEqual(["secrets:db/password"]);
    expect(await server.admin.hgetall("secrets:db/password")).toEqual({
      previous: "first",
      "previous:version": first,
      current: "second",
      "current:version": second,
      "current:since": expect.stringMatching(/^\d{10}$/),
      pending: "third",
      "pending:version": third,
    });
  });

  it("a secret that was written by hand is read, with a version or without", async () => {
    await server.admin.hset("secrets:by_hand", "current", "a value");
    const provider = open();
    expect(await provider.get(ref("by_hand"), context)).toEqual({ value: Buffer.from("a value") });
    await server.admin.hset("secrets:by_hand", "current:version", "7");
    expect(await provider.get(ref("by_hand"), context)).toEqual({ value: Buffer.from("a value"), version: "7" });
  });

  it("a value without a version becomes the previous one like any other", async () => {
    await server.admin.hset("secrets:by_hand", "current", "by hand", "previous", "older", "previous:version", "1");
    const provider = open();
    await put(provider, "by_hand", "new");
    expect(await provider.get(ref("by_hand", "previous"), context)).toEqual({ value: Buffer.from("by hand") });
  });

  it("the time of activation is when the version became current, by the clock of Redis", async () => {
    const provider = open();
    const activatedAt = async () => (await provider.get(ref("timed"), context)).activatedAt?.getTime();
    const nowMs = async () => Number((await server.admin.time())[0]) * 1_000;
    const beforeMs = await nowMs();
    await put(provider, "timed", "first");
    const first = await activatedAt();
    expect(first).toBeGreaterThanOrEqual(beforeMs);
    expect(first).toBeLessThanOrEqual(await nowMs());

    await server.admin.hset("secrets:timed", "current:since", "1000000000");
    const pending = await put(provider, "timed", "second", "pending");
    expect(await activatedAt()).toBe(1_000_000_000_000); // to be staged is not to be activated
    await provider.promote?.("timed", pending, context);
    expect(await activatedAt()).toBeGreaterThanOrEqual(beforeMs);
  });

  it("promoting what is current already changes nothing, so a promotion can be repeated", async () => {
    const provider = open();
    await put(provider, "repeated", "old");
    const version = await put(provider, "repeated", "new", "pending");
    await provider.promote?.("repeated", version, context);
    const after = await server.admin.hgetall("secrets:repeated");
    await provider.promote?.("repeated", version, context);
    expect(await server.admin.hgetall("secrets:repeated")).toEqual(after);
  });

  it("promoting the previous version takes a rotation back", async () => {
    const provider = open();
    const old = await put(provider, "rolled_back", "old");
    await put(provider, "rolled_back", "new");
    await put(provider, "rolled_back", "next", "pending");
    await provider.promote?.("rolled_back", old, context);
    const stages = ["current", "previous", "pending"] as const;
    expect(await Promise.all(stages.map((stage) => textOf(provider, "rolled_back", stage)))).toEqual([
      "old",
      "new",
      "next",
    ]);
  });

  it("writers at the same time each write the whole of it: no value gets another one's version", async () => {
    const writers = [open(), open(), open(), open()];
    const values = Array.from({ length: 80 }, (_, index) => `value ${index}`);
    const written = new Map<string, string>();
    await Promise.all(
      values.map(async (value, index) => {
        const writer = writers[index % writers.length] as SecretProvider;
        const version = await put(writer, "contended", value, index % 3 === 0 ? "pending" : "current");
        written.set(version, value);
        if (index % 3 === 0) await writer.promote?.("contended", version, context).catch(() => undefined);
      }),
    );
    const provider = open();
    const current = await provider.get(ref("contended"), context);
    const previous = await provider.get(ref("contended", "previous"), context);
    expect(`${current.value}`).toBe(written.get(current.version ?? ""));
    expect(`${previous.value}`).toBe(written.get(previous.version ?? ""));
    expect(current.version).not.toBe(previous.version);
    expect(Object.keys(await server.admin.hgetall("secrets:contended"))).not.toContain("next");
  });

  it("of one pending version that several promote at once, the one before becomes the previous, and not itself", async () => {
    const writers = [open(), open(), open(), open()];
    await put(writers[0] as SecretProvider, "promoted", "old");
    const version = await put(writers[0] as SecretProvider, "promoted", "new", "pending");
    await Promise.all(writers.map((writer) => writer.promote?.("promoted", version, context)));
    expect(await textOf(open(), "promoted")).toBe("new");
    expect(await textOf(open(), "promoted", "previous")).toBe("old");
  });

  it("a write that is refused half-way writes nothing", async () => {
    const rules = aclRules("writer").replace(" +eval", "");
    const provider = open({ url: await server.user("no-scripts", rules) });
    expect(await codeOf(provider, put(provider, "refused", "a value"))).toBe("ERR_SECRETS_ACCESS_DENIED");
    expect(await server.admin.keys("*")).toEqual([]);
  });

  it("a batch gives each reference its own answer, or its own error", async () => {
    const provider = open({ url: await server.user("narrow", "~secrets:mine* +hgetall") });
    const writer = open();
    await put(writer, "mine", "a value");
    await put(writer, "theirs", "a value");
    await server.admin.set("secrets:mine_too", "no hash");
    const refs = [ref("mine"), ref("theirs"), ref("mine_too"), ref("mine_missing"), ref("mine", "previous")];
    const answers = await provider.getMany?.(refs, context);
    const told = refs.map(async (each) => {
      const answer = answers?.get(each);
      return answer instanceof Error ? codeOf(provider, Promise.reject(answer)) : answer?.value.toString();
    });
    expect(await Promise.all(told)).toEqual([
      "a value",
      "ERR_SECRETS_ACCESS_DENIED",
      "ERR_SECRETS_INVALID_VALUE",
      "ERR_SECRETS_NOT_FOUND",
      "ERR_SECRETS_NOT_FOUND",
    ]);
  });

  it("a list takes its prefixes literally, whatever they mean to SCAN", async () => {
    const prefixes = ["a*", "a?", "a[bc]", "a\\", "ab"];
    for (const keyPrefix of prefixes) await put(open({ keyPrefix }), "*?[x]\\y", "a value");
    for (const keyPrefix of prefixes) {
      const provider = open({ keyPrefix });
      expect(await namesIn(provider)).toEqual(["*?[x]\\y"]);
      expect(await namesIn(provider, "*?[x]\\")).toEqual(["*?[x]\\y"]);
      expect(await namesIn(provider, "?")).toEqual([]);
      expect(await namesIn(provider, "x")).toEqual([]);
    }
  });

  it("a list tells each name once, also where SCAN tells a key again because the table shrank", async () => {
    const wanted = Array.from({ length: 600 }, (_, index) => `wanted_${index}`);
    await server.admin.call("DEBUG", "POPULATE", "60000", "other", "1");
    await Promise.all(wanted.map((name) => server.admin.hset(`secrets:${name}`, "current", name)));
    const names: string[] = [];
    for await (const { name } of open().list?.({}, context) ?? []) {
      names.push(name);
      if (names.length === 300) await server.admin.eval(removeOthers, 0);
    }
    expect(names.toSorted()).toEqual(wanted.toSorted());
  });

  it("watch tells the name of what is put, staged and promoted, and first of all that it listens", async () => {
    const [watcher, writer] = [open(), open()];
    const ending = new AbortController();
    const changes = watcher.watch?.({ signal: ending.signal })[Symbol.asyncIterator]();
    expect(await changes?.next()).toEqual({ done: false, value: {} });
    await put(writer, "put", "a value");
    const version = await put(writer, "staged", "a value", "pending");
    await writer.promote?.("staged", version, context);
    const told = [await changes?.next(), await changes?.next(), await changes?.next()];
    expect(told.map((each) => each?.value.name)).toEqual(["put", "staged", "staged"]);
    ending.abort();
    expect(await changes?.next()).toEqual({ done: true, value: undefined });
  });

  it("who is told of a change reads it: the word goes out after the write", async () => {
    const [watcher, writer] = [open(), open()];
    const ending = new AbortController();
    const changes = watcher.watch?.({ signal: ending.signal })[Symbol.asyncIterator]();
    await changes?.next();
    for (let round = 0; round < 20; round += 1) {
      await Promise.all([
        put(writer, "read_at_once", `value ${round}`),
        changes?.next().then(async () => expect(await textOf(watcher, "read_at_once")).toBe(`value ${round}`)),
      ]);
    }
    ending.abort();
  });

  it("watch ends its connection when its signal aborts, when it is left, and at close()", async () => {
    const subscribers = async () => (await server.admin.pubsub("NUMSUB", "secrets:changes"))[1];
    const provider = open();
    const listen = async (signal: AbortSignal) => {
      const changes = provider.watch?.({ signal })[Symbol.asyncIterator]();
      await changes?.next();
      expect(await subscribers()).toBe(1);
      return changes;
    };
    const ending = new AbortController();
    await listen(ending.signal);
    ending.abort();
    await until("nobody listens after the abort", async () => (await subscribers()) === 0);

    const left = await listen(context.signal);
    await left?.return?.();
    await until("nobody listens after the return", async () => (await subscribers()) === 0);

    const last = await listen(context.signal);
    const next = codeOf(provider, last?.next());
    await provider.close?.();
    expect(await next).toBe("ERR_SECRETS_CLOSED");
    await until("nobody listens after close()", async () => (await subscribers()) === 0);
  });

  it("watch throws when its connection is lost", async () => {
    const provider = open();
    const changes = provider.watch?.(context)[Symbol.asyncIterator]();
    await changes?.next();
    const next = codeOf(provider, changes?.next());
    await server.disconnectAll();
    expect(await next).toBe("ERR_SECRETS_UNAVAILABLE");
  });

  it("no value is an argument that ioredis hands to tracing", async () => {
    const value = `cNry${randomUUID()}`;
    const traced: unknown[] = [];
    const record = (message: unknown) => traced.push(message);
    const channels = ["command", "batch"].flatMap((kind) =>
      ["start", "end", "asyncStart", "asyncEnd", "error"].map((phase) => `tracing:ioredis:${kind}:${phase}`),
    );
    for (const channel of channels) subscribe(channel, record);
    const provider = open();
    await put(provider, "traced", value);
    await put(provider, "traced", value, "pending");
    for (const channel of channels) unsubscribe(channel, record);
    const shown = inspect(
      traced.map((message) => ({ ...(message as object), result: undefined })),
      { depth: 10, maxStringLength: null },
    );
    expect(shown).toContain("hset"); // it was traced
    expect(shown).not.toContain(value.slice(0, 12));
  });
});
