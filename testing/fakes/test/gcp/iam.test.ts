import { describe, expect, it } from "vitest";
import { PERMISSIONS, type Permission, type Role } from "../../src/gcp/index.js";
import { failureOf, NUMBERED, PROJECT, type ServerAndClient, serverAndClient } from "./server-and-client.js";

const NAME = `${PROJECT}/secrets/db`;
const FIRST = `${NAME}/versions/1`;

type Client = ServerAndClient["client"];

// One call for each permission; those that end a version or a secret come last.
const CALLS: readonly (readonly [Permission, (client: Client) => Promise<unknown>])[] = [
  [
    "secretmanager.secrets.create",
    (client) => client.createSecret({ parent: PROJECT, secretId: "new", secret: { replication: { automatic: {} } } }),
  ],
  ["secretmanager.secrets.get", (client) => client.getSecret({ name: NAME })],
  ["secretmanager.secrets.list", (client) => client.listSecrets({ parent: PROJECT })],
  [
    "secretmanager.secrets.update",
    (client) => client.updateSecret({ secret: { name: NAME }, updateMask: { paths: ["labels"] } }),
  ],
  ["secretmanager.versions.access", (client) => client.accessSecretVersion({ name: FIRST })],
  [
    "secretmanager.versions.add",
    (client) => client.addSecretVersion({ parent: NAME, payload: { data: Buffer.from("x") } }),
  ],
  ["secretmanager.versions.get", (client) => client.getSecretVersion({ name: FIRST })],
  ["secretmanager.versions.list", (client) => client.listSecretVersions({ parent: NAME })],
  ["secretmanager.versions.disable", (client) => client.disableSecretVersion({ name: FIRST })],
  ["secretmanager.versions.enable", (client) => client.enableSecretVersion({ name: FIRST })],
  ["secretmanager.versions.destroy", (client) => client.destroySecretVersion({ name: FIRST })],
  ["secretmanager.secrets.delete", (client) => client.deleteSecret({ name: NAME })],
];

/** The permissions whose calls are not refused. */
async function allowedTo(client: Client): Promise<Permission[]> {
  const allowed: Permission[] = [];
  for (const [permission, call] of CALLS) {
    const code = await call(client).then(
      () => 0,
      (error: { code: number }) => error.code,
    );
    if (code === 0) allowed.push(permission);
    else expect([permission, code]).toEqual([permission, 7]);
  }
  return allowed;
}

describe("roles", () => {
  it("cover every permission by one call", () => {
    expect(CALLS.map(([permission]) => permission).sort()).toEqual([...PERMISSIONS].sort());
  });

  // What https://cloud.google.com/iam/docs/roles-permissions/secretmanager says of each.
  it.each<[Role, string[]]>([
    ["roles/secretmanager.secretAccessor", ["versions.access"]],
    ["roles/secretmanager.viewer", ["secrets.get", "secrets.list", "versions.get", "versions.list"]],
    ["roles/secretmanager.secretVersionAdder", ["versions.add"]],
    [
      "roles/secretmanager.secretVersionManager",
      ["versions.add", "versions.get", "versions.list", "versions.disable", "versions.enable", "versions.destroy"],
    ],
    ["roles/secretmanager.admin", PERMISSIONS.map((permission) => permission.replace("secretmanager.", ""))],
  ])("%s allows its calls and no other", async (role, permissions) => {
    const { gcp, clientFor } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.iam.grant("someone", role);
    const allowed = await allowedTo(clientFor({ as: "someone" }));
    expect(allowed.sort()).toEqual(permissions.map((permission) => `secretmanager.${permission}`).sort());
  });

  it("are none for who was given none", async () => {
    const { gcp, clientFor } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    expect(await allowedTo(clientFor({ as: "someone" }))).toEqual([]);
  });

  it("add up, also with single permissions as a custom role has them", async () => {
    const { gcp, clientFor } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.iam.grant("someone", ["roles/secretmanager.secretAccessor", "secretmanager.versions.list"]);
    gcp.iam.grant("someone", "secretmanager.versions.get");
    expect((await allowedTo(clientFor({ as: "someone" }))).sort()).toEqual([
      "secretmanager.versions.access",
      "secretmanager.versions.get",
      "secretmanager.versions.list",
    ]);
  });
});

