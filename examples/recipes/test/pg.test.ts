import { createSecrets, type MemoryProvider, memoryProvider, type Secrets } from "@qarion/secrets";
import { noteEngine } from "@qarion-testing/support";
import type pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openPool } from "../src/pg-password.js";
import { openRotatingPool } from "../src/pg-rotating-pool.js";
import { type PostgresServer, startPostgres, withoutPostgres } from "./support/postgres-server.js";
import { createRole, newPassword, type Role } from "./support/role.js";

const name = "POSTGRES_PASSWORD";
const server = await startPostgres();
const absent = server === undefined ? withoutPostgres : "";

describe.skipIf(server === undefined)(`pg, on a real PostgreSQL server${absent}`, () => {
  let role: Role;
  let store: MemoryProvider;
  let secrets: Secrets;
  let asked: (string | undefined)[];

  beforeAll(() => noteEngine(`PostgreSQL ${server?.version}`));
  afterAll(() => server?.stop());

  beforeEach(async () => {
    role = await createRole(server as PostgresServer);
    store = memoryProvider({ [name]: role.password });
    asked = [];
    secrets = createSecrets({
      provider: store,
      onEvent: ({ type, name }) => {
        if (type === "fetch" || type === "error") asked.push(name);
      },
    });
  });

  afterEach(async () => {
    await secrets.close();
    await role.drop();
  });

  /** The server lists a connection for a moment after it was closed. */
  const connectionsToBe = (count: number) =>
    vi.waitFor(async () => expect(await role.connections()).toBe(count), 5_000);

  describe("a password that is asked for at each connection", () => {
    let pool: pg.Pool;
    beforeEach(() => {
      pool = openPool(secrets, role.config);
    });
    afterEach(() => pool.end());

    it("goes on with the connections it has, and opens new ones with the new password", async () => {
      const before = await pool.connect();
      const { rows } = await before.query("select current_user as name");
      expect(rows).toEqual([{ name: role.config.user }]);

      store.rotate(name, await role.changePassword());
      await secrets.refresh(name);
      const after = await pool.connect();
      expect(await pidOf(after)).not.toBe(await pidOf(before));
      before.release();
      after.release();
    });

    it("is refused while the secrets hold the old password", async () => {
      const before = await pool.connect();
      store.rotate(name, await role.changePassword());
      await expect(pool.connect()).rejects.toMatchObject({ code: "28P01" });
      expect(await pidOf(before)).toEqual(expect.any(Number));
      before.release();
    });

    it("hands a secret that cannot be had to the query that needed it", async () => {
      store.delete(name);
      await expect(pool.query("select 1")).rejects.toMatchObject({ code: "ERR_SECRETS_NOT_FOUND" });
    });

    it("outlives a connection that the server ends", async () => {
      const pid = await pidOf(pool);
      await server?.administer(`select pg_terminate_backend(${pid})`);
      await vi.waitFor(() => expect(pool.totalCount).toBe(0), 5_000);
      expect(await pidOf(pool)).not.toBe(pid);
    });
  });

  describe("a pool that is rebuilt", () => {
    it("lets a query of the old pool finish, then closes its connections", async () => {
      const pool = await openRotatingPool(secrets, role.config);
      const old = pool.current;
      const holder = await old.connect();
      await holder.query("select pg_advisory_lock(1)");
      const running = old.query("select pg_advisory_lock(1), 'finished' as state");
      await connectionsToBe(2);

      store.rotate(name, await role.changePassword());
      await secrets.refresh(name);
      await vi.waitFor(() => expect(pool.current).not.toBe(old), 5_000);
      const pid = await pidOf(pool.current);
      await connectionsToBe(3);

      await holder.query("select pg_advisory_unlock(1)");
      holder.release();
      expect((await running).rows).toMatchObject([{ state: "finished" }]);
      await connectionsToBe(1);
      expect(await pidOf(pool.current)).toBe(pid);
      await pool.close();
      await connectionsToBe(0);
    });

    it("serves who waits for a connection of the old pool", async () => {
      const pool = await openRotatingPool(secrets, { ...role.config, max: 1 });
      const old = pool.current;
      const only = await old.connect();
      const waiting = Promise.all([pidOf(old), pidOf(old)]);
      store.rotate(name, await role.changePassword());
      await secrets.refresh(name);
      await vi.waitFor(() => expect(pool.current).not.toBe(old), 5_000);
      const pid = await pidOf(only);
      only.release();
      expect(await waiting).toEqual([pid, pid]);
      await pool.close();
      await connectionsToBe(0);
    });

    it("takes the newest password also while an older pool cannot end", async () => {
      const pool = await openRotatingPool(secrets, role.config);
      const kept = await pool.current.connect();
      for (const next of [await role.changePassword(), await role.changePassword()]) {
        const old = pool.current;
        store.rotate(name, next);
        await secrets.refresh(name);
        if (old.totalCount > 0) await vi.waitFor(() => expect(pool.current).not.toBe(old), 5_000);
      }
      expect(await pidOf(pool.current)).not.toBe(await pidOf(kept));
      kept.release();
      await pool.close();
      await connectionsToBe(0);
    });

    it("asks the store again when the database refuses the password that is held", async () => {
      const pool = await openRotatingPool(secrets, role.config);
      store.rotate(name, await role.changePassword());
      await expect(pool.current.query("select 1")).resolves.toBeDefined();
      await pool.close();
    });

    it("logs in with the pending password while the database is ahead of the store", async () => {
      const pool = await openRotatingPool(secrets, role.config);
      store.set(name, await role.changePassword(), { stage: "pending" });
      await expect(pool.current.query("select 1")).resolves.toBeDefined();
      await pool.close();
    });

    it("logs in with the previous password while the store is ahead of the database, then with the new one", async () => {
      const pool = await openRotatingPool(secrets, role.config);
      const old = pool.current;
      const next = newPassword();
      store.rotate(name, next);
      await secrets.refresh(name);
      await vi.waitFor(() => expect(pool.current).not.toBe(old), 5_000);
      const before = await pool.current.connect();
      await server?.administer(`alter role ${role.config.user} password '${next}'`);
      const after = await pool.current.connect();
      for (const client of [before, after]) client.release();
      await pool.close();
    });

    it("throws at once what is no refusal of the password, and does not ask the store again", async () => {
      const pool = await openRotatingPool(secrets, { ...role.config, database: "no_such_database" });
      await expect(pool.current.query("select 1")).rejects.toMatchObject({ code: "3D000" });
      expect(asked).toEqual([name]);
      await pool.close();
    });

    it("outlives a connection that the server ends", async () => {
      const pool = await openRotatingPool(secrets, role.config);
      const pid = await pidOf(pool.current);
      await server?.administer(`select pg_terminate_backend(${pid})`);
      await vi.waitFor(() => expect(pool.current.totalCount).toBe(0), 5_000);
      expect(await pidOf(pool.current)).not.toBe(pid);
      await pool.close();
    });
  });
});

async function pidOf(connection: pg.Pool | pg.PoolClient): Promise<number> {
  return (await connection.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]?.pid as number;
}
