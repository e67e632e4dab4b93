import { randomBytes } from "node:crypto";
import { generateAesKey } from "@qarion/crypto-aes";
import { generateFernetKey } from "@qarion/crypto-fernet";
import { jwtKeyKind } from "@qarion/jwt-rotation";
import { noteEngine } from "@qarion-testing/support";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Running, start } from "../src/start.js";

// A server that is there already: the variable names one, and without it the usual place on this machine is tried.
const serverUrl = process.env.QARION_TEST_POSTGRES_URL ?? "postgres://postgres@127.0.0.1:5432/postgres";
const name = `control_plane_${randomBytes(6).toString("hex")}`;

async function administer<T>(use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: serverUrl, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

const version = await administer(
  async (client) => (await client.query("show server_version")).rows[0].server_version,
).catch(() => undefined);
const absent =
  version === undefined ? " (skipped: no PostgreSQL server answers; QARION_TEST_POSTGRES_URL names one)" : "";

describe.skipIf(version === undefined)(`with DATABASE_URL, on a real PostgreSQL server${absent}`, () => {
  let running: Running;
  let url: string;

  beforeAll(async () => {
    noteEngine(`PostgreSQL ${version}`);
    await administer((client) => client.query(`create database ${name}`));
    const database = new URL(serverUrl);
    database.pathname = `/${name}`;
    url = database.href;
    running = await start({
      SECRET_KEY: jwtKeyKind.generate(),
      CONTROL_PLANE_SECRET_KEY: jwtKeyKind.generate(),
      INSTANCE_ENCRYPTION_KEY: generateFernetKey(),
      CONNECTOR_ENCRYPTION_KEY: generateAesKey(),
      ADMIN_PASSWORD: "a password for the test",
      DATABASE_URL: url,
      LOG_LEVEL: "silent",
      PORT: "0",
    });
  });

  afterAll(async () => {
    await running?.stop();
    await administer((client) => client.query(`drop database if exists ${name}`));
  });

  it("registers an instance, stores its URL as a token, and reads it back", async () => {
    const call = async (method: string, path: string, token: string | undefined, body?: unknown) => {
      const response = await fetch(`${running.address}${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return (await response.json()) as Record<string, never>;
    };
    const credentials = { email: "admin@example.com", password: "a password for the test" };
    const { token } = await call("POST", "/sessions", undefined, credentials);
    const created = await call("POST", "/instances", token, { name: "One", url: "postgres://u:p@db.example.com/one" });
    const read = await call("GET", `/instances/${created.id}`, token);
    expect(read).toEqual(created);
    expect(read.endpoint).toEqual({ host: "db.example.com", port: "", database: "one" });

    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query("select url_ciphertext from instances");
    await client.end();
    expect(rows).toEqual([{ url_ciphertext: expect.stringMatching(/^gAAAA/) }]);
  });
});
