import { randomBytes } from "node:crypto";
import { aesGcmCipher, generateAesKey } from "@qarion/crypto-aes";
import { deriveFernetKey, fernetCipher, generateFernetKey } from "@qarion/crypto-fernet";
import { jwtKeyKind } from "@qarion/jwt-rotation";
import { createSecrets, type MemoryProvider, memoryProvider, type Secrets } from "@qarion/secrets";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildApp } from "../src/app.js";
import { type Database, openDatabase } from "../src/database.js";
import { type Keys, openKeys } from "../src/keys.js";

const canary = `canary-${randomBytes(12).toString("hex")}`;
const databaseUrl = `postgres://tenant:${canary}@db.example.com:5433/tenant`;
const adminPassword = randomBytes(12).toString("hex");

let provider: MemoryProvider;
let secrets: Secrets;
let keys: Keys;
let database: Database;
let server: FastifyInstance;
let baseUrl: string;
let admin: string;
let member: string;
const seen: string[] = [];

async function call(method: string, path: string, options: { token?: string; body?: unknown; raw?: string } = {}) {
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.body === undefined && options.raw === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    ...(options.raw === undefined ? {} : { body: options.raw }),
  });
  const text = await response.text();
  seen.push(text, JSON.stringify([...response.headers]));
  return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
}

async function signIn(email: string, password: string): Promise<string> {
  const { body } = await call("POST", "/sessions", { body: { email, password } });
  return body.token;
}

async function stored(table: string, column: string): Promise<string[]> {
  const { rows } = await database.query<{ text: string }>(
    `select ${column} as text from ${table} order by created_at, id`,
  );
  return rows.map(({ text }) => text);
}

beforeAll(async () => {
  provider = memoryProvider({
    SECRET_KEY: jwtKeyKind.generate(),
    CONTROL_PLANE_SECRET_KEY: jwtKeyKind.generate(),
    INSTANCE_ENCRYPTION_KEY: generateFernetKey(),
    CONNECTOR_ENCRYPTION_KEY: generateAesKey(),
  });
  secrets = createSecrets({ provider });
  keys = await openKeys(secrets);
  database = await openDatabase(secrets, "memory://");
  const built = await buildApp({
    keys,
    database,
    logLevel: "trace",
    logStream: { write: (line) => void seen.push(line) },
  });
  server = built.server;
  await built.app.users.create("admin@example.com", adminPassword, "admin");
  baseUrl = await server.listen({ host: "127.0.0.1", port: 0 });
  admin = await signIn("admin@example.com", adminPassword);
  await call("POST", "/users", { token: admin, body: { email: "member@example.com", password: adminPassword } });
  member = await signIn("member@example.com", adminPassword);
}, 60_000);

afterAll(async () => {
  await server.close();
  await database.close();
  await secrets.close();
});

describe("an instance's database URL", () => {
  it("is stored as a Fernet token and told only by host, port and database", async () => {
    const created = await call("POST", "/instances", { token: admin, body: { name: "One", url: databaseUrl } });
    expect(created.status).toBe(201);
    expect(created.body.endpoint).toEqual({ host: "db.example.com", port: "5433", database: "tenant" });
    const [token = ""] = await stored("instances", "url_ciphertext");
    const key = (await secrets.get("INSTANCE_ENCRYPTION_KEY")).reveal();
    expect(fernetCipher({ keys: [key] }).decrypt(token)).toBe(databaseUrl);
    const read = await call("GET", `/instances/${created.body.id}`, { token: member });
    expect(Object.keys(read.body).sort()).toEqual(["createdAt", "endpoint", "id", "lastSeenAt", "name"]);
  });

  it.each([
    "not a url",
    "http://db.example.com/x",
    "postgres://",
    "postgres://u:1234/rest-of-a-password@h/db",
    "file:///etc/passwd",
  ])("is refused when it is %j", async (url) => {
    const { status, body } = await call("POST", "/instances", { token: admin, body: { name: `bad ${url}`, url } });
    expect([status, body.error.code]).toEqual([400, "INVALID_URL"]);
  });

  it("that was damaged in the database is an error without a value, and the service goes on", async () => {
    const { body } = await call("POST", "/instances", { token: admin, body: { name: "Damaged", url: databaseUrl } });
    await database.query("update instances set url_ciphertext = $1 where id = $2", ["gAAAAAdamaged", body.id]);
    const read = await call("GET", `/instances/${body.id}`, { token: member });
    expect([read.status, read.body.error.code]).toEqual([503, "ERR_CIPHER_MALFORMED"]);
    const list = await call("GET", "/instances", { token: member });
    expect(list.body.find(({ id }: { id: string }) => id === body.id).endpoint).toBeNull();
    expect(list.body.filter(({ endpoint }: { endpoint: unknown }) => endpoint).length).toBeGreaterThan(0);
    await database.query("delete from instances where id = $1", [body.id]);
  });
});

