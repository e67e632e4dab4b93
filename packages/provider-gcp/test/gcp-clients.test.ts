import { promises as dns } from "node:dns";
import { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import { GoogleAuth } from "google-auth-library";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { gcpSecretManager } from "../src/index.js";
import { codeOf, context, errorOf, namesOf, project, useGcp } from "./use-gcp.js";

const europe = "europe-west1";
const regional = `projects/${project}/locations/${europe}/secrets/db`;

/** Leads the names of Google's endpoints to loopback, and notes which were looked up. */
function catchGoogle(): readonly string[] {
  const asked: string[] = [];
  vi.spyOn(dns, "lookup").mockImplementation((async (name: string) => {
    asked.push(name);
    return [{ address: "127.0.0.1", family: 4 }];
  }) as never);
  onTestFinished(() => void vi.restoreAllMocks());
  return asked;
}

/** Options of the fake's without its address: the client finds that itself. */
function withoutAddress<T extends { readonly apiEndpoint: string }>({
  apiEndpoint: _,
  ...rest
}: T): Omit<T, "apiEndpoint"> {
  return rest;
}

describe("a location", () => {
  it("gives endpoint and path together", async () => {
    const { gcp } = await useGcp({ server: { locations: [europe] } });
    gcp.secrets.add({ id: "db", location: europe }, { versions: ["one", "two"] });
    const asked = catchGoogle();
    const clientOptions = withoutAddress(gcp.clientOptions({ location: europe }));
    const provider = gcpSecretManager({ project, location: europe, clientOptions });
    onTestFinished(() => provider.close?.());
    const { value, version } = await provider.get({ name: "db", stage: "current" }, context());
    expect([Buffer.from(value as Uint8Array).toString(), version]).toEqual(["two", "2"]);
    expect((await provider.get({ name: "db", stage: "previous" }, context())).version).toBe("1");
    expect(await namesOf(provider.list?.({}, context()))).toEqual(["db"]);
    expect(new Set(asked)).toEqual(new Set([`secretmanager.${europe}.rep.googleapis.com`]));
    expect(gcp.calls.entries.map(({ location, name }) => [location, name.split("/").slice(0, 4).join("/")])).toEqual(
      Array(4).fill([europe, `projects/${project}/locations/${europe}`]),
    );
  });

  it("in a full name has an endpoint of its own, beside the global one", async () => {
    const { gcp } = await useGcp({ server: { locations: [europe] } });
    gcp.secrets.add({ id: "db", location: europe }, { versions: ["regional"] });
    const asked = catchGoogle();
    const provider = gcpSecretManager({
      project,
      clientOptions: withoutAddress(gcp.clientOptions({ location: europe })),
    });
    onTestFinished(() => provider.close?.());
    const { value } = await provider.get({ name: regional, stage: "current" }, context());
    expect(Buffer.from(value as Uint8Array).toString()).toBe("regional");
    await provider.get({ name: "db", stage: "current" }, context()).catch(() => undefined);
    expect([...new Set(asked)]).toEqual([`secretmanager.${europe}.rep.googleapis.com`, "secretmanager.googleapis.com"]);
  });

  it("has the universe's domain", async () => {
    const { gcp } = await useGcp({ server: { locations: [europe] } });
    const asked = catchGoogle();
    const options = withoutAddress(gcp.clientOptions({ location: europe }));
    const provider = gcpSecretManager({
      project,
      location: europe,
      clientOptions: { ...options, universeDomain: "example.test" },
    });
    onTestFinished(() => provider.close?.());
    await provider.get({ name: "db", stage: "current" }, context()).catch(() => undefined);
    expect(asked).toContain(`secretmanager.${europe}.rep.example.test`);
  });

  it("does not mix with global secrets", async () => {
    const { gcp, secrets } = await useGcp({
      server: { locations: [europe] },
      location: europe,
      options: { location: europe },
    });
    gcp.secrets.add("db", { versions: ["global"] });
    expect(await codeOf(secrets.get("db"))).toBe("ERR_SECRETS_NOT_FOUND");
  });

  it("is where a new secret is made, without a replication of its own", async () => {
    const { gcp, secrets } = await useGcp({
      server: { locations: [europe] },
      location: europe,
      options: { location: europe },
    });
    expect(await secrets.put("db", "one")).toEqual({ version: "1" });
    expect(gcp.secrets.payload({ id: "db", location: europe }, 1).toString()).toBe("one");
  });
});

describe("a client that is handed in", () => {
  async function given(options: { location?: string } = {}) {
    const used = await useGcp({ server: { locations: [europe] } });
    const client = new SecretManagerServiceClient(used.gcp.clientOptions(options));
    onTestFinished(() => client.close());
    const provider = gcpSecretManager({ project, client, ...options });
    return { ...used, client, provider };
  }

  it("is used, and stays open when the provider is closed", async () => {
    const { gcp, client, provider } = await given();
    gcp.secrets.add("db", { versions: ["one"] });
    expect((await provider.get({ name: "db", stage: "current" }, context())).version).toBe("1");
    await provider.close?.();
    expect(await codeOf(provider.get({ name: "db", stage: "current" }, context()))).toBe("ERR_SECRETS_CLOSED");
    await client.accessSecretVersion({ name: `projects/${project}/secrets/db/versions/latest` });
  });

  it("is the only one: no credentials are looked for", async () => {
    const { gcp, client } = await given();
    gcp.secrets.add("db", { versions: ["one"] });
    await client.initialize();
    const looked = vi.spyOn(GoogleAuth.prototype, "getClient");
    onTestFinished(() => void looked.mockRestore());
    const provider = gcpSecretManager({ client });
    await provider.get({ name: "db", stage: "current" }, context());
    expect(looked).not.toHaveBeenCalled();
  });

  it.each([
    ["global", undefined, regional],
    ["of another location", europe, `projects/${project}/locations/us-east1/secrets/db`],
    ["of a location", europe, `projects/${project}/secrets/db`],
  ])("%s is not asked for secrets elsewhere", async (_, location, name) => {
    const { gcp, provider } = await given(location === undefined ? {} : { location });
    expect(await codeOf(provider.get({ name, stage: "current" }, context()))).toBe("ERR_SECRETS_INVALID_REF");
    expect(gcp.calls.count()).toBe(0);
  });

  it("that its owner closed is closed for the provider too", async () => {
    const { secretsOf, gcp } = await given();
    const client = new SecretManagerServiceClient(gcp.clientOptions());
    await client.initialize();
    await client.close();
    expect(await codeOf(secretsOf({ options: { client } }).get("db"))).toBe("ERR_SECRETS_CLOSED");
  });
});

describe("credentials", () => {
  const withoutCredentials = { keyFilename: "/nonexistent/key.json" };

  it("that are not there are told as the provider's own, with what to do, and nothing is thrown beside it", async () => {
    const stray = vi.fn();
    process.on("unhandledRejection", stray);
    onTestFinished(() => void process.off("unhandledRejection", stray));
    const provider = gcpSecretManager({ project, clientOptions: withoutCredentials });
    onTestFinished(() => provider.close?.());
    for (let tries = 0; tries < 2; tries += 1) {
      const error = await errorOf(provider.get({ name: "db", stage: "current" }, context()));
      expect([error.code, error.retryable]).toEqual(["ERR_SECRETS_UNAUTHENTICATED", true]);
      expect(error.hint).toContain("GOOGLE_APPLICATION_CREDENTIALS");
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(stray).not.toHaveBeenCalled();
  });

  it("of a client that is handed in are told the same", async () => {
    const client = new SecretManagerServiceClient(withoutCredentials);
    const provider = gcpSecretManager({ project, client });
    expect(await codeOf(provider.get({ name: "db", stage: "current" }, context()))).toBe("ERR_SECRETS_UNAUTHENTICATED");
  });

  it("for gRPC that are of another copy of it are an error of the configuration, and no outage", async () => {
    const { secrets } = await useGcp({ options: { clientOptions: { sslCreds: {} as never } } });
    const error = await errorOf(secrets.get("db"));
    expect([error.code, error.hint?.includes("clientOptions")]).toEqual(["ERR_SECRETS_INVALID_CONFIG", true]);
  });

  it("that tell no project, where the options tell none either, are an error of the configuration, until they do", async () => {
    const { gcp } = await useGcp();
    gcp.secrets.add("db", { versions: ["one"] });
    const client = new SecretManagerServiceClient(gcp.clientOptions());
    onTestFinished(() => client.close());
    const asked = vi.spyOn(client, "getProjectId").mockRejectedValueOnce(new Error("Unable to detect a Project Id"));
    const provider = gcpSecretManager({ client });
    const error = await errorOf(provider.get({ name: "db", stage: "current" }, context()));
    expect([error.code, error.hint?.includes("GCP_SECRET_PROJECT")]).toEqual(["ERR_SECRETS_INVALID_CONFIG", true]);
    expect((await provider.get({ name: "db", stage: "current" }, context())).version).toBe("1");
    await provider.get({ name: "db", stage: "current" }, context());
    expect(asked).toHaveBeenCalledTimes(2);
  });
});

/** https://grpc.github.io/grpc/core/md_doc_connectivity-semantics-and-api.html, as grpc-js numbers them. */
const connectivityState = { SHUTDOWN: 4 };

describe("close", () => {
  it("shuts the channel down", async () => {
    const { gcp, provider } = await useGcp();
    gcp.secrets.add("db", { versions: ["one"] });
    const initialize = vi.spyOn(SecretManagerServiceClient.prototype, "initialize");
    onTestFinished(() => void initialize.mockRestore());
    await provider.get({ name: "db", stage: "current" }, context());
    const stub = (await initialize.mock.results[0]?.value) as {
      getChannel(): { getConnectivityState(connect: boolean): number };
    };
    const channel = stub.getChannel();
    expect(channel.getConnectivityState(false)).not.toBe(connectivityState.SHUTDOWN);
    await provider.close?.();
    expect(channel.getConnectivityState(false)).toBe(connectivityState.SHUTDOWN);
  });

  it("before the first call makes no client", async () => {
    const { gcp, provider } = await useGcp();
    await provider.close?.();
    expect(await codeOf(provider.get({ name: "db", stage: "current" }, context()))).toBe("ERR_SECRETS_CLOSED");
    expect(gcp.calls.count()).toBe(0);
  });

  it("while a client is being made ends that one too", async () => {
    const { gcp, provider } = await useGcp();
    gcp.secrets.add("db", { versions: ["one"] });
    const call = provider.get({ name: "db", stage: "current" }, context());
    const closed = provider.close?.();
    expect(await codeOf(call)).toBe("ERR_SECRETS_CLOSED");
    await closed;
    expect(gcp.calls.count()).toBe(0);
  });
});