describe("a refusal", () => {
  it("names the permission and hides whether the secret exists", async () => {
    const { gcp, clientFor } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    const client = clientFor({ as: "someone" });
    for (const id of ["db", "missing"]) {
      const error = await failureOf(client.accessSecretVersion({ name: `${PROJECT}/secrets/${id}/versions/latest` }));
      expect(error).toMatchObject({
        code: 7,
        reason: "IAM_PERMISSION_DENIED",
        domain: "iam.googleapis.com",
        errorInfoMetadata: {
          permission: "secretmanager.versions.access",
          resource: `${NUMBERED}/secrets/${id}/versions/latest`,
        },
      });
      expect(error.message).toMatch(
        /^7 PERMISSION_DENIED: Permission 'secretmanager\.versions\.access' denied on resource \(or it may not exist\)\./,
      );
    }
  });

  it("changes nothing", async () => {
    const { gcp, clientFor } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    const before = gcp.secrets.describe("db");
    await allowedTo(clientFor({ as: "someone" }));
    expect(gcp.secrets.describe("db")).toEqual(before);
  });
});

describe("a role on one secret", () => {
  it("is good for that secret alone, and not for lists of the project", async () => {
    const { gcp, clientFor } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.secrets.add("smtp", { versions: ["one"] });
    gcp.iam.grant("someone", ["roles/secretmanager.secretAccessor", "roles/secretmanager.viewer"], "db");
    const client = clientFor({ as: "someone" });
    await client.accessSecretVersion({ name: FIRST });
    expect((await failureOf(client.accessSecretVersion({ name: `${PROJECT}/secrets/smtp/versions/1` }))).code).toBe(7);
    expect((await failureOf(client.listSecrets({ parent: PROJECT }))).code).toBe(7);
  });

  it("ends with the secret: one of the same id made later does not have it", async () => {
    const { gcp, clientFor } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.iam.grant("someone", "roles/secretmanager.secretAccessor", "db");
    gcp.secrets.remove("db");
    gcp.secrets.add("db", { versions: ["one"] });
    expect((await failureOf(clientFor({ as: "someone" }).accessSecretVersion({ name: FIRST }))).code).toBe(7);
  });

  it("can be given on a regional secret", async () => {
    const location = "europe-west1";
    const { gcp, clientFor } = await serverAndClient({ locations: [location] });
    gcp.secrets.add({ id: "db", location }, { versions: ["one"] });
    gcp.iam.grant("someone", "roles/secretmanager.secretAccessor", { secret: "db", location });
    const client = clientFor({ as: "someone", location });
    await client.accessSecretVersion({ name: `${PROJECT}/locations/${location}/secrets/db/versions/1` });
  });
});

describe("grants", () => {
  it("can be taken away while a client is in use", async () => {
    const { gcp, clientFor } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.iam.grant("someone", "roles/secretmanager.secretAccessor");
    gcp.iam.grant("someone", "roles/secretmanager.secretAccessor", "db");
    const client = clientFor({ as: "someone" });
    await client.accessSecretVersion({ name: FIRST });
    gcp.iam.revoke("someone");
    expect((await failureOf(client.accessSecretVersion({ name: FIRST }))).code).toBe(7);
  });

  it("take neither roles nor secrets that are not there", async () => {
    const { gcp } = await serverAndClient();
    expect(() => gcp.iam.grant("someone", "roles/secretmanager.reader" as Role)).toThrow(RangeError);
    expect(() => gcp.iam.grant("someone", "roles/secretmanager.viewer", "missing")).toThrow(RangeError);
  });
});
