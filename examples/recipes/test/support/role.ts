import { randomBytes } from "node:crypto";
import type pg from "pg";
import type { PostgresServer } from "./postgres-server.js";

/** A role of one test, that may log in with its password. */
export interface Role {
  readonly config: pg.PoolConfig;
  readonly password: string;
  /** Gives the role a new password in the database; nobody is told. */
  changePassword(): Promise<string>;
  /** How many connections the server has of it. */
  connections(): Promise<number>;
  drop(): Promise<void>;
}

export async function createRole(server: PostgresServer): Promise<Role> {
  const user = `recipe_${randomBytes(6).toString("hex")}`;
  const password = newPassword();
  const { host, port, database } = server;
  await server.administer(`create role ${user} login password '${password}'`);
  return {
    config: { host, port, database, user },
    password,
    async changePassword() {
      const next = newPassword();
      await server.administer(`alter role ${user} password '${next}'`);
      return next;
    },
    async connections() {
      const { rows } = await server.administer(`select 1 from pg_stat_activity where usename = '${user}'`);
      return rows.length;
    },
    async drop() {
      await server.administer(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${user}'`);
      await server.administer(`drop role ${user}`);
    },
  };
}

/** Of characters that SQL takes as they are. */
export function newPassword(): string {
  return randomBytes(18).toString("hex");
}
