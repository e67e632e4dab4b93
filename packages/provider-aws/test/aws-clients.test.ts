import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { AwsServer } from "@qarion-testing/fakes/aws";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type AwsSecretsManagerOptions, awsSecretsManager } from "../src/index.js";
import { awsServer, codeOf, secretsOf, until, verdictsOf } from "./aws-setup.js";

type ClientOptions = NonNullable<AwsSecretsManagerOptions["clientOptions"]>;

/** Client options that lead each region to its own server, which refuses what was signed for another one. */
function ofRegions(...servers: readonly AwsServer[]): ClientOptions {
  return {
    credentials: servers[0]?.clientOptions.credentials as NonNullable<ClientOptions["credentials"]>,
    endpointProvider: ({ Region }) => {
      const server = servers.find(({ region }) => region === Region);
      if (!server) throw new Error(`no server of region ${Region}`);
      return { url: new URL(server.endpoint) };
    },
  };
}

/** The environment and files that the SDK looks into hold nothing for the length of a test. */
function withoutAwsEnvironment(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  for (const name of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]) vi.stubEnv(name, "/nowhere/at/all");
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe("the region", () => {
  it("of an ARN is where that secret is read and written, beside names of the default region", async () => {
    const home = await awsServer({ region: "eu-central-1" });
    const away = await awsServer({ region: "us-west-2" });
    home.seed("a", "at home");
    const { arn } = away.seed("a", "away");
    const other = away.seed("b", "far away").arn;
    const clientOptions = ofRegions(home, away);
    const secrets = secretsOf(home, {
      region: "eu-central-1",
      clientOptions: { ...clientOptions, endpoint: undefined as never },
    });
    expect((await secrets.get(arn)).reveal()).toBe("away");
    expect(await verdictsOf(secrets, ["a", arn, other])).toEqual({ a: "at home", [arn]: "away", [other]: "far away" });
    const { version } = await secrets.put(`${arn}@pending`, "next");
    await secrets.promote(arn, version as string);
    expect((await secrets.get(arn)).reveal()).toBe("next");
    expect(away.versionOf("a")).toBe(version);
    expect((await secrets.get("a")).reveal()).toBe("at home");
  });

  it("may be asked for by an ARN alone, without a default one", async () => {
    withoutAwsEnvironment();
    const server = await awsServer();
    const { arn } = server.seed("a", "one");
    const { endpoint, credentials } = server.clientOptions;
    const secrets = secretsOf({ clientOptions: { endpoint, credentials } as AwsServer["clientOptions"] });
    expect((await secrets.get(arn)).reveal()).toBe("one");
    expect(await codeOf(secrets.get("a"))).toBe("ERR_SECRETS_INVALID_CONFIG");
    expect(await codeOf(secrets.put("a", "x"))).toBe("ERR_SECRETS_INVALID_CONFIG");
    expect(await verdictsOf(secrets, ["a", "b", arn])).toEqual({
      a: "ERR_SECRETS_INVALID_CONFIG",
      b: "ERR_SECRETS_INVALID_CONFIG",
      [arn]: "one",
    });
  });

  it("that is nowhere to be found is told with what to do, and found when it is there", async () => {
    withoutAwsEnvironment();
    const server = await awsServer({ region: "eu-west-3" });
    server.seed("a", "one");
    const { endpoint, credentials } = server.clientOptions;
    const secrets = secretsOf({ clientOptions: { endpoint, credentials } as AwsServer["clientOptions"] });
    const error = await secrets.get("a").catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG", hint: expect.stringContaining("AWS_REGION") });
    vi.stubEnv("AWS_REGION", "eu-west-3");
    expect((await secrets.get("a")).reveal()).toBe("one");
  });

  it("and the endpoint come from the environment as the SDK has them", async () => {
    withoutAwsEnvironment();
    const server = await awsServer({ region: "eu-west-3" });
    server.seed("a", "one");
    const { accessKeyId, secretAccessKey } = server.clientOptions.credentials;
    vi.stubEnv("AWS_REGION", "eu-west-3");
    vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", server.endpoint);
    vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
    const secrets = secretsOf({ clientOptions: {} as AwsServer["clientOptions"] });
    expect((await secrets.get("a")).reveal()).toBe("one");
  });
});

