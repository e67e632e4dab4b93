import { describe, expect, it } from "vitest";
import { failureOf, NUMBERED, PROJECT, serverAndClient } from "./server-and-client.js";

const LOCATION = "europe-west1";
const GLOBAL_FORMAT = "does not match the expected format [projects/*/secrets/*/versions/*]";
const REGIONAL_FORMAT = "does not match the expected format [projects/*/locations/*/secrets/*/versions/*]";

describe("names", () => {
  it.each([
    "db",
    "projects/qarion-test/secrets/db",
    "projects/qarion-test/secrets/a/b/versions/1",
    "projects/qarion-test/secrets/10.128.0.27/versions/latest",
    "projects/qarion-test/secrets//versions/1",
    "projects//secrets/db/versions/1",
    "projects/qarion-test/secrets/db/versions/",
    "projects/qarion-test/secrets/db/versions/0",
    "projects/qarion-test/secrets/db/versions/-1",
    "projects/qarion-test/secrets/db/versions/a b",
    "/projects/qarion-test/secrets/db/versions/1",
  ])("refuses %j as INVALID_ARGUMENT, in the service's words", async (name) => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    const error = await failureOf(client.accessSecretVersion({ name }));
    expect(error.code).toBe(3);
    expect(error.message).toContain(`The provided Secret ID [${name}] ${GLOBAL_FORMAT}`);
  });

  it("refuses another project as PERMISSION_DENIED, whether it exists or not", async () => {
    const { client } = await serverAndClient();
    const error = await failureOf(client.accessSecretVersion({ name: "projects/other/secrets/db/versions/1" }));
    expect(error).toMatchObject({ code: 7, reason: "CONSUMER_INVALID" });
    expect(error.message).toContain("Permission denied on resource project other.");
  });

  it("can have another project, by id and number", async () => {
    const { gcp, client } = await serverAndClient({ project: "acme-prod", projectNumber: "42" });
    gcp.secrets.add("db", { versions: ["one"] });
    const [answer] = await client.accessSecretVersion({ name: "projects/acme-prod/secrets/db/versions/1" });
    expect(answer.name).toBe("projects/42/secrets/db/versions/1");
    expect((await failureOf(client.getSecret({ name: `${PROJECT}/secrets/db` }))).code).toBe(7);
  });
});

describe("regional secrets", () => {
  const regional = `${PROJECT}/locations/${LOCATION}/secrets/db`;

  it("are served by the endpoint of their location, under names with the location", async () => {
    const { gcp, clientFor } = await serverAndClient({ locations: [LOCATION] });
    gcp.secrets.add({ id: "db", location: LOCATION }, { versions: ["one"] });
    const client = clientFor({ location: LOCATION });
    const [answer] = await client.accessSecretVersion({ name: `${regional}/versions/latest` });
    expect(answer.name).toBe(`${NUMBERED}/locations/${LOCATION}/secrets/db/versions/1`);
    const [secrets] = await client.listSecrets({ parent: `${PROJECT}/locations/${LOCATION}` });
    expect(secrets.map(({ name }) => name)).toEqual([`${NUMBERED}/locations/${LOCATION}/secrets/db`]);
  });

  it("are refused by the global endpoint as INVALID_ARGUMENT", async () => {
    const { gcp, client } = await serverAndClient({ locations: [LOCATION] });
    gcp.secrets.add({ id: "db", location: LOCATION }, { versions: ["one"] });
    const error = await failureOf(client.accessSecretVersion({ name: `${regional}/versions/1` }));
    expect(error.code).toBe(3);
    expect(error.message).toContain(GLOBAL_FORMAT);
  });

  it("have an endpoint that refuses the names of global secrets", async () => {
    const { gcp, clientFor } = await serverAndClient({ locations: [LOCATION] });
    gcp.secrets.add("db", { versions: ["one"] });
    const client = clientFor({ location: LOCATION });
    const error = await failureOf(client.accessSecretVersion({ name: `${PROJECT}/secrets/db/versions/1` }));
    expect(error.code).toBe(3);
    expect(error.message).toContain(REGIONAL_FORMAT);
  });

  it("have an endpoint that refuses the names of other locations", async () => {
    const { gcp, clientFor } = await serverAndClient({ locations: [LOCATION, "us-east1"] });
    gcp.secrets.add({ id: "db", location: LOCATION }, { versions: ["one"] });
    const error = await failureOf(clientFor({ location: "us-east1" }).getSecret({ name: regional }));
    expect(error.code).toBe(3);
  });

  it("are others than global secrets of the same id", async () => {
    const { gcp, client, clientFor } = await serverAndClient({ locations: [LOCATION] });
    gcp.secrets.add("db", { versions: ["global"] });
    gcp.secrets.add({ id: "db", location: LOCATION }, { versions: ["regional"] });
    const [one] = await client.accessSecretVersion({ name: `${PROJECT}/secrets/db/versions/1` });
    const [other] = await clientFor({ location: LOCATION }).accessSecretVersion({ name: `${regional}/versions/1` });
    expect([one, other].map(({ payload }) => payload?.data?.toString())).toEqual(["global", "regional"]);
  });

  it("are made without a replication, which is refused", async () => {
    const { clientFor } = await serverAndClient({ locations: [LOCATION] });
    const client = clientFor({ location: LOCATION });
    const parent = `${PROJECT}/locations/${LOCATION}`;
    const [created] = await client.createSecret({ parent, secretId: "db", secret: {} });
    expect(created).toMatchObject({ name: `${NUMBERED}/locations/${LOCATION}/secrets/db`, replication: null });
    const secret = { replication: { automatic: {} } };
    expect((await failureOf(client.createSecret({ parent, secretId: "other", secret }))).code).toBe(3);
  });

  it("need a location that the server was started with", async () => {
    const { gcp } = await serverAndClient();
    expect(() => gcp.clientOptions({ location: LOCATION })).toThrow(RangeError);
  });
});
