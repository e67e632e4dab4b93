import { randomUUID } from "node:crypto";
import { type ProviderRef, type SecretProvider, SecretsError } from "@qarion/secrets-core";
import { type RedisConnectionOptions, RedisConnections } from "./redis-connections.js";
import { RedisRefusal, refusalCodes } from "./redis-refusal.js";
import { promoteScript, type SecretHash, secretIn } from "./secret-hash.js";

export interface RedisSecretsOptions extends RedisConnectionOptions {
  /** Stands before the name of a secret in its key, and before `changes` in the channel. Default: `secrets:`. */
  readonly keyPrefix?: string | undefined;
}

/** Secrets from Redis, each a hash (`secret-hash.ts`). @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` */
export function redisSecrets({ keyPrefix = "secrets:", ...server }: RedisSecretsOptions): SecretProvider {
  const connections = new RedisConnections(server);
  const channel = `${keyPrefix}changes`;
  const keyOf = (name: string) => `${keyPrefix}${name}`; // any text is a key, and none of it leads to another one
  const promotion = (name: string, version: string) => ["eval", promoteScript, 1, keyOf(name), version];

  return {
    name: "redis",
    capabilities: { stages: true, versions: true },

    async get(ref, { signal }) {
      const secret = secretIn(await connections.ask(signal, (redis) => redis.hgetallBuffer(keyOf(ref.name))), ref);
      if (secret instanceof Error) throw secret;
      return secret;
    },

    async getMany(refs, { signal }) {
      const read = ({ name }: ProviderRef) => ["hgetallBuffer", keyOf(name)];
      const answers = await connections.askEach<ProviderRef, SecretHash>(signal, refs, read);
      return new Map(answers.map(([ref, hash]) => [ref, hash instanceof Error ? hash : secretIn(hash, ref)]));
    },

    async *list({ prefix = "" }, { signal }) {
      const pattern = `${keyOf(prefix).replace(/[\\*?[\]]/g, "\\$&")}*`;
      const told = new Set<string>(); // SCAN may come by a key twice
      let cursor = "0";
      do {
        const page = await connections.ask(signal, (redis) => redis.scan(cursor, "MATCH", pattern, "COUNT", 500));
        for (const key of page[1]) {
          if (!told.has(key)) yield { name: key.slice(keyPrefix.length) };
          told.add(key);
        }
        cursor = page[0];
      } while (cursor !== "0");
    },

    async put({ name, stage }, value, { signal }) {
      const version = randomUUID();
      const slot = stage === "current" ? "next" : stage;
      const stored = typeof value === "string" ? value : Buffer.from(value);
      await connections.transact(signal, [
        // The value is no argument of the script: ioredis hands those to tracing as they are.
        ["hset", keyOf(name), slot, stored, `${slot}:version`, version],
        ...(slot === "next" ? [promotion(name, version)] : []),
        ["publish", channel, name],
      ]);
      return { version };
    },

    async promote(name, version, { signal }) {
      const [moved] = await connections.transact(signal, [promotion(name, version), ["publish", channel, name]]);
      if (moved !== 1) throw new SecretsError("ERR_SECRETS_NOT_FOUND", { hint: "It has no such version to promote." });
    },

    async *watch({ signal }) {
      // The first has no name, and core looks at all that it holds: of what changed before nobody told us.
      for await (const name of connections.listen(signal, channel)) yield name === undefined ? {} : { name };
    },

    classifyError: (raw) => (raw instanceof RedisRefusal ? refusalCodes.get(raw.word) : undefined),

    close: () => connections.close(),
  };
}
