import { randomUUID } from "node:crypto";
import type { SecretProvider } from "@qarion/secrets-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type RedisSecretsOptions, redisSecrets } from "../src/index.js";
import { codeOf, context, errorOf, namesIn, put, ref, textOf } from "./support/ask.js";
import { describeOnServer } from "./support/describe-on-server.js";
import { expectNothingPrinted } from "./support/expect-nothing-printed.js";
import { PrivateRedis } from "./support/private-redis.js";
import { shown } from "./support/shown.js";
import { TcpProxy } from "./support/tcp-proxy.js";
import { until } from "./support/until.js";

const canary = `cNry${randomUUID()}`;
expectNothingPrinted();

describe("without a server", () => {
  it("an outage is told at once, with its cause, by each call", async () => {
    const provider = redisSecrets({ url: `redis://app:${canary}@127.0.0.1:1` });
    const calls = {
      get: () => provider.get(ref("any"), context),
      getMany: () => provider.getMany?.([ref("any")], context),
      list: () => namesIn(provider),
      put: () => put(provider, "any", canary),
      promote: () => provider.promote?.("any", "1", context),
      watch: () => provider.watch?.(context)[Symbol.asyncIterator]().next(),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = await errorOf(call());
      expect(error, name).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE", cause: { code: "ECONNREFUSED" } });
      expect(shown(error)).not.toContain(canary);
    }
    await provider.close?.();
  });

  it("a name that nobody knows is an outage too", async () => {
    const provider = redisSecrets({ url: "redis://redis.invalid" });
    expect(await codeOf(provider, provider.get(ref("any"), context))).toBe("ERR_SECRETS_UNAVAILABLE");
    await provider.close?.();
  });
});

