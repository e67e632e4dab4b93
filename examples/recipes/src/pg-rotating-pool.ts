import { setTimeout as sleep } from "node:timers/promises";
import type { Live, Secret, Secrets } from "@qarion/secrets";
import pg from "pg";

/** A pool that is replaced when the password changes; the old one ends when its last query has. */
export async function openRotatingPool(secrets: Secrets, config: pg.PoolConfig): Promise<Live<pg.Pool>> {
  const login = async (password: Secret): Promise<Secret> => {
    const client = new pg.Client({ ...config, password: password.reveal() });
    await client.connect().finally(() => client.end());
    return password;
  };
  const isAuthFailure = (error: unknown) => (error as { code?: unknown }).code === "28P01"; // invalid_password
  const accepted = () => secrets.withSecret("POSTGRES_PASSWORD", login, { isAuthFailure });
  const live = await secrets.live("POSTGRES_PASSWORD");
  return live.derive(
    () => {
      const pool = new pg.Pool({ ...config, password: async () => (await accepted()).reveal() });
      pool.on("error", () => undefined); // an idle connection broke: the pool drops it
      return pool;
    },
    async (old) => {
      while (old.waitingCount > 0) await sleep(50); // pg-pool never serves who still waits when it is ended
      await old.end();
    },
  );
}
