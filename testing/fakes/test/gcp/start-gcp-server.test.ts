import { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import { describe, expect, it } from "vitest";
import { startGcpServer } from "../../src/gcp/index.js";
import { failureOf, once, PROJECT, serverAndClient } from "./server-and-client.js";

const name = `${PROJECT}/secrets/db/versions/1`;

describe("startGcpServer", () => {
  it("gives each server its own secrets and its own port", async () => {
    const one = await serverAndClient();
    const other = await serverAndClient();
    one.gcp.secrets.add("db", { versions: ["one"] });
    await one.client.accessSecretVersion({ name });
    expect((await failureOf(other.client.accessSecretVersion({ name }))).code).toBe(5);
    expect(one.gcp.port).not.toBe(other.gcp.port);
  });

  it("listens on the loopback interface", async () => {
    const { gcp } = await serverAndClient();
    expect(gcp.clientOptions()).toMatchObject({ apiEndpoint: "127.0.0.1", port: gcp.port, projectId: "qarion-test" });
  });

  it("answers a method that it does not have as UNIMPLEMENTED", async () => {
    const { client } = await serverAndClient();
    const error = await failureOf(client.getIamPolicy({ resource: `${PROJECT}/secrets/db` }));
    expect(error.code).toBe(12);
  });
});

describe("close", () => {
  it.each(["grpc", "rest"] as const)("ends a call that hangs over %s, and frees the port", async (transport) => {
    const gcp = await startGcpServer();
    const client = new SecretManagerServiceClient(gcp.clientOptions({ transport }));
    const fault = gcp.fault({ kind: "hang" });
    const hanging = failureOf(client.accessSecretVersion({ name }, once()));
    await fault.hit();
    await gcp.close();
    await hanging;
    const refused = await failureOf(fetch(`http://127.0.0.1:${gcp.port}/`));
    expect(refused).toBeInstanceOf(TypeError);
    await client.close();
  });

  it("may come twice, and by `await using`", async () => {
    const gcp = await startGcpServer();
    await gcp.close();
    await gcp.close();
    await gcp[Symbol.asyncDispose]();
  });
});

describe("the secrets that a test arranges", () => {
  it("are held to the service's rules", async () => {
    const { gcp } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    expect(() => gcp.secrets.add("db")).toThrow(RangeError);
    expect(() => gcp.secrets.add("a/b")).toThrow(/does not match the expected format/);
    expect(() => gcp.secrets.setAliases("db", { latest: 1 })).toThrow(/must follow pattern/);
    expect(() => gcp.secrets.addVersion("other", "x")).toThrow(RangeError);
    expect(() => gcp.secrets.payload("db", 2)).toThrow(RangeError);
    gcp.secrets.setState("db", 1, "DESTROYED");
    expect(() => gcp.secrets.setState("db", 1, "ENABLED")).toThrow(RangeError);
  });

  it("can be looked at without their values", async () => {
    const { gcp } = await serverAndClient({ now: () => 5_000 });
    gcp.secrets.add("db", { versions: ["one", "two"], aliases: { pending: 2 }, labels: { team: "core" } });
    expect(gcp.secrets.describe("db")).toEqual({
      etag: expect.any(String),
      aliases: { pending: 2 },
      labels: { team: "core" },
      versions: [
        { number: 1, state: "ENABLED", createdAtMs: 5_000 },
        { number: 2, state: "ENABLED", createdAtMs: 5_000 },
      ],
    });
    expect(gcp.secrets.describe("other")).toBeUndefined();
  });
});
