import { RotateSecretCommand, SecretsManager, SecretsManagerServiceException } from "@aws-sdk/client-secrets-manager";
import { describe, expect, it } from "vitest";
import { awsFault, startAwsServer } from "../../src/aws/index.js";
import { ONE, refusal, TWO, useAws } from "./use-aws.js";

const bed = useAws();
const get = (client: SecretsManager = bed.client, SecretId = "app/db") => client.getSecretValue({ SecretId });

async function withClient<T>(options: object, use: (client: SecretsManager) => Promise<T>): Promise<T> {
  const client = new SecretsManager({ ...bed.aws.clientOptions, maxAttempts: 1, ...options });
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

describe("who calls", () => {
  const { accessKeyId, secretAccessKey } = { accessKeyId: "AKIAOTHEROTHEROTHERO", secretAccessKey: "other" };

  it("an access key that is not known is refused", async () => {
    const credentials = { ...bed.aws.clientOptions.credentials, accessKeyId };
    expect(await withClient({ credentials }, (client) => refusal(get(client)))).toMatchObject({
      name: "UnrecognizedClientException",
      status: 400,
    });
  });

  it("a signature with another secret key is refused", async () => {
    const credentials = { ...bed.aws.clientOptions.credentials, secretAccessKey };
    expect(await withClient({ credentials }, (client) => refusal(get(client)))).toMatchObject({
      name: "InvalidSignatureException",
      status: 400,
    });
  });

  it("a signature for another region is refused", async () => {
    const { name, message } = await withClient({ region: "us-east-1" }, (client) => refusal(get(client)));
    expect([name, message]).toEqual(["InvalidSignatureException", "Credential should be scoped to a valid region. "]);
  });

  it("a call without a signature is refused", async () => {
    const headers = { "x-amz-target": "secretsmanager.ListSecrets" };
    const answer = await fetch(bed.aws.endpoint, { method: "POST", headers, body: "{}" });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { __type: "MissingAuthenticationTokenException", message: "Missing Authentication Token" },
    ]);
  });
});

describe("the server", () => {
  it("is of the region and account that it was started for", async () => {
    const aws = await startAwsServer({ region: "us-west-2", accountId: "210987654321" });
    try {
      expect(aws.seed("a", ONE).arn).toMatch(/^arn:aws:secretsmanager:us-west-2:210987654321:secret:a-/);
      await withClient(aws.clientOptions, async (client) => {
        expect(await client.getSecretValue({ SecretId: "a" })).toMatchObject({ SecretString: ONE });
      });
    } finally {
      await aws.close();
    }
  });

  it("says clearly that it has no such operation", async () => {
    const rotate = bed.client.send(new RotateSecretCommand({ SecretId: "app/db" }));
    expect(await refusal(rotate)).toEqual({
      name: "UnknownOperationException",
      status: 400,
      message: "This fake of Secrets Manager has no operation RotateSecret.",
    });
  });

  it("notes the calls that arrive, by names alone", async () => {
    const { aws, client } = bed;
    const { versionId } = aws.seed("app/db", ONE);
    await client.getSecretValue({ SecretId: "app/db", VersionStage: "AWSCURRENT" });
    await client.putSecretValue({ SecretId: "app/db", SecretString: TWO, ClientRequestToken: "t".repeat(32) });
    await refusal(client.batchGetSecretValue({ SecretIdList: [] }));
    await client.batchGetSecretValue({ SecretIdList: ["a", "b"] });
    await client.createSecret({ Name: "new", SecretBinary: Buffer.from(TWO), ClientRequestToken: versionId });
    expect(aws.calls.list()).toEqual([
      { operation: "GetSecretValue", secretIds: ["app/db"], versionStage: "AWSCURRENT" },
      { operation: "PutSecretValue", secretIds: ["app/db"], versionId: "t".repeat(32) },
      { operation: "BatchGetSecretValue", secretIds: [] },
      { operation: "BatchGetSecretValue", secretIds: ["a", "b"] },
      { operation: "CreateSecret", secretIds: ["new"], versionId },
    ]);
    expect([aws.calls.count(), aws.calls.count("BatchGetSecretValue")]).toEqual([5, 2]);
    aws.calls.clear();
    expect(aws.calls.count()).toBe(0);
  });

  it("has no connection left when its client is destroyed", async () => {
    await refusal(get());
    expect(await bed.aws.connections()).toBe(1);
    bed.client.destroy();
    await expect.poll(() => bed.aws.connections()).toBe(0);
  });

  it("disposes of itself", async () => {
    let endpoint = "";
    {
      await using aws = await startAwsServer();
      endpoint = aws.endpoint;
      expect((await fetch(endpoint)).status).toBe(400);
    }
    await expect(fetch(endpoint)).rejects.toThrow();
  });
});

