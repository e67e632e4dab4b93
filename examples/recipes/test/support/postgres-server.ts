import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";

const run = promisify(execFile);

/** A PostgreSQL server that asks for passwords, and refuses wrong ones. */
export interface PostgresServer {
  readonly version: string;
  /** For roles of the tests. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** As a superuser. Each statement is sent as it is: a password in it must be quoted. */
  administer(statement: string): Promise<pg.QueryResult>;
  stop(): Promise<void>;
}

/** Why a test is skipped without a server: the end of its title. */
export const withoutPostgres =
  " (skipped: no PostgreSQL that asks for passwords; QARION_TEST_POSTGRES_URL names one, or initdb and postgres start one)";

/**
 * The server that QARION_TEST_POSTGRES_URL names, if it asks for passwords; else one of its own, where PostgreSQL is
 * installed. `undefined` where there is neither.
 */
export async function startPostgres(): Promise<PostgresServer | undefined> {
  const url = process.env.QARION_TEST_POSTGRES_URL;
  const running = url === undefined ? undefined : await connectTo(url, async () => undefined);
  return running ?? (await startOwn());
}

async function startOwn(): Promise<PostgresServer | undefined> {
  const bin = await programs();
  if (bin === undefined) return undefined;
  const owner = await unprivileged();
  if (owner === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "recipes-postgres-"));
  const password = randomBytes(18).toString("hex");
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  for (const path of [folder, passwordFile]) if (owner.uid !== undefined) chownSync(path, owner.uid, owner.gid ?? 0);
  const data = join(folder, "data");
  const options = { cwd: folder, ...owner };
  const authentication = ["--auth=scram-sha-256", `--pwfile=${passwordFile}`, "--username=postgres"];
  await run(
    join(bin, "initdb"),
    ["-D", data, ...authentication, "--no-sync", "--encoding=UTF8", "--locale=C"],
    options,
  );
  const port = await freePort();
  const settings = { listen_addresses: "127.0.0.1", port, unix_socket_directories: "", fsync: "off" };
  const server = spawn(
    join(bin, "postgres"),
    ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    { ...options, stdio: "ignore" },
  );
  const stopped = new Promise<void>((resolve) => server.once("close", () => resolve()));
  const stop = async () => {
    server.kill("SIGINT"); // a fast shutdown: whoever is connected is sent away
    await stopped;
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  for (let attempts = 0; attempts < 100 && server.exitCode === null; attempts += 1) {
    const connected = await connectTo(url, stop);
    if (connected) return connected;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error("The PostgreSQL server of the tests did not start");
}

/** `undefined` for a server that does not answer, or that lets in whoever has a wrong password. */
async function connectTo(url: string, stop: () => Promise<void>): Promise<PostgresServer | undefined> {
  const administer = async (statement: string, connectionString = url) => {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
    client.on("error", () => undefined);
    await client.connect();
    return client.query(statement).finally(() => client.end());
  };
  const { hostname, port, pathname } = new URL(url);
  const wrong = new URL(url);
  wrong.password = randomBytes(8).toString("hex");
  try {
    const { rows } = await administer("show server_version");
    const refusal = await administer("select 1", wrong.href).catch((error: { code?: unknown }) => error.code);
    if (refusal !== "28P01") return undefined;
    const database = pathname.slice(1) || "postgres";
    return { version: rows[0].server_version, host: hostname, port: Number(port || 5432), database, administer, stop };
  } catch {
    return undefined;
  }
}

/** The folder of initdb and postgres: they are seldom on the PATH. */
async function programs(): Promise<string | undefined> {
  const told = await run("pg_config", ["--bindir"]).catch(() => undefined);
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...(told ? [told.stdout.trim()] : []), ...versions.map((version) => join(debian, version, "bin"))];
  return folders.find((folder) => ["initdb", "postgres"].every((program) => existsSync(join(folder, program))));
}

/** PostgreSQL refuses to run as root: then it runs as its own user, if there is one. */
async function unprivileged(): Promise<{ readonly uid?: number; readonly gid?: number } | undefined> {
  if (process.getuid?.() !== 0) return {};
  const id = async (flag: string) => Number((await run("id", [flag, "postgres"])).stdout);
  return Promise.all([id("-u"), id("-g")]).then(
    ([uid, gid]) => ({ uid, gid }),
    () => undefined,
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
