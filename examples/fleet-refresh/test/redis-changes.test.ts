import { randomUUID } from "node:crypto";
import { awsSecretsManager } from "@qarion/provider-aws";
import { createSecrets } from "@qarion/secrets-core";
import { startAwsServer } from "@qarion-testing/fakes/aws";
import { noteEngine } from "@qarion-testing/support";
import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { secretEvent } from "../demo/event.js";
import { redisChanges } from "../src/redis-changes.js";

const url = process.env.REDIS_URL ?? "redis://127.0.0.1:6379";
const redisVersion = await versionOfRedis();
if (redisVersion !== undefined) noteEngine(`Redis ${redisVersion}`);
const ifRedis = redisVersion === undefined ? describe.skip : describe;

async function versionOfRedis(): Promise<string | undefined> {
  const redis = connection({ lazyConnect: true, retryStrategy: () => null });
  try {
    await redis.connect();
    return /redis_version:(\S+)/.exec(await redis.info("server"))?.[1];
  } catch {
    return undefined;
  } finally {
    redis.disconnect();
  }
}

function connection(options: { lazyConnect?: boolean; retryStrategy?: () => null } = {}): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: 0, ...options });
  redis.on("error", () => undefined); // a test that meets one fails by what it waits for
  return redis;
}

async function fleet(size: number) {
  const aws = await startAwsServer();
  const channel = `test-${randomUUID()}`;
  aws.seed("DB_PASSWORD", "first");
  const ending = new AbortController();
  const publisher = connection();
  const members = await Promise.all(
    Array.from({ length: size }, async () => {
      const secrets = createSecrets({ provider: awsSecretsManager({ clientOptions: aws.clientOptions }) });
      const live = await secrets.live("DB_PASSWORD");
      const redis = connection();
      secrets.refreshOn(redisChanges(redis, channel, ending.signal));
      return { secrets, live, redis };
    }),
  );
  onTestFinished(async () => {
    ending.abort();
    await Promise.all(members.map(({ secrets }) => secrets.close()));
    for (const { redis } of members) redis.disconnect();
    publisher.disconnect();
    await aws.close();
  });
  await vi.waitFor(async () => expect(await publisher.call("PUBSUB", "NUMSUB", channel)).toEqual([channel, size]));
  const publish = (message: string) => publisher.publish(channel, message);
  const all = (value: string) =>
    vi.waitFor(() => expect(members.map(({ live }) => live.current.reveal())).toEqual(Array(size).fill(value)), 5_000);
  aws.calls.clear();
  return { aws, publish, all, members };
}

ifRedis("a fleet that hears of changes over Redis (skipped where no Redis answers)", () => {
  it("is on the new value after one message, by one call of each member", async () => {
    const { aws, publish, all } = await fleet(4);
    aws.seed("DB_PASSWORD", "second");
    await publish(secretEvent("PutSecretValue", aws.arnOf("DB_PASSWORD")));
    await all("second");
    expect(aws.calls.count()).toBe(4);
  });

  it("takes a flood of messages for one, and one more at its end", async () => {
    const { aws, publish, all } = await fleet(2);
    for (let n = 0; n < 300; n += 1) await publish(secretEvent("UpdateSecretVersionStage", "DB_PASSWORD"));
    aws.seed("DB_PASSWORD", "second");
    await publish(secretEvent("UpdateSecretVersionStage", "DB_PASSWORD"));
    await all("second"); // the last message was not lost among the others
    expect(aws.calls.count()).toBeLessThanOrEqual(8);
  });

  it("takes messages in the wrong order for what the store has now", async () => {
    const { aws, publish, all } = await fleet(2);
    aws.seed("DB_PASSWORD", "second");
    aws.seed("DB_PASSWORD", "third");
    for (const event of ["RotationSucceeded", "PutSecretValue", "CreateSecret"]) {
      await publish(secretEvent(event, "DB_PASSWORD"));
    }
    await all("third");
  });

  it("asks nothing and believes nothing for messages that are forged or no events at all", async () => {
    const { aws, publish, all } = await fleet(2);
    for (let n = 0; n < 50; n += 1) await publish(secretEvent("PutSecretValue", `made-up-${n}`));
    for (const noise of ["", "{", "null", "[1]", JSON.stringify({ name: "DB_PASSWORD", value: "forged" })]) {
      await publish(noise);
    }
    expect(aws.calls.count()).toBe(0);
    aws.seed("DB_PASSWORD", "second");
    await publish(secretEvent("PutSecretValue", "DB_PASSWORD", { value: "forged" }));
    await all("second");
    expect(aws.calls.count()).toBe(2);
  });

  it("hears again after its connection was cut", async () => {
    const { aws, publish, all, members } = await fleet(2);
    for (const { redis } of members) redis.stream?.destroy();
    aws.seed("DB_PASSWORD", "second");
    await vi.waitFor(async () => {
      await publish(secretEvent("PutSecretValue", "DB_PASSWORD"));
      expect(members.map(({ live }) => live.current.reveal())).toEqual(["second", "second"]);
    }, 10_000);
    await all("second");
  });
});