describe("faults", () => {
  it.each([
    ["ThrottlingException", 400],
    ["ExpiredTokenException", 400],
    ["AccessDeniedException", 400],
    ["InternalServiceError", 500],
    ["ServiceUnavailable", 503],
  ] as const)("%s comes as the service sends it, so often as it is asked to", async (name, status) => {
    const { aws, client } = bed;
    aws.seed("app/db", ONE);
    const fault = aws.fault(name, { operation: "GetSecretValue", times: 2 });
    expect(await refusal(get())).toMatchObject({ name, status });
    await client.describeSecret({ SecretId: "app/db" });
    await expect(get()).rejects.toBeInstanceOf(SecretsManagerServiceException);
    expect(await get()).toMatchObject({ SecretString: ONE });
    expect(fault.hits).toBe(2);
  });

  it("is retried by the SDK as it retries the service's, each attempt in the journal", async () => {
    const { aws } = bed;
    aws.seed("app/db", ONE);
    aws.fault("ThrottlingException", { times: 1 });
    const answer = await withClient({ maxAttempts: 2 }, get);
    expect([answer.SecretString, answer.$metadata.attempts]).toEqual([ONE, 2]);
    expect(aws.calls.count("GetSecretValue")).toBe(2);
  });

  it("an answer that is lost: the SDK asks again with the same token, and nothing is written twice", async () => {
    const { aws } = bed;
    aws.seed("app/db", ONE);
    aws.fault({ kind: "reset", applied: true }, { operation: "PutSecretValue", times: 1 });
    await withClient({ maxAttempts: 2 }, (client) => client.putSecretValue({ SecretId: "app/db", SecretString: TWO }));
    expect(aws.calls.count("PutSecretValue")).toBe(2);
    const { Versions } = await bed.client.listSecretVersionIds({ SecretId: "app/db", IncludeDeprecated: true });
    expect(Versions).toHaveLength(2);
  });

  it("an HTML page of a proxy is a SyntaxError with its status", async () => {
    bed.aws.fault({ kind: "proxy" });
    expect(await refusal(get())).toMatchObject({ name: "SyntaxError", status: 502 });
  });

  it.each([
    ["garbage", { name: "SyntaxError", $metadata: { httpStatusCode: 200 } }],
    ["truncate", { code: "ECONNRESET", $metadata: { httpStatusCode: 200 } }],
    ["reset", { name: "TimeoutError", code: "ECONNRESET" }],
  ] as const)("%s comes to the caller as the SDK tells it", async (kind, error) => {
    bed.aws.seed("app/db", ONE);
    bed.aws.fault({ kind });
    await expect(get()).rejects.toMatchObject(error);
  });

  it.each(["hang", "drip"] as const)("%s lasts until the caller gives up", async (kind) => {
    const { aws, client } = bed;
    aws.seed("app/db", ONE);
    const fault = aws.fault({ kind });
    const abort = new AbortController();
    const call = client.getSecretValue({ SecretId: "app/db" }, { abortSignal: abort.signal });
    call.catch(() => {});
    await fault.hit();
    abort.abort();
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
  });

  it("come one after another, with an error of the service at the end", async () => {
    bed.aws.seed("app/db", ONE);
    const next = awsFault("DecryptionFailure", "The key is gone.");
    bed.aws.fault({ kind: "latency", ms: 1, next });
    expect(await refusal(get())).toEqual({ name: "DecryptionFailure", status: 400, message: "The key is gone." });
    bed.aws.clearFaults();
    expect(await get()).toMatchObject({ SecretString: ONE });
  });
});
