import { randomUUID } from "node:crypto";
import {
  type FailureMode,
  featuresOf,
  type ProviderClause,
  type ProviderHarness,
  type ProviderUnderTest,
  providerClauses,
} from "@qarion/secrets-conformance";
import type { SecretProvider } from "@qarion/secrets-core";
import { redisSecrets } from "../src/index.js";
import { aclRules } from "./support/acl-rules.js";
import { context } from "./support/ask.js";
import { PrivateRedis, serverVersion, whyNoServer } from "./support/private-redis.js";
import { findSharedRedis, type SharedRedis } from "./support/shared-redis.js";
import { until } from "./support/until.js";

/** What is stored goes through a provider of its own, which an outage of the one under test does not touch. */
function seedWith(seeder: SecretProvider): ProviderUnderTest["seed"] {
  return async (name, value, { stage = "current" } = {}) => {
    await seeder.put?.({ name, stage }, value, context);
  };
}

/** A server for each case, so that it can be made to fail in earnest; the user has the rights that the README names. */
async function onPrivateServer(): Promise<ProviderUnderTest> {
  const server = await PrivateRedis.start();
  const rules = aclRules("writer");
  const provider = redisSecrets({ url: await server.user("app", rules) });
  const seeder = redisSecrets({ url: server.adminUrl });

  /** Ends the provider's connections, and waits until it has noticed, since each call finds out by itself. */
  async function disconnected(): Promise<void> {
    await server.disconnectAll();
    await until("the provider opens a new connection", async () => {
      const error: unknown = await provider.get({ name: "any", stage: "current" }, context).catch((raw) => raw);
      return provider.classifyError?.(error) !== undefined;
    });
  }

  const faults: Record<FailureMode, { begin(): Promise<void> | void; end(): Promise<unknown> | unknown }> = {
    denied: {
      begin: async () => void (await server.admin.acl("SETUSER", "app", "resetkeys")),
      end: () => server.user("app", rules),
    },
    throttled: {
      async begin() {
        await server.admin.config("SET", "maxclients", "1"); // the administrator's
        await disconnected();
      },
      end: () => server.admin.config("SET", "maxclients", "1000"),
    },
    unauthenticated: {
      async begin() {
        await server.admin.acl("SETUSER", "app", "resetpass", `>${randomUUID()}`);
        await disconnected();
      },
      end: () => server.user("app", rules),
    },
    unavailable: {
      begin: () => server.kill(),
      async end() {
        await server.start();
        await server.user("app", rules);
      },
    },
    hang: { begin: () => server.suspend(), end: () => server.resume() },
  };

  let failing: FailureMode | undefined;
  return {
    provider,
    seed: seedWith(seeder),
    async fail(mode) {
      if (failing) await faults[failing].end();
      failing = mode;
      if (mode) await faults[mode].begin();
    },
    canaries: [server.password],
    async close() {
      await Promise.all([provider.close?.(), seeder.close?.()]);
      await server.stop();
    },
  };
}

/** Under a prefix of its own; a server that others use is not made to fail. */
async function onSharedServer({ url, remove }: SharedRedis): Promise<ProviderUnderTest> {
  const keyPrefix = `test-${randomUUID()}:`;
  const provider = redisSecrets({ url, keyPrefix });
  const seeder = redisSecrets({ url, keyPrefix });
  return {
    provider,
    seed: seedWith(seeder),
    async close() {
      await Promise.all([provider.close?.(), seeder.close?.()]);
      await remove(keyPrefix);
    },
  };
}

async function findHarness(): Promise<ProviderHarness> {
  if (serverVersion) return { name: "redis", create: onPrivateServer };
  const shared = await findSharedRedis();
  if (shared) return { name: "redis (no faults: a server that others use)", create: () => onSharedServer(shared) };
  const why = `${whyNoServer}, and none answers at REDIS_URL or 127.0.0.1:6379`;
  const clauses = Object.keys(providerClauses) as ProviderClause[];
  const skip = Object.fromEntries(clauses.map((clause) => [clause, why]));
  return { name: `redis (skipped: ${why})`, create: () => Promise.reject(new Error(why)), features: [], skip };
}

const found = await findHarness();
export const harness: ProviderHarness = { features: found.features ?? (await featuresOf(found)), ...found };
