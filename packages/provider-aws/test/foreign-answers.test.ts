import { createServer } from "node:http";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { createSecrets } from "@qarion/secrets-core";
import { expect, it, onTestFinished } from "vitest";
import { awsSecretsManager } from "../src/index.js";

/** A server that gives these answers, whatever the service would say. */
async function answering(
  answer: (operation: string, input: { SecretId?: string }) => { status?: number; body: unknown },
) {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
    const { status = 200, body } = answer(operation, JSON.parse(Buffer.concat(chunks).toString()));
    response.writeHead(status, { "Content-Type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const client = new SecretsManagerClient({
    region: "eu-west-1",
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: "AKIAFAKEFAKEFAKEFAKE", secretAccessKey: "fake" },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return client;
}

it("a batch gives a bare name no secret of another account that is called the same", async () => {
  const foreign = "arn:aws:secretsmanager:eu-west-1:222222222222:secret:foo-AbCdEf";
  const own = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:foo-GhIjKl";
  for (const ownIsInTheBatch of [true, false]) {
    const client = await answering((operation, { SecretId }) => {
      const values = [
        { ARN: foreign, Name: "foo", VersionId: "1", SecretString: "foreign" },
        { ARN: own, Name: "foo", VersionId: "2", SecretString: "own" },
      ];
      if (operation === "BatchGetSecretValue")
        return { body: { SecretValues: values.slice(0, ownIsInTheBatch ? 2 : 1) } };
      return { body: SecretId === "foo" ? values[1] : values[0] };
    });
    const secrets = createSecrets({ provider: awsSecretsManager({ region: "eu-west-1", client }) });
    const { mine, theirs } = await secrets.getAll({ mine: "foo", theirs: foreign });
    expect([mine.reveal(), theirs.reveal()]).toEqual(["own", "foreign"]);
  }
});

it("a gateway's 503 is an outage, whatever its body calls itself", async () => {
  let down = false;
  const client = await answering(() =>
    down
      ? { status: 503, body: { code: "SERVICE_UNAVAILABLE", message: "down" } }
      : { body: { Name: "foo", VersionId: "1", SecretString: "good" } },
  );
  const provider = awsSecretsManager({ client });
  const secrets = createSecrets({ provider, cache: { ttlMs: 1, revalidate: "await" } });
  await secrets.get("foo");
  down = true;
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await secrets.get("foo")).toMatchObject({ state: "stale" });
});
