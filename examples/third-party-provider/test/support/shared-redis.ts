import { noteEngine } from "@qarion-testing/support";
import { Redis } from "ioredis";

const url = process.env.REDIS_URL ?? "redis://127.0.0.1:6379";

export interface SharedRedis {
  readonly url: string;
  /** Deletes what was stored under a prefix that is this test run's own. */
  remove(keyPrefix: string): Promise<void>;
}

/** A server that others use too, and that the tests write to under a prefix of their own: at `REDIS_URL`, or nearby. */
export async function findSharedRedis(): Promise<SharedRedis | undefined> {
  const version = await asAdmin(async (redis) => /redis_version:(\S+)/.exec(await redis.info("server"))?.[1]).catch(
    () => undefined,
  );
  if (version === undefined) return undefined;
  noteEngine(`Redis ${version}`);
  return {
    url,
    remove: (keyPrefix) =>
      asAdmin(async (redis) => {
        for await (const keys of redis.scanStream({ match: `${keyPrefix}*`, count: 500 })) {
          if (keys.length > 0) await redis.unlink(keys);
        }
      }),
  };
}

async function asAdmin<T>(use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: null,
    connectTimeout: 2_000,
    commandTimeout: 5_000,
  });
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}
