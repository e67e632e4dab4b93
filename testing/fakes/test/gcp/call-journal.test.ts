import { describe, expect, it } from "vitest";
import { failureOf, once, PROJECT, serverAndClient } from "./server-and-client.js";

const name = `${PROJECT}/secrets/db/versions/1`;

describe("the journal of calls", () => {
  it("holds method, name, caller and answer of each, in their order", async () => {
    const { gcp, client, clientFor } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    await client.accessSecretVersion({ name });
    await failureOf(clientFor({ as: "someone" }).getSecret({ name: `${PROJECT}/secrets/db` }));
    await client.listSecrets({ parent: PROJECT });
    expect(gcp.calls.entries.map(({ method, name, principal, answer }) => [method, name, principal, answer])).toEqual([
      ["AccessSecretVersion", name, "owner", "OK"],
      ["GetSecret", `${PROJECT}/secrets/db`, "someone", "PERMISSION_DENIED"],
      ["ListSecrets", PROJECT, "owner", "OK"],
    ]);
    expect(gcp.calls.counts()).toEqual({ AccessSecretVersion: 1, GetSecret: 1, ListSecrets: 1 });
    expect([gcp.calls.count(), gcp.calls.count("GetSecret"), gcp.calls.count("DeleteSecret")]).toEqual([3, 1, 0]);
  });

  it("holds the names of what is made and written, and never a value", async () => {
    const { gcp, client } = await serverAndClient();
    const secret = { replication: { automatic: {} } };
    await client.createSecret({ parent: PROJECT, secretId: "db", secret });
    const parent = `${PROJECT}/secrets/db`;
    await client.addSecretVersion({ parent, payload: { data: Buffer.from("the-value") } });
    await client.updateSecret({ secret: { name: parent, labels: { a: "b" } }, updateMask: { paths: ["labels"] } });
    await client.accessSecretVersion({ name });
    expect(gcp.calls.entries.map((entry) => entry.name)).toEqual([parent, parent, parent, name]);
    const journal = JSON.stringify(gcp.calls.entries);
    expect(journal).not.toContain("the-value");
    expect(journal).not.toContain(Buffer.from("the-value").toString("base64"));
    expect(journal).not.toContain("Bearer");
  });

  it("holds how long the client said that it waits", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    await client.accessSecretVersion({ name }, once(7_000));
    const timeoutMs = gcp.calls.entries[0]?.timeoutMs ?? 0;
    expect(timeoutMs).toBeGreaterThan(0);
    expect(timeoutMs).toBeLessThanOrEqual(7_000);
  });

  it("holds the endpoint that was called", async () => {
    const { gcp, clientFor } = await serverAndClient({ locations: ["europe-west1"] });
    await failureOf(clientFor({ location: "europe-west1" }).getSecret({ name: `${PROJECT}/secrets/db` }));
    expect(gcp.calls.entries[0]).toMatchObject({ location: "europe-west1", answer: "INVALID_ARGUMENT" });
  });

  it("does not hold what a test arranges, and forgets on demand", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.secrets.setState("db", 1, "DISABLED");
    expect(gcp.calls.entries).toEqual([]);
    await client.getSecret({ name: `${PROJECT}/secrets/db` });
    gcp.calls.clear();
    expect(gcp.calls.count()).toBe(0);
  });
});
