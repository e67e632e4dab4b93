import {
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { type Secret, SecretsError } from "@qarion/secrets-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { awsSecretChanges } from "../src/index.js";
import { awsServer, codeOf, namesOf, secretsOf, until, verdictsOf } from "./aws-setup.js";

describe("a value", () => {
  it("is found under each stage and by its version", async () => {
    const server = await awsServer();
    const { versionId: first } = server.seed("a", "first");
    const { versionId: second } = server.seed("a", "second");
    const { versionId: third } = server.seed("a", "third", { stages: ["AWSPENDING"] });
    const secrets = secretsOf(server);
    const read = async (ref: string) => {
      const secret = await secrets.get(ref);
      return [secret.reveal(), secret.version];
    };
    expect(await read("a")).toEqual(["second", second]);
    expect(await read("a@previous")).toEqual(["first", first]);
    expect(await read("a@pending")).toEqual(["third", third]);
    expect(await read(`a@v=${first}`)).toEqual(["first", first]);
    expect(await read(`a@v=${third}`)).toEqual(["third", third]);
  });

  it("says nothing of when it became current: the service tells only when it was written", async () => {
    const server = await awsServer();
    server.seed("a", "one");
    expect((await secretsOf(server).get("a")).activatedAt).toBeUndefined();
  });

  it("of bytes stays bytes, one by one and in a batch", async () => {
    const server = await awsServer();
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    server.seed("binary", bytes);
    server.seed("text", "one");
    const secrets = secretsOf(server);
    expect((await secrets.get("binary")).revealBytes()).toEqual(bytes);
    const both = await secrets.getAll({ binary: "binary", text: "text" });
    expect(both.binary.revealBytes()).toEqual(bytes);
    expect(both.text.reveal()).toBe("one");
  });

  it("of 64 KiB comes whole, and 20 of them in one batch", async () => {
    const server = await awsServer();
    const names = Array.from({ length: 20 }, (_, index) => `large/${index}`);
    const value = (name: string) => name.padEnd(65_536, "ä").slice(0, 32_768);
    for (const name of names) server.seed(name, value(name));
    const verdicts = await verdictsOf(secretsOf(server), names);
    expect(names.filter((name) => verdicts[name] !== value(name))).toEqual([]);
  });

  it("of a secret without a version, or of a rotation that only began, is not found", async () => {
    const server = await awsServer();
    server.seedEmpty("empty");
    server.seed("rotating", "one");
    server.startRotation("rotating");
    const secrets = secretsOf(server);
    expect(await codeOf(secrets.get("empty"))).toBe("ERR_SECRETS_NOT_FOUND");
    expect(await codeOf(secrets.get("rotating@pending"))).toBe("ERR_SECRETS_NOT_FOUND");
    expect((await secrets.get("rotating")).reveal()).toBe("one");
  });

  it("that an answer leaves out is not found, and never an empty one", async () => {
    const server = await awsServer();
    server.seed("a", "one");
    server.seed("b", "two");
    server.fault({
      kind: "rewrite",
      rewrite: (answer) => ({ ...answer, body: String(answer.body).replaceAll("SecretString", "Other") }),
    });
    const secrets = secretsOf(server);
    expect(await codeOf(secrets.get("a"))).toBe("ERR_SECRETS_NOT_FOUND");
    expect(await verdictsOf(secrets, ["a", "b"])).toEqual({ a: "ERR_SECRETS_NOT_FOUND", b: "ERR_SECRETS_NOT_FOUND" });
  });
});

describe("a list", () => {
  it("of 250 secrets has each name once, from as many pages as there are", async () => {
    const server = await awsServer();
    const names = Array.from({ length: 250 }, (_, index) => `name/${index}`);
    for (const name of names) server.seed(name, "one");
    expect(await namesOf(secretsOf(server).list())).toEqual(names);
    expect(server.calls.count("ListSecrets")).toBe(3);
  });

  it("goes on after pages that are empty or short", async () => {
    const server = await awsServer({ sparsePages: true });
    for (let index = 0; index < 250; index++) server.seed(index % 50 === 49 ? `kept/${index}` : `left/${index}`, "one");
    const secrets = secretsOf(server);
    expect(await namesOf(secrets.list({ prefix: "kept/" }))).toEqual(
      ["49", "99", "149", "199", "249"].map((n) => `kept/${n}`),
    );
    expect(await namesOf(secrets.list({ prefix: "none/" }))).toEqual([]);
  });

  it("has what begins with the prefix, in its case, and nothing else", async () => {
    const server = await awsServer();
    for (const name of ["prod/a", "Prod/b", "test/prod/c", "prodigal", "prod/d"]) server.seed(name, "one");
    expect(await namesOf(secretsOf(server).list({ prefix: "prod/" }))).toEqual(["prod/a", "prod/d"]);
  });

  it("takes a prefix as it is: the service's own negation by an exclamation mark does not get through", async () => {
    const server = await awsServer();
    for (const name of ["prod/a", "test/a"]) server.seed(name, "one");
    expect(await namesOf(secretsOf(server).list({ prefix: "!prod/" }))).toEqual([]);
  });

  it("that is left early asks for no further page", async () => {
    const server = await awsServer();
    for (let index = 0; index < 250; index++) server.seed(`name/${index}`, "one");
    for await (const { name } of secretsOf(server).list()) if (name === "name/3") break;
    expect(server.calls.count("ListSecrets")).toBe(1);
  });

  it("that fails on a later page says so", async () => {
    const server = await awsServer();
    for (let index = 0; index < 250; index++) server.seed(`name/${index}`, "one");
    server.fault("ThrottlingException", { operation: "ListSecrets", after: 1 });
    expect(await codeOf(namesOf(secretsOf(server).list()))).toBe("ERR_SECRETS_THROTTLED");
  });

  it("asks for no value", async () => {
    const server = await awsServer();
    server.seed("a", "one");
    server.iam.deny("GetSecretValue");
    server.iam.deny("BatchGetSecretValue");
    expect(await namesOf(secretsOf(server).list())).toEqual(["a"]);
  });
});

describe("a prefix", () => {
  it("stands before every name, in reads, batches, writes and lists", async () => {
    const server = await awsServer();
    server.seed("prod/a", "one");
    server.seed("a", "another's");
    const secrets = secretsOf(server, { prefix: "prod/" });
    expect((await secrets.get("a")).reveal()).toBe("one");
    await secrets.put("b", "two");
    expect(await verdictsOf(secrets, ["a", "b", "c"])).toEqual({ a: "one", b: "two", c: "ERR_SECRETS_NOT_FOUND" });
    expect(await namesOf(secrets.list())).toEqual(["a", "b"]);
    expect(server.calls.list("GetSecretValue")[0]?.secretIds).toEqual(["prod/a"]);
  });

  it("errors are told by the name that was asked for", async () => {
    const server = await awsServer();
    const error = await secretsOf(server, { prefix: "prod/" })
      .get("a")
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ERR_SECRETS_NOT_FOUND", secretName: "a", provider: "aws" });
  });
});

describe.each(["name", "ARN", "ARN without its end"])("a bundle by its %s", (by) => {
  async function bundled() {
    const server = await awsServer();
    const { arn } = server.seed("app", JSON.stringify({ SECRET_KEY: "one", POSTGRES_PASSWORD: "two" }));
    const bundle = by === "name" ? "app" : by === "ARN" ? arn : arn.slice(0, -7);
    return { server, secrets: secretsOf(server, { bundle }) };
  }

  it("holds the secrets as members, which one call fetches", async () => {
    const { server, secrets } = await bundled();
    expect(await verdictsOf(secrets, ["SECRET_KEY", "POSTGRES_PASSWORD", "absent"])).toEqual({
      SECRET_KEY: "one",
      POSTGRES_PASSWORD: "two",
      absent: "ERR_SECRETS_NOT_FOUND",
    });
    expect(server.calls.count()).toBe(1);
    expect(await namesOf(secrets.list())).toEqual(["SECRET_KEY", "POSTGRES_PASSWORD"]);
    expect(await codeOf(secrets.get("SECRET_KEY@previous"))).toBe("ERR_SECRETS_UNSUPPORTED");
  });

  it("takes a member, and keeps the others", async () => {
    const { server, secrets } = await bundled();
    const { version } = await secrets.put("SECRET_KEY", "three");
    expect(server.versionOf("app")).toBe(version);
    expect(await verdictsOf(secrets, ["SECRET_KEY", "POSTGRES_PASSWORD"])).toEqual({
      SECRET_KEY: "three",
      POSTGRES_PASSWORD: "two",
    });
  });
});

describe("a rotation made at the store", () => {
  it("reaches a live value, by word of EventBridge", async () => {
    const server = await awsServer();
    const { arn, versionId } = server.seed("db", "before");
    const secrets = secretsOf(server, {}, { cache: { ttlMs: 3_600_000 } });
    const live = await secrets.live("db");
    onTestFinished(() => live.close());
    const heard: Secret[] = [];
    live.onChange((next) => void heard.push(next));

    const client = new SecretsManagerClient(server.clientOptions);
    onTestFinished(() => client.destroy());
    const { VersionId } = await client.send(
      new PutSecretValueCommand({ SecretId: "db", SecretString: "after", VersionStages: ["AWSPENDING"] }),
    );
    expect((await secrets.get("db@pending")).reveal()).toBe("after");
    expect(live.current.reveal()).toBe("before");
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: "db",
        VersionStage: "AWSCURRENT",
        MoveToVersionId: VersionId,
        RemoveFromVersionId: versionId,
      }),
    );

    async function* queue() {
      const detail = {
        eventSource: "secretsmanager.amazonaws.com",
        eventName: "RotationSucceeded",
        additionalEventData: { SecretId: arn },
      };
      yield* awsSecretChanges(JSON.stringify({ Type: "Notification", Message: JSON.stringify({ detail }) }));
    }
    secrets.refreshOn(queue());
    await until(() => live.current.reveal() === "after");
    expect(live.current.version).toBe(VersionId);
    expect(heard).toHaveLength(1);
    expect((await secrets.get("db@previous")).reveal()).toBe("before");
  });

  it("reaches it by time alone, through an outage between", async () => {
    const server = await awsServer();
    server.seed("db", "before");
    const secrets = secretsOf(server, {}, { cache: { ttlMs: 20, maxStaleMs: 600_000 } });
    const live = await secrets.live("db");
    onTestFinished(() => live.close());
    const outage = server.fault("InternalServiceError");
    await outage.hit();
    server.seed("db", "after");
    await until(() => live.error?.code === "ERR_SECRETS_UNAVAILABLE");
    expect(live.current.reveal()).toBe("before");
    outage.remove();
    await until(() => live.current.reveal() === "after");
    expect(live.error).toBeUndefined();
  });
});

it("a call that its caller gives up is aborted, and is no outage", async () => {
  const server = await awsServer();
  server.seed("a", "one");
  const secrets = secretsOf(server);
  const fault = server.fault({ kind: "hang" });
  const caller = new AbortController();
  const call = secrets.get("a", { signal: caller.signal });
  await fault.hit();
  caller.abort();
  const error = await call.catch((reason: unknown) => reason);
  expect(SecretsError.is(error) && error.code).toBe("ERR_SECRETS_ABORTED");
});
