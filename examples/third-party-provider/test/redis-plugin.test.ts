import { randomUUID } from "node:crypto";
import {
  type Secrets,
  SecretsError,
  type SecretsEvent,
  type SecretsFromEnvOptions,
  secretsFromEnv,
} from "@qarion/secrets";
import { afterEach, describe, expect, it } from "vitest";
import { redisPlugin, redisSecrets } from "../src/index.js";
import { aclRules } from "./support/acl-rules.js";
import { context, errorOf, put } from "./support/ask.js";
import { describeOnServer } from "./support/describe-on-server.js";
import { PrivateRedis } from "./support/private-redis.js";
import { shown } from "./support/shown.js";
import { until } from "./support/until.js";

const aDayInSeconds = "86400";

describe("the plugin", () => {
  it.each([{}, { REDIS_SECRETS_URL: "" }])("says which variable is missing from %o", async (env) => {
    const error = await errorOf(open({ env: { SECRET_PROVIDER: "redis", ...env } }));
    expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG", hint: "Set REDIS_SECRETS_URL." });
  });

  it("does not show a URL that it refuses", async () => {
    const canary = `cNry${randomUUID()}`;
    const env = { SECRET_PROVIDER: "redis", REDIS_SECRETS_URL: `redis://app:${canary}` };
    const error = await errorOf(open({ env }));
    expect(SecretsError.is(error) && error.code).toBe("ERR_SECRETS_INVALID_CONFIG");
    expect(shown(error)).not.toContain(canary);
  });
});

function open(options: SecretsFromEnvOptions): Promise<Secrets> {
  return secretsFromEnv({ plugins: [redisPlugin], ...options });
}

describeOnServer("SECRET_PROVIDER=redis", () => {
  const cleanUps: (() => Promise<unknown> | undefined)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  /** A server, a service that reads from it as the README's reader, and somebody else who writes. */
  async function startAll(env: Record<string, string>, options: SecretsFromEnvOptions = {}) {
    const server = await PrivateRedis.start();
    cleanUps.push(() => server.stop());
    const signUp = () => server.user("app", aclRules("reader"));
    const events: SecretsEvent[] = [];
    const secrets = await open({
      env: { SECRET_PROVIDER: "redis", REDIS_SECRETS_URL: await signUp(), ...env },
      onEvent: (event) => events.push(event),
      ...options,
    });
    cleanUps.push(() => secrets.close());
    const writer = redisSecrets({ url: server.adminUrl });
    cleanUps.push(() => writer.close?.());
    const listeners = async () => (await server.admin.pubsub("NUMSUB", "secrets:changes"))[1];
    const reads = () => events.filter(({ type }) => type === "fetch" || type === "error").length;
    return { server, secrets, writer, signUp, listeners, reads };
  }

  it("reads from the server that REDIS_SECRETS_URL names, under REDIS_SECRETS_PREFIX", async () => {
    const { server, secrets } = await startAll({});
    await server.admin.hset("secrets:API_KEY", "current", "a value");
    expect((await secrets.get("API_KEY")).reveal()).toBe("a value");
    const env = { SECRET_PROVIDER: "redis", REDIS_SECRETS_URL: server.adminUrl, REDIS_SECRETS_PREFIX: "prod:" };
    const others = await open({ env });
    await server.admin.hset("prod:API_KEY", "current", "of production");
    expect((await others.get("API_KEY")).reveal()).toBe("of production");
    await others.close();
  });

  it("a live value follows a change by watch, with nothing asked of the store in between", async () => {
    const { secrets, writer, listeners, reads } = await startAll({ SECRETS_CACHE_TTL: aDayInSeconds });
    await put(writer, "API_KEY", "first");
    await put(writer, "OTHER_KEY", "first");
    await secrets.getAll({ key: "API_KEY", other: "OTHER_KEY" });
    const live = await secrets.live("API_KEY");
    const other = await secrets.live("OTHER_KEY");
    await until("the service listens", async () => (await listeners()) === 1);
    await until("it has looked at what it holds", () => reads() === 4);

    const changes: string[] = [];
    live.onChange((next) => changes.push(next.reveal()));
    await put(writer, "API_KEY", "second");
    await until("the change is there", () => live.current.reveal() === "second");
    const version = await put(writer, "API_KEY", "third", "pending");
    await writer.promote?.("API_KEY", version, context);
    await until("the promotion is there", () => live.current.reveal() === "third");
    expect(changes).toEqual(["second", "third"]);
    expect(other.current.reveal()).toBe("first");
    expect(reads()).toBeLessThanOrEqual(4 + 3); // the three writes, of which two may have been looked at together
  });

  it("a server that is killed: reads go on with the last good value, and know that it is stale", async () => {
    const { server, secrets, writer, signUp } = await startAll({}, { cache: { ttlMs: 1, revalidate: "await" } });
    await put(writer, "API_KEY", "first");
    expect((await secrets.get("API_KEY")).state).toBe("fresh");
    await server.kill();
    await until("the value is stale", async () => (await secrets.get("API_KEY")).state === "stale");
    expect((await secrets.get("API_KEY")).reveal()).toBe("first");
    expect(await errorOf(secrets.get("NEVER_READ"))).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
    await server.start();
    await signUp();
    await until("the value is fresh", async () => (await secrets.get("API_KEY")).state === "fresh");
  });

  it("a server that is killed: watch takes up again, and what changed meanwhile is found", async () => {
    const { server, secrets, writer, signUp, listeners } = await startAll({ SECRETS_CACHE_TTL: aDayInSeconds });
    await put(writer, "API_KEY", "first");
    const live = await secrets.live("API_KEY");
    await until("the service listens", async () => (await listeners()) === 1);
    await server.kill();
    expect(live.current.reveal()).toBe("first");
    await server.start();
    // Nobody is told of this one: the service cannot sign in yet.
    await server.admin.hset("secrets:API_KEY", "current", "second", "current:version", "2");
    await signUp();
    await until("the change is there", () => live.current.reveal() === "second");
    expect(await listeners()).toBe(1);
    await put(writer, "API_KEY", "third");
    await until("the next change is there", () => live.current.reveal() === "third");
  });

  it("close() leaves no connection", async () => {
    const { server, secrets, writer, listeners } = await startAll({});
    await put(writer, "API_KEY", "first");
    await secrets.live("API_KEY");
    await until("the service listens", async () => (await listeners()) === 1);
    await secrets.close();
    await until("the user has no connection", async () => {
      return !String(await server.admin.call("CLIENT", "LIST")).includes("user=app");
    });
  });
});