describe("a connector's credentials", () => {
  it("are bound to their column, can be used, and come back through no route", async () => {
    const instance = await call("POST", "/instances", { token: admin, body: { name: "Two", url: databaseUrl } });
    const path = `/instances/${instance.body.id}/connectors`;
    const connector = { name: "wh", kind: "s3", credentials: { secretKey: canary } };
    const created = await call("POST", path, { token: admin, body: connector });
    expect(created.status).toBe(201);
    expect(Object.keys(created.body).sort()).toEqual(["createdAt", "id", "instanceId", "kind", "name"]);
    expect((await call("GET", path, { token: member })).body).toEqual([created.body]);
    expect((await call("POST", `/connectors/${created.body.id}/check`, { token: member })).body).toEqual({
      status: "readable",
    });

    const [ciphertext = ""] = await stored("connectors", "credentials_ciphertext");
    const cipher = aesGcmCipher({ keys: [(await secrets.get("CONNECTOR_ENCRYPTION_KEY")).reveal()] });
    expect(JSON.parse(cipher.decrypt(ciphertext, { column: "connectors.credentials", id: created.body.id }))).toEqual({
      secretKey: canary,
    });
    const elsewhere = { column: "connectors.credentials", id: instance.body.id };
    expect(() => cipher.decrypt(ciphertext, elsewhere)).toThrowError(/authenticates/);
  });

  it("of an unknown instance are not stored", async () => {
    const path = "/instances/00000000-0000-4000-8000-000000000000/connectors";
    const { status } = await call("POST", path, {
      token: admin,
      body: { name: "x", kind: "s3", credentials: { a: canary } },
    });
    expect(status).toBe(404);
  });
});

describe("tokens", () => {
  it("of users and of agents are signed by different rings and do not stand for each other", async () => {
    const instance = await call("POST", "/instances", { token: admin, body: { name: "Agent", url: databaseUrl } });
    const { body } = await call("POST", `/instances/${instance.body.id}/agent-tokens`, { token: admin });
    expect((await call("POST", "/agent/heartbeat", { token: body.token })).status).toBe(204);
    expect((await call("GET", "/me", { token: body.token })).status).toBe(401);
    expect((await call("POST", "/agent/heartbeat", { token: admin })).status).toBe(401);
    const read = await call("GET", `/instances/${instance.body.id}`, { token: member });
    expect(Date.parse(read.body.lastSeenAt)).toBeGreaterThan(Date.now() - 60_000);
  });

  it("are asked for by RFC 6750, and a bad one is told by a code", async () => {
    const missing = await call("GET", "/me");
    expect(missing.headers.get("www-authenticate")).toBe('Bearer realm="qarion"');
    const bad = await call("GET", "/me", { token: `${member}x` });
    expect(bad.status).toBe(401);
    expect(bad.headers.get("www-authenticate")).toContain(
      'error="invalid_token", error_description="ERR_JWT_MALFORMED"',
    );
  });

  it("of a member do not open what is the admin's", async () => {
    for (const path of ["/instances", "/users", "/reencryptions"]) {
      const { status } = await call("POST", path, {
        token: member,
        body: { name: "x", url: databaseUrl, email: "a@example.com", password: adminPassword },
      });
      expect(status).toBe(403);
    }
    expect((await call("GET", "/keys", { token: member })).status).toBe(403);
  });

  it("outlive a rotation of SECRET_KEY with no restart", async () => {
    provider.rotate("SECRET_KEY", jwtKeyKind.generate());
    const other = await openKeys(secrets); // another process that has seen the new key already
    const fromOther = other.app.sign(
      { sub: "00000000-0000-4000-8000-000000000000", role: "member" },
      { expiresInSeconds: 60 },
    );
    expect((await call("GET", "/instances", { token: fromOther })).status).toBe(200);
    expect((await call("GET", "/instances", { token: member })).status).toBe(200);
    await Promise.all(Object.values(other).map((ring) => ring.close()));
    const states = await call("GET", "/keys", { token: admin });
    expect(states.body.app.map(({ state }: { state: string }) => state)).toEqual(["current", "previous"]);
  });
});

