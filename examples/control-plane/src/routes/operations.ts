import type { FastifyInstance } from "fastify";
import type { App } from "../app.js";
import { requireAdmin } from "../authenticate.js";
import { encryptedColumns, reencryptColumn } from "../reencrypt.js";

/** What probes and operators ask. */
export async function operationRoutes(server: FastifyInstance, app: App): Promise<void> {
  const { keys, database } = app;

  server.get("/healthz", async () => ({ status: "ok" }));

  server.get("/readyz", async () => {
    await database.query("select 1");
    return { status: "ready" };
  });

  /** The keys of every ring by id and state, without their material: where a rotation stands. */
  server.get("/keys", async (request) => {
    await requireAdmin(request, keys.app);
    return Object.fromEntries(Object.entries(keys).map(([name, ring]) => [name, ring.status()]));
  });

  /** Rewrites every stored ciphertext that is not under its ring's current key. */
  server.post("/reencryptions", async (request) => {
    await requireAdmin(request, keys.app);
    const report: Record<string, unknown> = {};
    for (const column of encryptedColumns(keys)) {
      report[`${column.table}.${column.column}`] = await reencryptColumn(database, column);
    }
    return report;
  });
}
