import { randomUUID } from "node:crypto";
import { secretsFromEnv } from "@qarion/secrets";
import { redisPlugin } from "secrets-provider-redis";

// What a deployment sets. The prefix keeps this demo away from anything else in that Redis.
const url = process.env.REDIS_SECRETS_URL ?? "redis://127.0.0.1:6379";
const env = { SECRET_PROVIDER: "redis", REDIS_SECRETS_URL: url, REDIS_SECRETS_PREFIX: "secrets-demo:" };

const service = await secretsFromEnv({ env, plugins: [redisPlugin] });
const operator = await secretsFromEnv({ env, plugins: [redisPlugin] }); // another process, as a rule

await operator.put("DB_PASSWORD", randomUUID());
const password = await service.live("DB_PASSWORD");
const first = password.current;
console.log(`the service reads ${first}`); // the service reads [redacted DB_PASSWORD]

const told = new Promise((resolve) => password.onChange(resolve));
const { version } = await operator.put("DB_PASSWORD@pending", randomUUID());
await operator.promote("DB_PASSWORD", version);
await told; // by watch: the next look of its own would be in five minutes
console.log(password.current.version === version); // true
console.log((await service.get("DB_PASSWORD@previous")).equals(first)); // true

await service.close();
await operator.close();