describe("a client that was handed in", () => {
  it("is used, serves its own region alone, and stays open after close", async () => {
    const server = await awsServer();
    const { arn } = server.seed("a", "one");
    const client = new SecretsManagerClient(server.clientOptions);
    const destroy = vi.spyOn(client, "destroy");
    onTestFinished(() => client.destroy());
    const secrets = secretsOf(server, { client });
    expect((await secrets.get("a")).reveal()).toBe("one");
    expect((await secrets.get(arn)).reveal()).toBe("one");
    const elsewhere = arn.replace(server.region, "us-west-2");
    const error = await secrets.get(elsewhere).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_REF", hint: expect.stringContaining("clientOptions") });
    expect(await verdictsOf(secrets, [elsewhere, elsewhere.replace("secret:a", "secret:b"), "a"])).toMatchObject({
      [elsewhere]: "ERR_SECRETS_INVALID_REF",
      a: "one",
    });

    await secrets.close();
    expect(destroy).not.toHaveBeenCalled();
    const second = secretsOf(server, { client });
    expect((await second.get("a")).reveal()).toBe("one");
  });
});

describe("close", () => {
  it("frees the sockets of every region", async () => {
    const home = await awsServer({ region: "eu-central-1" });
    const away = await awsServer({ region: "us-west-2" });
    home.seed("a", "one");
    const { arn } = away.seed("a", "two");
    const secrets = secretsOf(home, {
      region: "eu-central-1",
      clientOptions: { ...ofRegions(home, away), endpoint: undefined as never },
    });
    await verdictsOf(secrets, ["a", arn]);
    expect([await home.connections(), await away.connections()]).toEqual([1, 1]);
    await secrets.close();
    // Sooner than Node's server ends idle connections by itself, which is after 5 s.
    await until(async () => (await home.connections()) + (await away.connections()) === 0, 4_000);
  });

  it.each(["hang", "drip"] as const)("ends calls that a %s holds", async (kind) => {
    const server = await awsServer();
    const names = ["a", "b", "c"];
    for (const name of names) server.seed(name, "one");
    const secrets = secretsOf(server);
    const fault = server.fault({ kind });
    const calls = [
      codeOf(secrets.get({ name: "a", version: "v".repeat(32) })),
      codeOf(secrets.put("a", "x")),
      codeOf(secrets.list()[Symbol.asyncIterator]().next()),
      verdictsOf(secrets, names),
    ];
    await fault.hit(3);
    await secrets.close();
    const [read, written, listed, verdicts] = await Promise.all(calls);
    const closed = "ERR_SECRETS_CLOSED";
    expect([read, written, listed]).toEqual([closed, closed, closed]);
    expect(Object.values(verdicts as object).every((code) => code === closed)).toBe(true);
    await until(async () => (await server.connections()) === 0);
  });

  it("leaves later calls of the provider itself closed, also when it was never used", async () => {
    const server = await awsServer();
    server.seed("a", "one");
    const provider = awsSecretsManager({ clientOptions: server.clientOptions });
    await provider.close?.();
    await provider.close?.();
    const context = { signal: new AbortController().signal };
    const ref = { name: "a", stage: "current" } as const;
    expect(await codeOf(provider.get(ref, context))).toBe("ERR_SECRETS_CLOSED");
    expect(await codeOf(provider.getMany?.([ref], context) as Promise<unknown>)).toBe("ERR_SECRETS_CLOSED");
    expect(await codeOf(provider.put?.(ref, "x", context) as Promise<unknown>)).toBe("ERR_SECRETS_CLOSED");
    expect(await codeOf(provider.promote?.("a", "v", context) as Promise<unknown>)).toBe("ERR_SECRETS_CLOSED");
    const list = provider.list?.({}, context) as AsyncIterable<unknown>;
    expect(await codeOf(list[Symbol.asyncIterator]().next())).toBe("ERR_SECRETS_CLOSED");
    expect(server.calls.count()).toBe(0);
  });

  it("during the first call leaves no client behind", async () => {
    const server = await awsServer();
    server.seed("a", "one");
    const provider = awsSecretsManager({ clientOptions: server.clientOptions });
    const first = codeOf(provider.get({ name: "a", stage: "current" }, { signal: new AbortController().signal }));
    await provider.close?.();
    expect(await first).toBe("ERR_SECRETS_CLOSED");
    expect([server.calls.count(), await server.connections()]).toEqual([0, 0]);
  });
});

it("many first calls at once share one client", async () => {
  const server = await awsServer();
  server.seed("a", "one");
  const credentials = vi.fn(async () => server.clientOptions.credentials);
  const secrets = secretsOf(server, { clientOptions: { ...server.clientOptions, credentials } });
  await Promise.all([codeOf(secrets.get("a")), codeOf(secrets.list()[Symbol.asyncIterator]().next())]);
  await secrets.get("a");
  expect(credentials).toHaveBeenCalledTimes(1);
});
