import { type Secrets, SecretsError, secretsFromEnv } from "@qarion/secrets";
import type { FastifyInstance } from "fastify";
import { buildApp } from "./app.js";
import { configFrom } from "./config.js";
import { openDatabase } from "./database.js";
import { openKeys } from "./keys.js";

export interface Running {
  readonly server: FastifyInstance;
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts the service whole or not at all; what was opened before a failure is closed again. */
export async function start(env: Readonly<Record<string, string | undefined>>): Promise<Running> {
  const opened: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    const failures: unknown[] = [];
    for (const close of opened.splice(0).reverse()) {
      await close().catch((error: unknown) => failures.push(error)); // the others are closed all the same
    }
    if (failures.length > 0) throw new AggregateError(failures, "Not everything could be closed");
  };
  try {
    const config = configFrom(env);
    const secrets = await secretsFromEnv({ env });
    opened.push(() => secrets.close());
    const keys = await openKeys(secrets);
    opened.push(() => Promise.all(Object.values(keys).map((ring) => ring.close())));
    const database = await openDatabase(secrets, config.dataDirectory);
    opened.push(() => database.close());
    const { server, app } = await buildApp({ keys, database, logLevel: config.logLevel });
    opened.push(() => server.close());
    if (await app.users.isEmpty()) {
      await app.users.create(config.adminEmail, await adminPassword(secrets), "admin");
    }
    const address = await server.listen({ host: config.host, port: config.port });
    return { server, address, stop };
  } catch (error) {
    await stop().catch(() => undefined); // why it did not start is what counts
    throw error;
  }
}

/** The password of the first user: asked for once, while there is no user. */
async function adminPassword(secrets: Secrets): Promise<string> {
  const password = (await secrets.get("ADMIN_PASSWORD")).reveal();
  if (password.length >= 12) return password;
  throw new SecretsError("ERR_SECRETS_INVALID_VALUE", {
    secretName: "ADMIN_PASSWORD",
    hint: "The first user's password has at least 12 characters.",
  });
}
