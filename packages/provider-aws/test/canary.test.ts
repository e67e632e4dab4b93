import { inspect } from "node:util";
import type { AwsServer } from "@qarion-testing/fakes/aws";
import { describe, expect, it, onTestFinished } from "vitest";
import { awsSecretsManager } from "../src/index.js";
import { awsServer, secretsOf } from "./aws-setup.js";

const canary = "cAnArY 7f3a91!";
const marks = [canary, "cAnArY", "7f3a91", Buffer.from(canary).toString("base64")];

type Rewrite = (body: string) => { status?: number; body: string };

const answers: Record<string, Rewrite> = {
  "a body that is cut in the value": (body) => ({ body: body.slice(0, body.lastIndexOf("7f3a91") + 6) }),
  "a body with something behind it": (body) => ({ body: `${body}${canary}` }),
  "a bare value": () => ({ body: canary }),
  "the value as JSON text": () => ({ body: JSON.stringify(canary) }),
  "the value as a list": () => ({ body: JSON.stringify([canary]) }),
  "an error with the value in its message": () => ({
    status: 400,
    body: JSON.stringify({ __type: "DecryptionFailure", Message: canary, message: canary, Extra: { deep: canary } }),
  }),
  "an error that is called like the value": () => ({ status: 400, body: JSON.stringify({ __type: canary }) }),
  "an error without a type": () => ({ status: 400, body: JSON.stringify({ Message: canary }) }),
  "an error that is no JSON": () => ({ status: 500, body: canary }),
  "a batch whose errors quote the value": () => ({
    body: JSON.stringify({
      SecretValues: [],
      Errors: ["a", "b"].map((SecretId) => ({ SecretId, ErrorCode: canary, Message: canary })),
    }),
  }),
  "a value of no type": (body) => ({
    body: body.replaceAll(JSON.stringify(canary), JSON.stringify({ [canary]: canary })),
  }),
  "bytes that are no base64": (body) => ({ body: body.replaceAll('"SecretString"', '"SecretBinary"') }),
  "an answer about another secret": (body) => ({
    body: body.includes(canary)
      ? body.replaceAll('"Name":"', `"Name":"${canary}`).replaceAll("secret:", `secret:${canary}`)
      : body,
  }),
};

function answerWith(server: AwsServer, rewrite: Rewrite): void {
  server.fault({
    kind: "rewrite",
    rewrite: (answer) => ({ ...answer, ...rewrite(String(answer.body)) }),
  });
}

/** All that a logger might show of a thing, its causes included. */
function shown(thing: unknown): string {
  const own =
    thing instanceof Error
      ? [thing.message, thing.stack, JSON.stringify(thing, Object.getOwnPropertyNames(thing))]
      : [];
  const cause = thing instanceof Error && thing.cause !== undefined ? shown(thing.cause) : "";
  return [
    ...own,
    cause,
    String(thing),
    JSON.stringify(thing),
    inspect(thing, { depth: null, showHidden: true, getters: true }),
  ].join("\n");
}

function expectSilent(thing: unknown): void {
  const text = shown(thing);
  expect(marks.filter((mark) => text.includes(mark))).toEqual([]);
}

/** Every way to meet the server, each for its failure; what does not fail shows what it gives. */
async function outcomes(server: AwsServer): Promise<unknown[]> {
  const secrets = secretsOf(server, {}, { timeoutMs: 150 });
  const live = await secrets.live("a", { optional: true }).catch((error: unknown) => error);
  const { versionId = "" } = { versionId: server.versionOf("a") };
  const calls = [
    () => secrets.get("a"),
    () => secrets.get("a@pending"),
    () => secrets.get({ name: "a", version: versionId }),
    () => secrets.getAll({ a: "a", b: "b" }),
    async () => [...(await secrets.getMany(["a", "b", "c"])).values()],
    () => secrets.put("a", canary),
    () => secrets.put("new", Buffer.from(canary)),
    () => secrets.promote("a", versionId),
    () => secrets.list()[Symbol.asyncIterator]().next(),
    () => secrets.check(["a", "b"]),
    () => secrets.refresh("a"),
  ];
  const results = [live];
  for (const call of calls) results.push(await call().catch((error: unknown) => error));
  return results;
}

function seeded(server: AwsServer): AwsServer {
  for (const name of ["a", "b", "c"]) server.seed(name, canary);
  return server;
}

describe("no error shows a value or an answer", () => {
  it.each(Object.entries(answers))("%s", async (_, rewrite) => {
    const server = seeded(await awsServer());
    answerWith(server, rewrite);
    for (const outcome of await outcomes(server)) expectSilent(outcome);
  });

  it.each(["truncate", "drip", "garbage", "reset", "hang", "proxy"] as const)("%s", async (kind) => {
    const server = seeded(await awsServer());
    server.fault({ kind });
    for (const outcome of await outcomes(server)) expectSilent(outcome);
  });

  it("nor the credentials that the SDK signs with", async () => {
    const server = seeded(await awsServer());
    const credentials = { accessKeyId: "AKIA7F3A91", secretAccessKey: canary, sessionToken: canary };
    const clientOptions = { ...server.clientOptions, credentials };
    const secrets = secretsOf(server, { clientOptions });
    expectSilent(await secrets.get("a").catch((error: unknown) => error));
    const failing = () =>
      Promise.reject(Object.assign(new Error(canary), { name: "CredentialsProviderError", token: canary }));
    expectSilent(
      await secretsOf(server, { clientOptions: { ...clientOptions, credentials: failing } })
        .get("a")
        .catch((error: unknown) => error),
    );
  });

  it("nor what the SDK logs: a logger of its own is the user's choice, and there is none by default", async () => {
    const server = seeded(await awsServer());
    const written: unknown[] = [];
    const streams = [process.stdout, process.stderr];
    const writes = streams.map((stream) => stream.write);
    for (const stream of streams) stream.write = ((chunk: unknown) => written.push(chunk) > 0) as typeof stream.write;
    try {
      for (const rewrite of Object.values(answers)) {
        answerWith(server, rewrite);
        await outcomes(server);
        server.clearFaults();
      }
    } finally {
      streams.forEach((stream, index) => {
        stream.write = writes[index] as typeof stream.write;
      });
    }
    expectSilent(written.map(String));
  });
});

it("the provider itself shows no value, also while it works and after it did", async () => {
  const server = seeded(await awsServer());
  const provider = awsSecretsManager({ clientOptions: server.clientOptions });
  onTestFinished(() => provider.close?.());
  const context = { signal: new AbortController().signal };
  const refs = ["a", "b"].map((name) => ({ name, stage: "current" }) as const);
  await provider.getMany?.(refs, context);
  await provider.put?.({ name: "a", stage: "current" }, canary, context);
  expectSilent(provider);
  expect(JSON.stringify(provider)).not.toContain("credentials");
});