describe("signing in", () => {
  it.each(["!", "", "*", ".", "a.b"])("is impossible where what is stored is no hash: %j", async (stored) => {
    const email = `locked${Buffer.from(stored).toString("hex")}@example.com`;
    await database.query("insert into users (email, password_hash, role) values ($1, $2, 'admin')", [email, stored]);
    const { status, body } = await call("POST", "/sessions", { body: { email, password: "anything" } });
    expect([status, body.error.code]).toEqual([401, "SIGN_IN_FAILED"]);
  });

  it("is slowed down for one account, and refused for a while beyond what the machine can bear", async () => {
    const attempts = Array.from({ length: 70 }, () =>
      call("POST", "/sessions", { body: { email: "nobody@example.com", password: "wrong" } }),
    );
    const statuses = new Set((await Promise.all(attempts)).map(({ status }) => status));
    expect([...statuses].sort()).toEqual([401, 429, 503]);
    expect((await call("GET", "/me", { token: member })).status).toBe(200);
  });
});

describe("requests that no route can take", () => {
  it.each([
    ["GET", "/instances/urn:uuid:00000000-0000-4000-8000-000000000000", 400],
    ["GET", "/instances/%zz<script>", 400],
    ["GET", "/nowhere", 404],
  ])("%s %s is answered %i without repeating it", async (method, path, status) => {
    const answer = await call(method, path, { token: member });
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toContain(path.slice(-8));
  });
});

describe("rotating the encryption keys", () => {
  it("keeps every row readable, rewrites each once, and a second run finds nothing to do", async () => {
    provider.rotate("INSTANCE_ENCRYPTION_KEY", generateFernetKey());
    provider.set("INSTANCE_ENCRYPTION_KEY_PREVIOUS", (await secrets.get("INSTANCE_ENCRYPTION_KEY@previous")).reveal());
    await keys.instanceUrls.refresh();
    expect((await call("GET", "/instances", { token: member })).status).toBe(200);
    const count = (await stored("instances", "url_ciphertext")).length;
    const first = await call("POST", "/reencryptions", { token: admin });
    expect(first.body["instances.url_ciphertext"]).toEqual({ rotated: count, current: 0, superseded: 0, failed: [] });
    const second = await call("POST", "/reencryptions", { token: admin });
    expect(second.body["instances.url_ciphertext"]).toEqual({ rotated: 0, current: count, superseded: 0, failed: [] });
    provider.delete("INSTANCE_ENCRYPTION_KEY_PREVIOUS");
    await keys.instanceUrls.refresh();
    expect((await call("GET", "/instances", { token: member })).status).toBe(200);
  });
});

