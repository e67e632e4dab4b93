import { secretsFromEnv } from "@qarion/secrets";
import pg from "pg";

async function open() {
  const secrets = await secretsFromEnv();
  const password = async () => (await secrets.get("POSTGRES_PASSWORD")).reveal();
  const pool = new pg.Pool({ password }); // the rest from PGHOST, PGUSER and so on
  pool.on("error", () => undefined); // an idle connection broke: the pool drops it
  return { secrets, pool };
}

const held = globalThis as typeof globalThis & { shopServices?: ReturnType<typeof open> | undefined };

/** The services of this process, however often this module is loaded. A start that failed is tried again. */
export function services(): ReturnType<typeof open> {
  held.shopServices ??= open().catch((error: unknown) => {
    held.shopServices = undefined;
    throw error;
  });
  return held.shopServices;
}
