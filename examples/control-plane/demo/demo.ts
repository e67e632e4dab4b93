import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { generateAesKey } from "@qarion/crypto-aes";
import { generateFernetKey } from "@qarion/crypto-fernet";
import { jwtKeyKind } from "@qarion/jwt-rotation";
import { Api, kidOf } from "./api.js";
import { type Account, Clients } from "./clients.js";
import { readEnvFile, type Variables, writeEnvFile } from "./env-file.js";
import { KubernetesVolume } from "./kubernetes-volume.js";
import { openWithNpmFernet } from "./npm-fernet.js";
import { ServerProcess } from "./server-process.js";
import { storedRows } from "./stored-rows.js";
import { table } from "./table.js";

const clientCount = 32;
const instanceCount = 12;
const email = "admin@example.com";

interface KeyState {
  readonly keyId: string;
  readonly state: string;
}
type KeyStates = Readonly<
  Record<"app" | "controlPlane" | "instanceUrls" | "connectorCredentials", readonly KeyState[]>
>;

/** Fails the demo: what it shows has to be true. */
function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`This should be so and is not: ${what}`);
}

function say(text: string): void {
  console.log(`▸ ${text}`);
}

const folder = mkdtempSync(join(tmpdir(), "qarion-demo-"));
const envFile = join(folder, ".env");
const dataDirectory = join(folder, "database");
const startedAt = Date.now();
let server: ServerProcess | undefined;
let clients: Clients | undefined;
try {
  await run();
} finally {
  await clients?.stop();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const adminPassword = randomBytes(15).toString("base64url");
  const firstUrlKey = generateFernetKey();
  const mounted: Variables = { INSTANCE_ENCRYPTION_KEY: firstUrlKey, CONNECTOR_ENCRYPTION_KEY: generateAesKey() };
  const databasePassword = randomBytes(12).toString("base64url");
  const connectorPassword = randomBytes(12).toString("base64url");

  say("Writes a .env with new signing keys and a Secret volume as Kubernetes mounts it (..data) with encryption keys");
  writeEnvFile(envFile, {
    SECRET_KEY: jwtKeyKind.generate(),
    CONTROL_PLANE_SECRET_KEY: jwtKeyKind.generate(),
    ADMIN_PASSWORD: adminPassword,
  });
  const volume = new KubernetesVolume(join(folder, "secrets"), mounted);
  const env = { SECRETS_DIRECTORY: volume.directory, DATA_DIRECTORY: dataDirectory, ADMIN_EMAIL: email };

  say("Starts the server with an embedded PostgreSQL and registers instances and connectors over HTTP");
  server = await ServerProcess.start(folder, env);
  let api = new Api(server.baseUrl);
  const admin = await api.signIn(email, adminPassword);
  const accounts: Account[] = Array.from({ length: 8 }, (_, index) => ({
    email: `member${index}@example.com`,
    password: randomBytes(12).toString("base64url"),
  }));
  for (const account of accounts) await api.expect("POST", "/users", { token: admin, body: account });
  const instanceIds: string[] = [];
  const connectorIds: string[] = [];
  for (let index = 0; index < instanceCount; index += 1) {
    const url = `postgres://tenant${index}:${databasePassword}@db${index}.example.com:5432/tenant${index}`;
    const instance = await api.expect<{ id: string; endpoint: { host: string } }>("POST", "/instances", {
      token: admin,
      body: { name: `Tenant ${index}`, url },
    });
    must(instance.endpoint.host === `db${index}.example.com`, "the URL is read back as it was written");
    instanceIds.push(instance.id);
    const connector = await api.expect<{ id: string }>("POST", `/instances/${instance.id}/connectors`, {
      token: admin,
      body: { name: "warehouse", kind: "snowflake", credentials: { user: "loader", password: connectorPassword } },
    });
    connectorIds.push(connector.id);
  }
  const agent = await api.expect<{ token: string }>("POST", `/instances/${instanceIds[0]}/agent-tokens`, {
    token: admin,
  });
  await api.expect("POST", "/agent/heartbeat", { token: agent.token });
  const crossed = await api.call("GET", "/me", { token: agent.token });
  must(crossed.status === 401, "an agent's token is no user's token");

  say("Stops it and looks at the rows on disk: the npm package fernet opens the URLs with the same key");
  let outputs = server.output;
  let answers = api.transcript;
  await server.stop();
  const before = await storedRows(dataDirectory);
  const openedByOthers = before.urls.filter((token) =>
    openWithNpmFernet(token, firstUrlKey).startsWith("postgres://tenant"),
  );
  must(openedByOthers.length === instanceCount, "npm fernet opens every stored URL");
  must(
    before.credentials.every((text) => text.startsWith("qs1.a256gcm.")),
    "every credential is AES-256-GCM",
  );

  say(`Starts it again; from here on ${clientCount} clients keep calling and nothing is restarted`);
  server = await ServerProcess.start(folder, env);
  const processIds = new Set([server.pid]);
  api = new Api(server.baseUrl);
  clients = new Clients(api, accounts, { instances: instanceIds, connectors: connectorIds });
  const operator = await api.signIn(email, adminPassword);
  await clients.start(clientCount);
  await sleep(1_500);

  say("Rotates SECRET_KEY as the guide says: the old value to SECRET_KEY_PREVIOUS, a new one in its place");
  const firstKid = kidOf(operator);
  const variables = readEnvFile(envFile);
  writeEnvFile(envFile, {
    ...variables,
    SECRET_KEY: jwtKeyKind.generate(),
    SECRET_KEY_PREVIOUS: variables.SECRET_KEY ?? "",
    SECRET_KEY_ROTATED_AT: new Date().toISOString(),
  });
  const rotatedAt = Date.now();
  const keys = await until(
    "the new signing key is in use",
    operator,
    (states) => currentId(states, "app") !== firstKid,
  );
  const secondKid = currentId(keys, "app");
  const seenAfterMs = Date.now() - rotatedAt;
  await sleep(4_000);
  must((await api.call("GET", "/me", { token: operator })).status === 200, "a token of the old key is still accepted");

  say("Rotates INSTANCE_ENCRYPTION_KEY: stages the new key, promotes it, rewrites the rows, then drops the old key");
  const secondUrlKey = generateFernetKey();
  const oldKeyId = currentId(await keyStates(operator), "instanceUrls");
  volume.update({ ...mounted, INSTANCE_ENCRYPTION_KEY_NEXT: secondUrlKey });
  await until("the new key is pending", operator, (states) =>
    states.instanceUrls.some(({ state }) => state === "pending"),
  );
  volume.update({ ...mounted, INSTANCE_ENCRYPTION_KEY: secondUrlKey, INSTANCE_ENCRYPTION_KEY_PREVIOUS: firstUrlKey });
  await until("the new key is current", operator, (states) => currentId(states, "instanceUrls") !== oldKeyId);
  const rewritten = await api.expect<Record<string, { rotated: number; current: number; failed: string[] }>>(
    "POST",
    "/reencryptions",
    { token: operator },
  );
  const again = await api.expect<typeof rewritten>("POST", "/reencryptions", { token: operator });
  must(rewritten["instances.url_ciphertext"]?.rotated === instanceCount, "every URL was rewritten once");
  must(again["instances.url_ciphertext"]?.current === instanceCount, "and then none was left");
  volume.update({ ...mounted, INSTANCE_ENCRYPTION_KEY: secondUrlKey });
  await until("the old key is gone", operator, (states) => states.instanceUrls.length === 1);
  await sleep(1_000);

  await clients.stop();
  must(server.isRunning, "the server is still running");
  processIds.add(server.pid);
  const byOld = clients.requestsByKid.get(firstKid) ?? 0;
  const byNew = clients.requestsByKid.get(secondKid) ?? 0;
  outputs += server.output;
  answers = [...answers, ...api.transcript];
  await server.stop();

  say("Stops it and looks at the rows again, and for any secret in all that the server logged and answered");
  const after = await storedRows(dataDirectory);
  must(
    after.urls.every((token) => openWithNpmFernet(token, secondUrlKey).startsWith("postgres://")),
    "all URLs are under the new key",
  );
  const shown = [outputs, ...answers].filter(
    (text) => text.includes(databasePassword) || text.includes(connectorPassword),
  );
  must(shown.length === 0, "no URL's and no connector's password was logged or answered");
  must(processIds.size === 1, "it was the same process all the time");
  must(clients.refusals.length === 0, `no request was refused (${clients.refusals.slice(0, 3).join("; ")})`);
  must(byOld > 0 && byNew > 0, "tokens of both keys were in use");

  console.log();
  console.log(
    table("What happened", [
      ["instances registered, URLs stored as Fernet tokens", before.urls.length],
      ["… opened by npm fernet with the same key", openedByOthers.length],
      ["connectors registered, credentials under AES-256-GCM", before.credentials.length],
      ["clients calling through both rotations", clientCount],
      ["requests they made", clients.requests],
      ["… with a token of the old SECRET_KEY", byOld],
      ["… with a token of the new SECRET_KEY", byNew],
      ["sign-ins", clients.signIns],
      ["requests refused", clients.refusals.length],
      ["restarts", processIds.size - 1],
      ["new SECRET_KEY in use after (ms)", seenAfterMs],
      ["rows rewritten under the new INSTANCE_ENCRYPTION_KEY", rewritten["instances.url_ciphertext"]?.rotated ?? 0],
      ["rows that failed", rewritten["instances.url_ciphertext"]?.failed.length ?? 0],
      ["answers and log lines searched for a stored secret", answers.length + outputs.split("\n").length - 1],
      ["… that held one", shown.length],
      ["seconds", Math.round((Date.now() - startedAt) / 1_000)],
    ]),
  );
  console.log(
    "\nTo explore the server yourself: cd examples/control-plane && npm start (its README says what to call).",
  );

  async function keyStates(token: string): Promise<KeyStates> {
    return api.expect<KeyStates>("GET", "/keys", { token });
  }

  async function until(what: string, token: string, holds: (states: KeyStates) => boolean): Promise<KeyStates> {
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline) {
      const states = await keyStates(token);
      if (holds(states)) return states;
      await sleep(50);
    }
    throw new Error(`This did not come about: ${what}`);
  }
}

function currentId(states: KeyStates, ring: keyof KeyStates): string {
  return states[ring].find(({ state }) => state === "current")?.keyId ?? "";
}
