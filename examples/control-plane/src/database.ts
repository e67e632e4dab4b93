import { PGlite } from "@electric-sql/pglite";
import type { Live, Secret, Secrets } from "@qarion/secrets";
import pg from "pg";

/** As much of a database as the models need; PGlite and pg both fit it. */
export interface Database {
  query<Row>(sql: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly Row[] }>;
  close(): Promise<void>;
}

const schema = [
  `create table if not exists users (
    id uuid primary key default gen_random_uuid(),
    email text not null unique,
    password_hash text not null,
    role text not null check (role in ('admin', 'member')),
    created_at timestamptz not null default now()
  )`,
  `create table if not exists instances (
    id uuid primary key default gen_random_uuid(),
    name text not null unique,
    url_ciphertext text not null,
    last_seen_at timestamptz,
    created_at timestamptz not null default now()
  )`,
  `create table if not exists connectors (
    id uuid primary key default gen_random_uuid(),
    instance_id uuid not null references instances (id) on delete cascade,
    name text not null,
    kind text not null,
    credentials_ciphertext text not null,
    created_at timestamptz not null default now(),
    unique (instance_id, name)
  )`,
];

/** PostgreSQL at the secret DATABASE_URL; without one, a database embedded in this process. */
export async function openDatabase(secrets: Secrets, dataDirectory: string): Promise<Database> {
  const url = await secrets.getOptional("DATABASE_URL");
  const isConfigured = url !== undefined && url.reveal().trim() !== "";
  const database = isConfigured ? await postgres(await secrets.live("DATABASE_URL")) : await embedded(dataDirectory);
  for (const statement of schema) await database.query(statement);
  return database;
}

/** The pool is built anew when the URL's password rotates; the old one ends when its last query has. */
async function postgres(url: Live<Secret>): Promise<Database> {
  const pool = await url.derive(
    (secret) => {
      const built = new pg.Pool({ connectionString: secret.reveal(), max: 10 });
      built.on("error", () => undefined); // an idle connection broke: the pool drops it, and the next query says why
      return built;
    },
    (old) => old.end(),
  );
  return {
    async query<Row>(sql: string, values: readonly unknown[] = []) {
      const { rows } = await pool.current.query(sql, [...values]);
      return { rows: rows as Row[] };
    },
    async close() {
      await pool.close();
      await url.close();
    },
  };
}

async function embedded(dataDirectory: string): Promise<Database> {
  const pglite = await PGlite.create(dataDirectory);
  return {
    query: <Row>(sql: string, values: readonly unknown[] = []) => pglite.query<Row>(sql, [...values]),
    close: () => pglite.close(),
  };
}
