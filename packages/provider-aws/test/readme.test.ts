import { readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { awsServer, namesOf, secretsOf } from "./aws-setup.js";
import { BuiltCopy } from "./built-copy.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const [app = "", changes = ""] = [...readme.matchAll(/```js\n([\s\S]+?)\n```/g)].map(([, code = ""]) => code);

async function withPackages(): Promise<BuiltCopy> {
  const copy = new BuiltCopy();
  onTestFinished(() => copy.remove());
  await copy.build();
  for (const name of ["@qarion/secrets-core", "@qarion/provider-aws"]) {
    copy.install(name, 'export * from "../../../secrets.mjs";');
  }
  return copy;
}

describe("the README's snippets run", { timeout: 60_000 }, () => {
  it("the first", async () => {
    const server = await awsServer();
    server.seed("prod/db/password", "hunter2");
    server.seed("prod/SECRET_KEY", "another");
    const copy = await withPackages();
    copy.linkSdk();
    copy.write("app.mjs", app);
    const { accessKeyId, secretAccessKey } = server.clientOptions.credentials;
    const env = {
      AWS_REGION: server.region,
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
    const printed = await copy.run(
      'const lines = []; console.log = (line) => lines.push(line); await import("./app.mjs"); print(lines);',
      { env },
    );
    expect(printed).toEqual(["[redacted db/password]"]);
    expect(server.calls.list().map(({ operation }) => operation)).toEqual(["BatchGetSecretValue"]);
  });

  it("the one that follows a queue", async () => {
    const copy = await withPackages();
    copy.install(
      "@aws-sdk/client-sqs",
      `export class ReceiveMessageCommand { constructor(input) { Object.assign(this, input); } }
       export class DeleteMessageCommand { constructor(input) { Object.assign(this, input); } }
       const detail = { eventSource: "secretsmanager.amazonaws.com", eventName: "PutSecretValue", requestParameters: { secretId: "db" } };
       const batches = [undefined, [{ Body: JSON.stringify({ detail }), ReceiptHandle: "1" }, { Body: "other", ReceiptHandle: "2" }]];
       export class SQSClient {
         async send(command) {
           if (command instanceof DeleteMessageCommand) return void (globalThis.deleted ??= []).push(command.ReceiptHandle);
           if (batches.length === 0) throw new Error("no more");
           return { Messages: batches.shift() };
         }
       }`,
    );
    copy.write("changes.mjs", changes);
    const told = await copy.run(
      `const { secretChanges } = await import("./changes.mjs");
       const names = [];
       try { for await (const { name } of secretChanges("https://queue.example")) names.push(name); } catch {}
       print({ names, deleted: globalThis.deleted });`,
    );
    expect(told).toEqual({ names: ["db"], deleted: ["1", "2"] });
  });
});

it("the table of calls counts them right", async () => {
  const server = await awsServer();
  const names = Array.from({ length: 40 }, (_, index) => `name/${index}`);
  for (const name of names) server.seed(name, "one");
  server.seed("app", "{}");
  const secrets = secretsOf(server);
  const callsOf = async (run: () => Promise<unknown>) => {
    server.calls.clear();
    await run();
    return server.calls.count();
  };
  expect(await callsOf(() => secrets.get("name/0"))).toBe(1);
  expect(await callsOf(() => secrets.getMany(names))).toBe(2);
  expect(await callsOf(() => secrets.put("name/0", "x"))).toBe(1);
  expect(await callsOf(() => secrets.put("new", "x"))).toBe(2);
  expect(await callsOf(() => secrets.put("later@pending", "x"))).toBe(3);
  expect(await callsOf(() => secretsOf(server, { bundle: "app" }).put("MEMBER", "x"))).toBe(4);
  const pending = await secrets.put("name/0@pending", "y");
  expect(await callsOf(() => secrets.promote("name/0", pending.version ?? ""))).toBe(3);
  const before = await secrets.get("name/0@previous");
  expect(await callsOf(() => secrets.promote("name/0", before.version ?? ""))).toBe(2);
  expect(await callsOf(() => namesOf(secrets.list()))).toBe(1);
});