describe("a service whose secrets are not whole does not start", () => {
  const whole = () => ({
    SECRET_KEY: jwtKeyKind.generate(),
    CONTROL_PLANE_SECRET_KEY: jwtKeyKind.generate(),
    INSTANCE_ENCRYPTION_KEY: generateFernetKey(),
    CONNECTOR_ENCRYPTION_KEY: generateAesKey(),
  });
  const codes = async (values: Record<string, string>) => {
    const broken = createSecrets({ provider: memoryProvider(values) });
    const failure = await openKeys(broken).then(
      () => undefined,
      (error: AggregateError) => error,
    );
    await broken.close();
    return failure?.errors.map((error) => `${error.secretName} ${error.code}`);
  };

  it.each([
    ["a weak SECRET_KEY", { SECRET_KEY: "secret" }, ["SECRET_KEY ERR_SECRETS_INVALID_VALUE"]],
    ["an empty SECRET_KEY", { SECRET_KEY: "" }, ["SECRET_KEY ERR_SECRETS_INVALID_VALUE"]],
    [
      "an invalid Fernet key",
      { INSTANCE_ENCRYPTION_KEY: "c2hvcnQ=" },
      ["INSTANCE_ENCRYPTION_KEY ERR_SECRETS_INVALID_VALUE"],
    ],
    ["an empty Fernet key", { INSTANCE_ENCRYPTION_KEY: " " }, ["INSTANCE_ENCRYPTION_KEY ERR_SECRETS_INVALID_VALUE"]],
  ])("%s", async (_, values, expected) => {
    expect(await codes({ ...whole(), ...values })).toEqual(expected);
  });

  it("and says everything that is missing at once", async () => {
    const { SECRET_KEY } = whole();
    expect(await codes({ SECRET_KEY })).toEqual([
      "CONTROL_PLANE_SECRET_KEY ERR_SECRETS_NOT_FOUND",
      "CONNECTOR_ENCRYPTION_KEY ERR_SECRETS_NOT_FOUND",
    ]);
  });

  it("one key in two rings is refused", async () => {
    const key = jwtKeyKind.generate();
    expect(await codes({ ...whole(), SECRET_KEY: key, CONTROL_PLANE_SECRET_KEY: key })).toEqual([
      "undefined ERR_SECRETS_INVALID_CONFIG",
    ]);
  });

  it("without INSTANCE_ENCRYPTION_KEY the key derives from SECRET_KEY, as on the rest of the platform", async () => {
    const { INSTANCE_ENCRYPTION_KEY: _, ...values } = whole();
    const fallback = createSecrets({ provider: memoryProvider(values) });
    const opened = await openKeys(fallback);
    const token = opened.instanceUrls.encrypt(databaseUrl);
    expect(fernetCipher({ keys: [deriveFernetKey(values.SECRET_KEY)] }).decrypt(token)).toBe(databaseUrl);
    expect(opened.instanceUrls.status()[0]?.keyId).toBe("derived:SECRET_KEY");
    await fallback.close();
  });
});

describe("nothing that was answered or logged", () => {
  it("holds a stored secret, a password, a token or a request's body", async () => {
    await call("POST", "/sessions", { raw: `{"email":"${canary}` });
    await call("POST", "/sessions", { body: { email: "admin@example.com", password: canary } });
    await call("POST", "/instances", { token: admin, body: { name: "One", url: databaseUrl } }); // the name is taken
    await call("GET", `/instances/${canary}`, { token: member });
    await call("GET", `/instances?url=${canary}`, { token: member });
    await call("GET", "/me", { token: canary });
    const answered = seen.filter((text) => text.includes("token"));
    expect(answered.length).toBeGreaterThan(0);
    const logged = seen.filter((text) => text.includes('"level"'));
    expect(logged.length).toBeGreaterThan(50);
    for (const text of seen) {
      expect(text.includes(canary)).toBe(false);
      expect(text.includes(adminPassword)).toBe(false);
    }
    for (const text of logged) expect(text.includes(member) || text.includes(admin)).toBe(false);
  });
});
