import { describe, expect, it } from "vitest";
import { failureOf, once, PROJECT, serverAndClient } from "./server-and-client.js";

const name = `${PROJECT}/secrets/db/versions/1`;

describe("a server that is offline", () => {
  it("refuses connections, which the client calls UNAVAILABLE", async () => {
    const { gcp, client } = await serverAndClient();
    await gcp.goOffline();
    const error = await failureOf(client.accessSecretVersion({ name }, once()));
    expect([error.code, error.message]).toEqual([14, expect.stringContaining("ECONNREFUSED")]);
  });

  it("refuses connections over REST, with the system's own code", async () => {
    const { gcp, clientFor } = await serverAndClient();
    await gcp.goOffline();
    const error = await failureOf(clientFor({ transport: "rest" }).accessSecretVersion({ name }));
    expect(error.code).toBe("ECONNREFUSED");
  });

  it("ends the connections that it had", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    await client.accessSecretVersion({ name });
    await gcp.goOffline();
    expect((await failureOf(client.accessSecretVersion({ name }, once()))).code).toBe(14);
  });

  it("keeps its secrets and its port, and the client finds it again", async () => {
    const { gcp, client } = await serverAndClient({ locations: ["europe-west1"] });
    gcp.secrets.add("db", { versions: ["one"] });
    const { port } = gcp;
    await gcp.goOffline();
    await failureOf(client.accessSecretVersion({ name }, once()));
    await gcp.goOnline();
    expect(gcp.port).toBe(port);
    // The client waits a second before it tries to connect again, and fails calls until then.
    const access = () =>
      client.accessSecretVersion({ name }, once()).then(([{ payload }]) => payload?.data?.toString());
    await expect.poll(() => access().catch(() => undefined), { timeout: 15_000 }).toBe("one");
  });

  it("may be told so twice, and closed", async () => {
    const { gcp } = await serverAndClient();
    await gcp.goOffline();
    await gcp.goOffline();
    await gcp.goOnline();
    await gcp.goOnline();
    await gcp.goOffline();
    await gcp.close();
  });
});

describe("resetConnections", () => {
  it("breaks the calls under way and takes new ones", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    const fault = gcp.fault({ kind: "hang" }, { times: 1 });
    const hanging = failureOf(client.accessSecretVersion({ name }, once()));
    await fault.hit();
    gcp.resetConnections();
    expect((await hanging).code).toBe(14);
    await client.accessSecretVersion({ name });
  });
});
