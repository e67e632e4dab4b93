import { describe, expect, it } from "vitest";
import { crc32c } from "../../src/gcp/index.js";
import { failureOf, NUMBERED, PROJECT, serverAndClient } from "./server-and-client.js";

const SECRET = `${PROJECT}/secrets/db`;
const name = `${SECRET}/versions/1`;

async function withRest(location?: string) {
  const made = await serverAndClient(location === undefined ? {} : { locations: [location] });
  return { ...made, client: made.clientFor({ transport: "rest", ...(location !== undefined && { location }) }) };
}

/** What the client answers, but for what differs from one server to the next. */
async function lifeOfASecret(transport: "grpc" | "rest") {
  const { gcp, clientFor } = await serverAndClient({ now: () => Date.UTC(2026, 0, 1, 0, 0, 0, 5), pageSize: 1 });
  const client = clientFor({ transport });
  const data = Buffer.from([0, 1, 250, 255]);
  const secret = {
    replication: { automatic: {} },
    labels: { team: "core" },
    annotations: { "by.hand": "A value" },
    versionDestroyTtl: { seconds: 86_400 },
  };
  const answers = [
    await client.createSecret({ parent: PROJECT, secretId: "db", secret }),
    await client.addSecretVersion({ parent: SECRET, payload: { data, dataCrc32c: crc32c(data) } }),
    await client.addSecretVersion({ parent: SECRET, payload: { data } }),
    await client.updateSecret({
      secret: { name: SECRET, versionAliases: { pending: 2 } },
      updateMask: { paths: ["version_aliases"] },
    }),
    await client.getSecret({ name: SECRET }),
    await client.accessSecretVersion({ name: `${SECRET}/versions/pending` }),
    await client.getSecretVersion({ name: `${SECRET}/versions/latest` }),
    await client.disableSecretVersion({ name }),
    await client.enableSecretVersion({ name }),
    await client.destroySecretVersion({ name }),
    await client.listSecrets({ parent: PROJECT, filter: "name:db" }),
    await client.listSecretVersions({ parent: SECRET }),
    await client.testIamPermissions({ resource: SECRET, permissions: ["secretmanager.versions.access"] }),
    await client.deleteSecret({ name: SECRET }),
  ].map(([answer]) => answer);
  return { answers, calls: gcp.calls.entries.map(({ method, name, answer }) => ({ method, name, answer })) };
}

describe("REST", () => {
  it("gives the client the same answers as gRPC, to every method", async () => {
    const rest = await lifeOfASecret("rest");
    const grpc = await lifeOfASecret("grpc");
    expect(rest.calls).toEqual(grpc.calls);
    expect(JSON.parse(JSON.stringify(rest.answers))).toEqual(JSON.parse(JSON.stringify(grpc.answers)));
  });

  it("is spoken on the port of gRPC", async () => {
    const { gcp } = await withRest();
    expect(gcp.clientOptions({ transport: "rest" }).port).toBe(gcp.clientOptions().port);
  });

  it("has regional endpoints", async () => {
    const location = "europe-west1";
    const { gcp, client } = await withRest(location);
    gcp.secrets.add({ id: "db", location }, { versions: ["one"] });
    const [answer] = await client.accessSecretVersion({
      name: `${PROJECT}/locations/${location}/secrets/db/versions/1`,
    });
    expect(answer.name).toBe(`${NUMBERED}/locations/${location}/secrets/db/versions/1`);
  });

  // The code of an error is the HTTP status here, so that two refusals may look alike.
  it.each([
    ["what is missing", { code: 404 }, "NOT_FOUND", "other"],
    ["a version that is disabled", { code: 400 }, "FAILED_PRECONDITION", "db"],
  ])("gives the HTTP status of %s, and the true one in the text", async (_, expected, status, id) => {
    const { gcp, client } = await withRest();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.secrets.setState("db", 1, "DISABLED");
    const error = await failureOf(client.accessSecretVersion({ name: `${PROJECT}/secrets/${id}/versions/1` }));
    expect(error).toMatchObject(expected);
    expect(error.message).toContain(`"status": "${status}"`);
  });

  it("refuses without permission and without a token", async () => {
    const { clientFor } = await withRest();
    const denied = await failureOf(clientFor({ transport: "rest", as: "someone" }).accessSecretVersion({ name }));
    expect(denied.code).toBe(403);
    expect(denied.message).toContain('"reason": "IAM_PERMISSION_DENIED"');
    const unknown = await failureOf(clientFor({ transport: "rest", as: null }).accessSecretVersion({ name }));
    expect(unknown.code).toBe(401);
  });

  it("meets the same faults, after which the client does not repeat its call", async () => {
    const { gcp, client } = await withRest();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.fault({ kind: "error", status: "UNAVAILABLE" }, { times: 1 });
    expect((await failureOf(client.accessSecretVersion({ name }))).code).toBe(503);
    gcp.fault({ kind: "reset" }, { times: 1 });
    expect((await failureOf(client.accessSecretVersion({ name }))).code).toBe("ECONNRESET");
    gcp.fault({ kind: "checksum", checksum: "absent" }, { times: 1 });
    const [{ payload }] = await client.accessSecretVersion({ name });
    expect(payload?.dataCrc32c ?? undefined).toBeUndefined();
    expect(gcp.calls.count()).toBe(3);
  });

  it("hangs past the client's timeout, which it ignores, until the server ends the connection", async () => {
    const { gcp, client } = await withRest();
    gcp.secrets.add("db", { versions: ["one"] });
    const fault = gcp.fault({ kind: "hang" }, { times: 1 });
    const hanging = failureOf(client.accessSecretVersion({ name }, { timeout: 1, retry: null as never }));
    await fault.hit();
    // Many times the timeout, by calls that come after it.
    for (let calls = 0; calls < 20; calls++) await client.accessSecretVersion({ name });
    expect(gcp.calls.entries[0]).toMatchObject({ timeoutMs: undefined });
    gcp.resetConnections();
    expect((await hanging).code).toBe("ECONNRESET");
  });

  it("gives the state of a version as its name, and as its number to who asks for that, as the client does", async () => {
    const { gcp } = await withRest();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.secrets.setState("db", 1, "DISABLED");
    const { authClient, port } = gcp.clientOptions({ transport: "rest" });
    const url = `http://127.0.0.1:${port}/v1/${name}`;
    const plain = await authClient.request<{ state: unknown }>({ url });
    const asked = await authClient.request<{ state: unknown }>({ url: `${url}?$alt=json%3Benum-encoding=int` });
    expect([plain.data.state, asked.data.state]).toEqual(["DISABLED", 2]);
  });

  it("answers a path that no method has by a page, as the service does", async () => {
    const { gcp } = await withRest();
    const response = await fetch(`http://127.0.0.1:${gcp.port}/v1/${PROJECT}/nothing`);
    expect([response.status, response.headers.get("content-type")]).toEqual([404, "text/html; charset=UTF-8"]);
    expect(gcp.calls.count()).toBe(0);
  });
});
