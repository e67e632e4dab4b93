import { noteEngine } from "@qarion-testing/support";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type PostgresServer, startPostgres, withoutPostgres } from "./support/postgres-server.js";
import { createRole } from "./support/role.js";

type Module = typeof import("../src/hot-reload.js");

/** Loads the module anew, with all that it imports, as a dev server does after an edit. */
async function reload(): Promise<Module> {
  vi.resetModules();
  return import("../src/hot-reload.js");
}

const server = await startPostgres();
const absent = server === undefined ? withoutPostgres : "";

afterEach(async () => {
  const { secrets, pool } = await (await reload()).services();
  await pool.end();
  await secrets.close();
  vi.unstubAllEnvs();
  Reflect.deleteProperty(globalThis, "shopServices");
});

describe("services kept across reloads", () => {
  it("are those of the first load, also for who asks before they are there", async () => {
    const [first, second] = [await reload(), await reload()];
    expect(second.services).not.toBe(first.services);
    const [one, other] = await Promise.all([first.services(), second.services()]);
    expect(other.secrets).toBe(one.secrets);
    expect(other.pool).toBe(one.pool);
    expect((await (await reload()).services()).secrets).toBe(one.secrets);
  });

  it("are started again after a start that failed", async () => {
    vi.stubEnv("SECRET_PROVIDER", "no-such-provider");
    await expect((await reload()).services()).rejects.toMatchObject({ code: "ERR_SECRETS_PROVIDER_UNKNOWN" });
    vi.stubEnv("SECRET_PROVIDER", "env");
    await expect((await reload()).services()).resolves.toBeDefined();
  });
});

describe.skipIf(server === undefined)(`connections across reloads, on a real PostgreSQL server${absent}`, () => {
  beforeAll(() => noteEngine(`PostgreSQL ${server?.version}`));
  afterAll(() => server?.stop());

  it("stay one, however often the module is loaded", async () => {
    const role = await createRole(server as PostgresServer);
    const { host, port, database, user } = role.config;
    const settings = { PGHOST: host, PGPORT: String(port), PGDATABASE: database, PGUSER: user };
    for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
    vi.stubEnv("POSTGRES_PASSWORD", role.password);
    for (let loads = 0; loads < 5; loads += 1) {
      const { pool } = await (await reload()).services();
      await pool.query("select 1");
    }
    expect(await role.connections()).toBe(1);
    await role.drop();
  });
});
