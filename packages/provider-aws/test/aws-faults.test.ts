import { createSecrets } from "@qarion/secrets-core";
import { awsFault } from "@qarion-testing/fakes/aws";
import { describe, expect, it, onTestFinished } from "vitest";
import { awsSecretsManager } from "../src/index.js";
import { awsServer, codeOf, secretsOf, until, verdictsOf } from "./aws-setup.js";

// The deadline of a call that is meant to miss it: long enough for an answer that comes at all.
const timeoutMs = 400;

const faults = {
  hang: [{ kind: "hang" }, "ERR_SECRETS_TIMEOUT"],
  drip: [{ kind: "drip" }, "ERR_SECRETS_TIMEOUT"],
  truncate: [{ kind: "truncate" }, "ERR_SECRETS_UNAVAILABLE"],
  reset: [{ kind: "reset" }, "ERR_SECRETS_UNAVAILABLE"],
  garbage: [{ kind: "garbage" }, "ERR_SECRETS_UNAVAILABLE"],
  "the HTML of a proxy's 502": [{ kind: "proxy", status: 502 }, "ERR_SECRETS_UNAVAILABLE"],
  "the HTML of a proxy's 503": [{ kind: "proxy", status: 503 }, "ERR_SECRETS_UNAVAILABLE"],
  "the HTML of a proxy's 504": [{ kind: "proxy", status: 504 }, "ERR_SECRETS_UNAVAILABLE"],
} as const;

describe.each(Object.entries(faults))("%s", (_, [fault, code]) => {
  it("has its code for every call, and leaves no socket open", async () => {
    const server = await awsServer();
    server.seed("a", "one");
    server.seed("b", "two");
    server.seed("c", "before");
    const secrets = secretsOf(server, {}, { timeoutMs });
    await secrets.get("a");
    server.fault(fault);

    expect(await codeOf(secrets.get("a"))).toBe(code);
    expect(await verdictsOf(secrets, ["a", "b"])).toEqual({ a: code, b: code });
    expect(await codeOf(secrets.put("c", "three"))).toBe(code);
    expect(await codeOf(secrets.promote("c", "v".repeat(32)))).toBe(code);
    expect(await codeOf(secrets.list()[Symbol.asyncIterator]().next())).toBe(code);

    server.clearFaults();
    expect((await secrets.get("a")).reveal()).toBe("one");
    await until(async () => (await server.connections()) <= 1);
  });
});

it.each(["hang", "drip"] as const)(
  "50 timeouts by a %s leave no socket and take none from later calls",
  async (kind) => {
    const server = await awsServer();
    server.seed("a", "one");
    const secrets = secretsOf(server, {}, { timeoutMs });
    const fault = server.fault({ kind });
    const codes = await Promise.all(
      Array.from({ length: 50 }, () => codeOf(secrets.get({ name: "a", version: crypto.randomUUID() }))),
    );
    expect(new Set(codes)).toEqual(new Set(["ERR_SECRETS_TIMEOUT"]));
    fault.remove();
    await until(async () => (await server.connections()) === 0);
    expect((await secrets.get("a")).reveal()).toBe("one");
  },
);

it("a single timeout is not retried behind the caller's back", async () => {
  const server = await awsServer();
  const secrets = secretsOf(server, { clientOptions: { maxAttempts: 5 } }, { timeoutMs });
  server.fault({ kind: "hang" });
  expect(await codeOf(secrets.get("a"))).toBe("ERR_SECRETS_TIMEOUT");
  await until(async () => (await server.connections()) === 0);
  expect(server.calls.count()).toBe(1);
});

describe("without a word about it in the options", () => {
  it("one more try follows a fault that passes", async () => {
    const server = await awsServer();
    server.seed("a", "one");
    const secrets = createSecrets({ provider: awsSecretsManager({ clientOptions: server.clientOptions }) });
    onTestFinished(() => secrets.close());
    server.fault(awsFault("ThrottlingException"), { times: 1 });
    expect((await secrets.get("a")).reveal()).toBe("one");
    expect(server.calls.count("GetSecretValue")).toBe(2);
  });

  it("and only one follows a fault that stays", async () => {
    const server = await awsServer();
    const secrets = createSecrets({ provider: awsSecretsManager({ clientOptions: server.clientOptions }) });
    onTestFinished(() => secrets.close());
    server.fault({ kind: "reset" });
    expect(await codeOf(secrets.get("a"))).toBe("ERR_SECRETS_UNAVAILABLE");
    expect(server.calls.count("GetSecretValue")).toBe(2);
  });
});
