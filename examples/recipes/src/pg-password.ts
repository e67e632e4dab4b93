import type { Secrets } from "@qarion/secrets";
import pg from "pg";

/** A pool whose every new connection logs in with the password of that moment. */
export function openPool(secrets: Secrets, config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({
    ...config,
    password: async () => (await secrets.get("POSTGRES_PASSWORD")).reveal(),
  });
  pool.on("error", () => undefined); // an idle connection broke: the pool drops it, and opens another when it needs one
  return pool;
}
