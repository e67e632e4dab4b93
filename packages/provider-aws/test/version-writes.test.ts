import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { AwsServer } from "@qarion-testing/fakes/aws";
import { describe, expect, it, onTestFinished } from "vitest";
import { awsSecretsManager } from "../src/index.js";
import { awsServer, codeOf, secretsOf, until } from "./aws-setup.js";
import { BuiltCopy } from "./built-copy.js";

async function labelsOf(server: AwsServer, SecretId: string): Promise<string[]> {
  const client = new SecretsManagerClient(server.clientOptions);
  onTestFinished(() => client.destroy());
  const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }));
  return Object.values(VersionIdsToStages).flat().sort();
}

describe("put", () => {
  it.each(["made", "made/of/segments", "made+=.@-_"])("makes the secret %s where there is none", async (name) => {
    const server = await awsServer();
    const secrets = secretsOf(server);
    const { version } = await secrets.put(name, "one");
    expect(server.versionOf(name)).toBe(version);
    expect((await secrets.get(name)).reveal()).toBe("one");
    expect(await labelsOf(server, name)).toEqual(["AWSCURRENT"]);
  });

  it("a pending value of a secret that is not there is its current one too: the service has no other first version", async () => {
    const server = await awsServer();
    const secrets = secretsOf(server);
    const { version } = await secrets.put("new@pending", "one");
    expect(server.versionOf("new", "AWSPENDING")).toBe(version);
    expect((await secrets.get("new")).reveal()).toBe("one");
  });

  it("makes none by an ARN", async () => {
    const server = await awsServer();
    const arn = `arn:aws:secretsmanager:${server.region}:${server.accountId}:secret:none-a1B2c3`;
    expect(await codeOf(secretsOf(server).put(arn, "one"))).toBe("ERR_SECRETS_NOT_FOUND");
    expect(server.calls.count("CreateSecret")).toBe(0);
  });

  it("of two who make one secret at a time, both are told their version", async () => {
    const server = await awsServer();
    const secrets = secretsOf(server);
    const versions = await Promise.all(
      ["one", "two", "three"].map(async (value) => (await secrets.put("a", value)).version),
    );
    expect(new Set(versions).size).toBe(3);
    expect(versions).toContain(server.versionOf("a"));
  });

  it("writes bytes, 64 KiB, and text that looks like nothing", async () => {
    const server = await awsServer();
    const secrets = secretsOf(server);
    const bytes = Uint8Array.from({ length: 65_536 }, (_, index) => index % 256);
    await secrets.put("bytes", bytes);
    expect((await secrets.get("bytes")).revealBytes()).toEqual(bytes);
    for (const text of ["x".repeat(65_536), " ", "null", "\u0000", "{}", "𝄞\r\n"]) {
      await secrets.put("text", text);
      expect((await secrets.get("text")).reveal() === text).toBe(true);
    }
  });

  it.each([
    ["an empty value", ""],
    ["no bytes", new Uint8Array()],
    ["more than 64 KiB", "ä".repeat(32_769)],
  ])("%s is refused before it is sent", async (_, value) => {
    const server = await awsServer();
    const secrets = secretsOf(server);
    expect(await codeOf(secrets.put("a", value))).toBe("ERR_SECRETS_INVALID_VALUE");
    expect(server.calls.count()).toBe(0);
  });

  it("of a previous value is refused", async () => {
    const server = await awsServer();
    server.seed("a", "one");
    expect(await codeOf(secretsOf(server).put("a@previous", "x"))).toBe("ERR_SECRETS_UNSUPPORTED");
    expect(server.calls.count()).toBe(0);
  });

  it("whose answer is lost is repeated as the same version", async () => {
    const server = await awsServer();
    server.seed("a", "before");
    server.fault({ kind: "reset", applied: true }, { times: 1 });
    const secrets = secretsOf(server, { clientOptions: { ...server.clientOptions, maxAttempts: 2 } });
    const { version } = await secrets.put("a", "after");
    expect(server.versionOf("a")).toBe(version);
    expect((await secrets.get("a@previous")).reveal()).toBe("before");
  });
});