describeOnServer("with a server", () => {
  let server: PrivateRedis;
  let proxy: TcpProxy;
  beforeAll(async () => {
    server = await PrivateRedis.start();
    await server.admin.hset("secrets:there", "current", "a value", "current:version", "1");
  });
  afterAll(() => server.stop());

  const opened: SecretProvider[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((provider) => provider.close?.()));
    await proxy?.close();
  });
  function open(options: Partial<RedisSecretsOptions> = {}): SecretProvider {
    const provider = redisSecrets({ url: server.adminUrl, ...options });
    opened.push(provider);
    return provider;
  }
  async function openByProxy(options: Partial<RedisSecretsOptions> = {}): Promise<SecretProvider> {
    proxy = await TcpProxy.to(server.port);
    const url = new URL(server.adminUrl);
    url.port = String(proxy.port);
    return open({ url: url.href, ...options });
  }

  it("making a provider opens nothing", async () => {
    const provider = await openByProxy();
    const unused = redisSecrets({ url: `redis://127.0.0.1:${proxy.port}` });
    await provider.get(ref("there"), context);
    expect(proxy.connections).toBe(2); // one to the proxy, and the one behind it
    await unused.close?.();
  });

  it("all calls share one connection, however many come at once", async () => {
    const provider = await openByProxy();
    await Promise.all(Array.from({ length: 50 }, () => provider.get(ref("there"), context)));
    expect(proxy.connections).toBe(2);
  });

  it("a connection that is reset fails the calls on it, and the next call opens another", async () => {
    const provider = await openByProxy();
    await provider.get(ref("there"), context);
    proxy.swallow();
    const calls = [provider.get(ref("there"), context), put(provider, "there", canary)];
    const failures = calls.map(errorOf);
    const batch = provider.getMany?.([ref("there"), ref("missing")], context);
    await until("they are under way", () => Buffer.concat(proxy.received).includes("secrets:missing"));
    proxy.reset();
    for (const error of await Promise.all(failures)) {
      expect(error).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
      expect(shown(error)).not.toContain(canary);
    }
    for (const answer of (await batch)?.values() ?? []) {
      expect(answer).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
    }
    proxy.heal();
    expect(await textOf(provider, "there")).toBe("a value");
  });

  it("a call that is aborted ends, and is no outage to the others", async () => {
    const provider = await openByProxy();
    await provider.get(ref("there"), context);
    server.suspend();
    const caller = new AbortController();
    const aborted = codeOf(provider, provider.get(ref("there"), { signal: caller.signal }));
    const patient = textOf(provider, "there");
    caller.abort();
    expect(await aborted).toBe("ERR_SECRETS_ABORTED");
    server.resume();
    expect(await patient).toBe("a value");
    expect(proxy.connections).toBe(2);
  });

  it("who gave up while the connection was being opened has nothing written", async () => {
    const provider = await openByProxy();
    server.suspend(); // it accepts the connection, and does not greet
    const caller = new AbortController();
    const refs = [ref("given_up"), { signal: caller.signal }] as const;
    const given = codeOf(provider, provider.put?.(refs[0], "a value", refs[1]));
    const patient = textOf(provider, "there");
    await until("it is being opened", () => proxy.received.length > 0);
    caller.abort();
    expect(await given).toBe("ERR_SECRETS_ABORTED");
    server.resume();
    expect(await patient).toBe("a value");
    expect(await server.admin.exists("secrets:given_up")).toBe(0);
  });

  it.each(["while it was in use", "before it was ready"])(
    "a connection that went silent %s is given up",
    async (when) => {
      const provider = await openByProxy({ socketTimeoutMs: 100 });
      if (when === "while it was in use") await provider.get(ref("there"), context);
      proxy.swallow();
      expect(await codeOf(provider, provider.get(ref("there"), context))).toBe("ERR_SECRETS_UNAVAILABLE");
      proxy.heal();
      expect(await textOf(provider, "there")).toBe("a value");
    },
  );

  it("a server that was killed and started again is found by the next call", async () => {
    const killed = await PrivateRedis.start();
    const provider = open({ url: killed.adminUrl });
    await put(provider, "kept", "a value");
    await killed.kill();
    expect(await codeOf(provider, provider.get(ref("kept"), context))).toBe("ERR_SECRETS_UNAVAILABLE");
    await killed.start();
    expect(await textOf(provider, "kept")).toBe("a value");
    await killed.stop();
  });

  it("a write that meets a replica is an outage, and the next call looks anew where the name leads", async () => {
    const demoted = await PrivateRedis.start();
    proxy = await TcpProxy.to(demoted.port);
    const url = new URL(demoted.adminUrl);
    url.port = String(proxy.port);
    const provider = open({ url: url.href });
    await put(provider, "written", "a value");
    await demoted.admin.replicaof("127.0.0.1", 1);
    expect(await codeOf(provider, put(provider, "written", "another"))).toBe("ERR_SECRETS_UNAVAILABLE");
    await until("the connection has ended", () => proxy.connections === 0);
    await demoted.admin.replicaof("NO", "ONE");
    await until("the next connection writes", () => {
      return put(provider, "written", "another").then(
        () => true,
        () => false, // the client may not have noticed the end yet
      );
    });
    expect(await textOf(provider, "written")).toBe("another");
    await demoted.stop();
  });

  it("close() ends every connection, and what is under way with ERR_SECRETS_CLOSED, though the server hangs", async () => {
    const provider = await openByProxy();
    const changes = provider.watch?.(context)[Symbol.asyncIterator]();
    await changes?.next();
    await provider.get(ref("there"), context);
    expect(proxy.connections).toBe(4);
    server.suspend();
    const ended = [provider.get(ref("there"), context), changes?.next()].map((call) => codeOf(provider, call));
    await provider.close?.();
    server.resume();
    expect(await Promise.all(ended)).toEqual(["ERR_SECRETS_CLOSED", "ERR_SECRETS_CLOSED"]);
    await until("no connection is left", () => proxy.connections === 0);
    const later = [provider.get(ref("there"), context), provider.promote?.("there", "1", context)];
    for (const call of [...later, provider.watch?.(context)[Symbol.asyncIterator]().next()]) {
      expect(await codeOf(provider, call)).toBe("ERR_SECRETS_CLOSED");
    }
  });

  it("close() while the first connection is being opened ends that too", async () => {
    const provider = await openByProxy();
    proxy.swallow();
    const call = codeOf(provider, provider.get(ref("there"), context));
    await until("it is being opened", () => proxy.received.length > 0);
    await provider.close?.();
    expect(await call).toBe("ERR_SECRETS_CLOSED");
    await until("no connection is left", () => proxy.connections === 0);
  });

  it("watch ends when its signal aborts though the server hangs, and leaves no connection", async () => {
    const provider = await openByProxy();
    for (const [when, hang] of [
      ["before it listens", () => proxy.swallow()],
      ["while it listens", () => undefined],
    ] as const) {
      hang();
      const caller = new AbortController();
      const changes = provider.watch?.({ signal: caller.signal })[Symbol.asyncIterator]();
      const first = changes?.next();
      if (when === "while it listens") await first;
      else await until("it is being opened", () => proxy.received.length > 0);
      proxy.swallow();
      const next = when === "while it listens" ? changes?.next() : first;
      caller.abort();
      expect(await next, when).toEqual({ done: true, value: undefined });
      await until("no connection is left", () => proxy.connections === 0);
      proxy.heal();
    }
  });
});
