// One of the fleet. It follows its password, by the refresh that is due and by what the channel tells.
import { once } from "node:events";
import { createServer } from "node:http";
import { secretsFromEnv } from "@qarion/secrets";
import { Redis } from "ioredis";
import { redisChanges } from "./redis-changes.js";

const { REDIS_URL = "redis://127.0.0.1:6379", CHANGES_CHANNEL = "secret-changes", PORT = "0" } = process.env;

const secrets = await secretsFromEnv();
const password = await secrets.live("DB_PASSWORD");

const ending = new AbortController();
const redis = new Redis(REDIS_URL, { maxRetriesPerRequest: null });
redis.on("error", (error: Error & { code?: string }) =>
  console.error(`changes: Redis failed (${error.code ?? error.name})`),
);
secrets.refreshOn(redisChanges(redis, CHANGES_CHANNEL, ending.signal));

// A real service would connect to its database with it. This one says which version it is on.
const server = createServer((_, response) => {
  const { version, state } = password.current;
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ version, state, error: password.error?.code }));
});
server.listen(Number(PORT), "127.0.0.1");
await once(server, "listening");
const address = server.address();
console.log(`listening on ${typeof address === "object" && address !== null ? address.port : address}`);

process.once("SIGTERM", async () => {
  ending.abort();
  server.close();
  server.closeAllConnections();
  await secrets.close();
  redis.disconnect();
});