describe("promote", () => {
  it("makes the pending version current, the current one previous, and leaves nothing pending", async () => {
    const server = await awsServer();
    server.seed("a", "first");
    const secrets = secretsOf(server);
    const { version } = await secrets.put("a@pending", "second");
    expect((await secrets.get("a")).reveal()).toBe("first");
    await secrets.promote("a", version as string);
    expect((await secrets.get("a")).reveal()).toBe("second");
    expect((await secrets.get("a@previous")).reveal()).toBe("first");
    expect(await codeOf(secrets.get("a@pending"))).toBe("ERR_SECRETS_NOT_FOUND");
  });

  it("goes back to the previous version", async () => {
    const server = await awsServer();
    const { versionId } = server.seed("a", "first");
    server.seed("a", "second");
    const secrets = secretsOf(server);
    await secrets.promote("a", versionId);
    expect((await secrets.get("a")).reveal()).toBe("first");
    expect((await secrets.get("a@previous")).reveal()).toBe("second");
  });

  it("can be repeated, and goes on where it was broken off", async () => {
    const server = await awsServer();
    server.seed("a", "first");
    const secrets = secretsOf(server);
    const { version = "" } = await secrets.put("a@pending", "second");
    server.fault("InternalServiceError", { operation: "UpdateSecretVersionStage", after: 1, times: 1 });
    expect(await codeOf(secrets.promote("a", version))).toBe("ERR_SECRETS_UNAVAILABLE");
    await secrets.promote("a", version);
    await secrets.promote("a", version);
    expect(await labelsOf(server, "a")).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
    expect((await secrets.get("a@previous")).reveal()).toBe("first");
  });

  it.each(["v".repeat(32), "constructor", "__proto__"])("of the unknown version %s moves nothing", async (version) => {
    const server = await awsServer();
    const { versionId } = server.seed("a", "first");
    expect(await codeOf(secretsOf(server).promote("a", version))).toBe("ERR_SECRETS_NOT_FOUND");
    expect(server.versionOf("a")).toBe(versionId);
  });
});

describe("a write on condition", () => {
  const context = (ifVersion: string) => ({ signal: new AbortController().signal, ifVersion });
  const ref = { name: "a", stage: "current" } as const;

  it("writes over that version, and leaves no label of its own", async () => {
    const server = await awsServer();
    const { versionId } = server.seed("a", "first");
    const provider = awsSecretsManager({ clientOptions: server.clientOptions });
    onTestFinished(() => provider.close?.());
    const { version } = (await provider.put?.(ref, "second", context(versionId))) ?? {};
    expect(server.versionOf("a")).toBe(version);
    expect(await labelsOf(server, "a")).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
  });

  it("writes nothing over another one, and leaves no label either, 30 times over", async () => {
    const server = await awsServer();
    const { versionId } = server.seed("a", "first");
    const { versionId: second } = server.seed("a", "second");
    const provider = awsSecretsManager({ clientOptions: server.clientOptions });
    onTestFinished(() => provider.close?.());
    for (let time = 0; time < 30; time++) {
      await expect(provider.put?.(ref, "third", context(versionId))).rejects.toThrow();
    }
    expect(server.versionOf("a")).toBe(second);
    expect(await labelsOf(server, "a")).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
  });

  it("that its caller gives up takes its label away all the same", async () => {
    const server = await awsServer();
    const { versionId } = server.seed("a", "first");
    const provider = awsSecretsManager({ clientOptions: server.clientOptions });
    onTestFinished(() => provider.close?.());
    const caller = new AbortController();
    const fault = server.fault({ kind: "hang" }, { operation: "UpdateSecretVersionStage", times: 1 });
    const call = provider.put?.(ref, "second", { signal: caller.signal, ifVersion: versionId });
    await fault.hit();
    expect(await labelsOf(server, "a")).toHaveLength(2);
    caller.abort();
    await expect(call).rejects.toThrow();
    await until(async () => (await labelsOf(server, "a")).join() === "AWSCURRENT");
    expect(server.versionOf("a")).toBe(versionId);
  });

  it("from two processes at once loses no member of a bundle", { timeout: 60_000 }, async () => {
    const server = await awsServer();
    server.seed("app", JSON.stringify({ KEPT: "as it was" }));
    const copy = new BuiltCopy();
    onTestFinished(() => copy.remove());
    await copy.build();
    copy.linkSdk();
    const { accessKeyId, secretAccessKey } = server.clientOptions.credentials;
    const env = {
      AWS_REGION: server.region,
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
    const members = Array.from({ length: 8 }, (_, index) => index);
    const writer = (name: string) =>
      copy.run(
        `const secrets = createSecrets({ provider: awsSecretsManager({ bundle: "app" }) });
         for (let index = 0; index < ${members.length}; index++) await secrets.put("${name}" + index, "${name}" + index);
         await secrets.close();
         print("done");`,
        { env, file: `writer-${name}` },
      );
    expect(await Promise.all([writer("ONE"), writer("TWO")])).toEqual(["done", "done"]);
    const written = members.flatMap((index) => [`ONE${index}`, `TWO${index}`]);
    const bundle = await secretsOf(server).get("app");
    expect(bundle.revealJson()).toEqual({
      KEPT: "as it was",
      ...Object.fromEntries(written.map((name) => [name, name])),
    });
    expect(await labelsOf(server, "app")).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
  });
});
