import { describe, expect, it } from "vitest";
import { failureOf, NUMBERED, PROJECT, serverAndClient } from "../server-and-client.js";

const AUTOMATIC = { replication: { automatic: {} } };

describe("CreateSecret", () => {
  it("makes a secret without versions, under a name with the project's number", async () => {
    const { gcp, client } = await serverAndClient();
    const secret = { ...AUTOMATIC, labels: { team: "core" } };
    const [created] = await client.createSecret({ parent: PROJECT, secretId: "db", secret });
    expect(created).toMatchObject({ name: `${NUMBERED}/secrets/db`, labels: { team: "core" } });
    expect(created.replication?.automatic).toBeTruthy();
    expect(gcp.secrets.describe("db")?.versions).toEqual([]);
  });

  it("refuses an id that is taken as ALREADY_EXISTS", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    const error = await failureOf(client.createSecret({ parent: PROJECT, secretId: "db", secret: AUTOMATIC }));
    expect(error.code).toBe(6);
    expect(error.message).toContain(`Secret [${NUMBERED}/secrets/db] already exists.`);
    expect(gcp.secrets.describe("db")?.versions).toHaveLength(1);
  });

  it.each([
    ["a", "a"],
    ["_", "_"],
    ["-", "-"],
    ["A-b_9", "A-b_9"],
    ["of 255 characters", "x".repeat(255)],
  ])("takes the id %s", async (_, secretId) => {
    const { client } = await serverAndClient();
    const [created] = await client.createSecret({ parent: PROJECT, secretId, secret: AUTOMATIC });
    expect(created.name).toBe(`${NUMBERED}/secrets/${secretId}`);
  });

  it.each([
    ["of no character", ""],
    ["a/b", "a/b"],
    ["a.b", "a.b"],
    ["a b", "a b"],
    ["é", "é"],
    ["a:b", "a:b"],
    ["of 256 characters", "x".repeat(256)],
  ])("refuses the id %s as INVALID_ARGUMENT", async (_, secretId) => {
    const { client } = await serverAndClient();
    const error = await failureOf(client.createSecret({ parent: PROJECT, secretId, secret: AUTOMATIC }));
    expect(error.code).toBe(3);
    expect(error.message).toContain(`The provided Secret ID [${secretId}] does not match the expected format`);
  });

  it.each([
    ["no replication", {}, /Secret.replication must be provided/],
    ["a label that is none", { ...AUTOMATIC, labels: { Team: "x" } }, /labels/],
    ["an alias, as there are no versions", { ...AUTOMATIC, versionAliases: { a: 1 } }, /versions that don't exist/],
  ])("refuses %s as INVALID_ARGUMENT", async (_, secret, message) => {
    const { gcp, client } = await serverAndClient();
    const error = await failureOf(client.createSecret({ parent: PROJECT, secretId: "db", secret }));
    expect([error.code, error.message]).toEqual([3, expect.stringMatching(message)]);
    expect(gcp.secrets.describe("db")).toBeUndefined();
  });

  it("refuses what the fake would lose as UNIMPLEMENTED", async () => {
    const { client } = await serverAndClient();
    const secret = { ...AUTOMATIC, topics: [{ name: `${PROJECT}/topics/t` }] };
    expect((await failureOf(client.createSecret({ parent: PROJECT, secretId: "db", secret }))).code).toBe(12);
  });
});

describe("GetSecret", () => {
  it("gives the aliases, as decimal strings, and the etag", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one", "two"], aliases: { pending: 2 } });
    const [secret] = await client.getSecret({ name: `${PROJECT}/secrets/db` });
    expect(secret).toMatchObject({ name: `${NUMBERED}/secrets/db`, versionAliases: { pending: "2" } });
    expect(secret.etag).toBe(gcp.secrets.describe("db")?.etag);
  });

  it("refuses a secret that is not there as NOT_FOUND", async () => {
    const { client } = await serverAndClient();
    const error = await failureOf(client.getSecret({ name: `${PROJECT}/secrets/db` }));
    expect([error.code, error.message]).toEqual([5, expect.stringContaining(`[${NUMBERED}/secrets/db] not found.`)]);
  });
});

describe("ListSecrets", () => {
  const idsOf = (secrets: readonly { name?: string | null }[]) => secrets.map(({ name }) => name?.split("/").at(-1));

  it("gives the newest first, and nothing of another location", async () => {
    const { gcp, client } = await serverAndClient({ locations: ["europe-west1"] });
    for (const id of ["first", "second", "third"]) gcp.secrets.add(id);
    gcp.secrets.add({ id: "regional", location: "europe-west1" });
    const [secrets] = await client.listSecrets({ parent: PROJECT });
    expect(idsOf(secrets)).toEqual(["third", "second", "first"]);
  });

  it("gives as many as the server likes when a page has no size, which the client follows", async () => {
    const { gcp, client } = await serverAndClient({ pageSize: 2 });
    for (const id of ["a", "b", "c", "d", "e"]) gcp.secrets.add(id);
    const [secrets] = await client.listSecrets({ parent: PROJECT });
    expect(idsOf(secrets)).toEqual(["e", "d", "c", "b", "a"]);
    expect(gcp.calls.count("ListSecrets")).toBe(3);
  });

  it("says how many there are, but 0 with a filter", async () => {
    const { gcp, client } = await serverAndClient();
    for (const id of ["db", "smtp"]) gcp.secrets.add(id);
    const page = { autoPaginate: false };
    const [, , all] = await client.listSecrets({ parent: PROJECT, pageSize: 1 }, page);
    expect(all.totalSize).toBe(2);
    const [, , filtered] = await client.listSecrets({ parent: PROJECT, filter: "name:db" }, page);
    expect([filtered.totalSize, idsOf(filtered.secrets ?? [])]).toEqual([0, ["db"]]);
  });
});

describe("DeleteSecret", () => {
  const name = `${PROJECT}/secrets/db`;

  it("takes the secret with its versions; one made later starts at version 1", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one", "two"] });
    await client.deleteSecret({ name });
    expect((await failureOf(client.accessSecretVersion({ name: `${name}/versions/1` }))).code).toBe(5);
    gcp.secrets.add("db");
    const [version] = await client.addSecretVersion({ parent: name, payload: { data: Buffer.from("x") } });
    expect(version.name).toMatch(/\/versions\/1$/);
  });

  it("refuses a stale etag as FAILED_PRECONDITION, and a secret that is not there as NOT_FOUND", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db");
    expect((await failureOf(client.deleteSecret({ name, etag: '"0"' }))).code).toBe(9);
    await client.deleteSecret({ name, etag: gcp.secrets.describe("db")?.etag ?? "" });
    expect((await failureOf(client.deleteSecret({ name }))).code).toBe(5);
  });
});

describe("TestIamPermissions", () => {
  it("gives those of the asked permissions that the caller has, and none on a secret that is not there", async () => {
    const { gcp, clientFor } = await serverAndClient();
    gcp.secrets.add("db");
    gcp.iam.grant("reader", "roles/secretmanager.secretAccessor");
    const client = clientFor({ as: "reader" });
    const permissions = ["secretmanager.versions.access", "secretmanager.versions.add"];
    const [held] = await client.testIamPermissions({ resource: `${PROJECT}/secrets/db`, permissions });
    expect(held.permissions).toEqual(["secretmanager.versions.access"]);
    const [none] = await client.testIamPermissions({ resource: `${PROJECT}/secrets/other`, permissions });
    expect(none.permissions).toEqual([]);
  });
});
