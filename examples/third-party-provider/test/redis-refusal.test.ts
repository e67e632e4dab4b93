import { rmSync } from "node:fs";
import type { SecretProvider } from "@qarion/secrets-core";
import { expect, it } from "vitest";
import { redisSecrets } from "../src/index.js";
import { RedisRefusal, refusalCodes } from "../src/redis-refusal.js";
import { context, errorOf, put, ref, toldBy } from "./support/ask.js";
import { describeOnServer } from "./support/describe-on-server.js";
import { PrivateRedis } from "./support/private-redis.js";
import { until } from "./support/until.js";

interface Scene {
  /** Beside those of any server. */
  readonly config?: readonly string[];
  /** Brings the server to refuse; answers what the provider is to be made with, if that is not the usual. */
  prepare(server: PrivateRedis, another: () => Promise<PrivateRedis>): Promise<string | undefined>;
  /** The call that is refused; a read where nothing else is said. */
  ask?(provider: SecretProvider): Promise<unknown>;
}

const write = (provider: SecretProvider) => put(provider, "any", "a value");
const nothing = async () => undefined;
const unanswered = 1; // no server listens on this port

/** How Redis is brought to say each word. */
const scenes: Readonly<Record<string, Scene>> = {
  NOAUTH: { prepare: async ({ port }) => `redis://127.0.0.1:${port}` },
  WRONGPASS: { prepare: async (server) => server.url("default", "another password") },
  NOPERM: { prepare: (server) => server.user("powerless", "~*") },
  WRONGTYPE: { prepare: async ({ admin }) => void (await admin.set("secrets:any", "no hash")) },
  MAXCLIENTS: { prepare: async ({ admin }) => void (await admin.config("SET", "maxclients", "1")) },
  BUSY: {
    config: ["busy-reply-threshold 1"],
    async prepare(server) {
      const other = server.admin.duplicate();
      other.on("error", () => undefined);
      other.eval("while true do end", 0).catch(() => undefined); // until the server is killed
      await until("the script runs", async () => {
        const error: unknown = await server.admin.dbsize().catch((raw) => raw);
        return `${error}`.includes("BUSY");
      });
      return undefined;
    },
  },
  CLUSTERDOWN: { config: ["cluster-enabled yes"], prepare: nothing },
  LOADING: {
    config: ["loading-process-events-interval-bytes 1024"],
    async prepare(server) {
      await server.admin.call("DEBUG", "POPULATE", "2000", "key", "100");
      await server.admin.bgrewriteaof();
      await until("the keys are in the file", async () =>
        /aof_rewrite_in_progress:0.*aof_last_bgrewrite_status:ok/s.test(await server.admin.info("persistence")),
      );
      await server.kill();
      server.configure("key-load-delay 20000"); // microseconds for each key
      await server.launch();
      return undefined;
    },
  },
  MASTERDOWN: {
    config: ["replica-serve-stale-data no"],
    prepare: async ({ admin }) => void (await admin.replicaof("127.0.0.1", unanswered)),
  },
  READONLY: { prepare: async ({ admin }) => void (await admin.replicaof("127.0.0.1", unanswered)), ask: write },
  NOREPLICAS: { config: ["min-replicas-to-write 1"], prepare: nothing, ask: write },
  OOM: { prepare: async ({ admin }) => void (await admin.config("SET", "maxmemory", "1")), ask: write },
  MISCONF: {
    async prepare(server) {
      await server.admin.config("SET", "appendonly", "no");
      await server.admin.config("SET", "save", "3600 1");
      rmSync(server.folder, { recursive: true });
      await server.admin.bgsave();
      await until("saving has failed", async () =>
        /rdb_last_bgsave_status:err/.test(await server.admin.info("persistence")),
      );
      return undefined;
    },
    ask: write,
  },
  MOVED: {
    config: ["cluster-enabled yes", "cluster-require-full-coverage no"],
    async prepare(server, another) {
      const other = await another(); // all slots are its
      await other.admin.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
      await server.admin.call("CLUSTER", "MEET", "127.0.0.1", String(other.port), String(other.busPort));
      await until("the node knows whose the slots are", async () =>
        /cluster_state:ok/.test(String(await server.admin.call("CLUSTER", "INFO"))),
      );
      return undefined;
    },
  },
};

describeOnServer("a refusal of Redis", () => {
  it("there is a scene for each word that is known", () => {
    expect(Object.keys(scenes).toSorted()).toEqual([...refusalCodes.keys()].toSorted());
  });

  it.each([...refusalCodes])("%s is %s", async (word, code) => {
    const scene = scenes[word];
    const servers: PrivateRedis[] = [];
    const start = async () => {
      const server = await PrivateRedis.start(scene?.config);
      servers.push(server);
      return server;
    };
    try {
      const server = await start();
      const url = await scene?.prepare(server, start);
      const provider = redisSecrets({ url: url ?? server.adminUrl });
      const raw = await errorOf(scene?.ask?.(provider) ?? provider.get(ref("any"), context));
      await provider.close?.();
      expect(raw).toBeInstanceOf(RedisRefusal);
      expect(raw).toMatchObject({ word });
      expect(provider.classifyError?.(raw)).toBe(code);
      const told = await toldBy(provider, raw);
      expect(told).toMatchObject({ code, cause: { message: `Redis${word}Failure` } });
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });

  it("any other one is left to core, which fails closed and names it", async () => {
    const server = await PrivateRedis.start(["rename-command HGETALL GONE"]);
    const provider = redisSecrets({ url: server.adminUrl });
    const told = await toldBy(provider, await errorOf(provider.get(ref("any"), context)));
    expect(told).toMatchObject({ code: "ERR_SECRETS_UNKNOWN", cause: { message: "RedisERRFailure" } });
    await provider.close?.();
    await server.stop();
  });
});
