import { describe, expect, it } from "vitest";
import { type MethodName, RPC_CODES, type RpcStatus } from "../../src/gcp/index.js";
import { failureOf, once, PROJECT, serverAndClient } from "./server-and-client.js";

const SECRET = `${PROJECT}/secrets/db`;
const name = `${SECRET}/versions/1`;

// What a provider has to reckon with: the real client's own behaviour, of version 6.3.
describe("the client", () => {
  it.each<RpcStatus>(["RESOURCE_EXHAUSTED", "UNAVAILABLE"])("repeats AccessSecretVersion after %s", async (status) => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.fault({ kind: "error", status }, { times: 1 });
    await client.accessSecretVersion({ name });
    expect(gcp.calls.count("AccessSecretVersion")).toBe(2);
  });

  it("repeats AccessSecretVersion after a connection was reset", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.fault({ kind: "reset" }, { times: 1 });
    await client.accessSecretVersion({ name });
    expect(gcp.calls.count("AccessSecretVersion")).toBe(2);
  });

  const REPEATED: readonly RpcStatus[] = ["RESOURCE_EXHAUSTED", "UNAVAILABLE"];
  const NOT_REPEATED = Object.keys(RPC_CODES).filter((status) => !REPEATED.includes(status as RpcStatus));

  it.each(NOT_REPEATED as RpcStatus[])("does not repeat AccessSecretVersion after %s", async (status) => {
    const { gcp, client } = await serverAndClient();
    gcp.fault({ kind: "error", status });
    expect((await failureOf(client.accessSecretVersion({ name }))).code).toBe(RPC_CODES[status]);
    expect(gcp.calls.count()).toBe(1);
  });

  it.each<MethodName>(["GetSecret", "GetSecretVersion", "ListSecrets", "ListSecretVersions", "AddSecretVersion"])(
    "does not repeat %s after UNAVAILABLE",
    async (method) => {
      const { gcp, client } = await serverAndClient();
      gcp.fault({ kind: "error", status: "UNAVAILABLE" });
      const calls: Partial<Record<MethodName, () => Promise<unknown>>> = {
        GetSecret: () => client.getSecret({ name: SECRET }),
        GetSecretVersion: () => client.getSecretVersion({ name }),
        ListSecrets: () => client.listSecrets({ parent: PROJECT }),
        ListSecretVersions: () => client.listSecretVersions({ parent: SECRET }),
        AddSecretVersion: () => client.addSecretVersion({ parent: SECRET, payload: { data: Buffer.from("x") } }),
      };
      expect((await failureOf(calls[method]?.() ?? Promise.resolve())).code).toBe(14);
      expect(gcp.calls.counts()).toEqual({ [method]: 1 });
    },
  );

  it("hides an outage behind DEADLINE_EXCEEDED when only a timeout is given", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    await client.getSecret({ name: SECRET }); // the first call of a client takes longer than the timeout below
    gcp.fault({ kind: "error", status: "UNAVAILABLE" });
    expect((await failureOf(client.accessSecretVersion({ name }, { timeout: 300 }))).code).toBe(4);
    expect(gcp.calls.entries[1]?.answer).toBe("UNAVAILABLE");
  });

  it("tells an outage truly, at once, with a timeout and no retries", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.fault({ kind: "error", status: "UNAVAILABLE" });
    expect((await failureOf(client.accessSecretVersion({ name }, once()))).code).toBe(14);
    expect(gcp.calls.count()).toBe(1);
  });

  it("checks no checksum", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.fault({ kind: "corrupt" });
    await client.accessSecretVersion({ name });
  });

  it("writes into the options that it is given, so that two calls must not share them", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    const options = once();
    await client.accessSecretVersion({ name }, options);
    expect(options).toHaveProperty(["otherArgs", "headers", "x-goog-request-params"]);
  });
});
