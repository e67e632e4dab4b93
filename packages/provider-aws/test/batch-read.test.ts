import { DeleteSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type AwsServer, awsFault } from "@qarion-testing/fakes/aws";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { awsSecretsManager } from "../src/index.js";
import { awsServer, namesOf, secretsOf, verdictsOf } from "./aws-setup.js";

const single = "GetSecretValue";
const batch = "BatchGetSecretValue";

function seedMany(server: AwsServer, count: number): string[] {
  const names = Array.from({ length: count }, (_, index) => `name/${index}`);
  for (const name of names) server.seed(name, `value of ${name}`);
  return names;
}

/** Every name with its own value. */
function ownValues(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `value of ${name}`]));
}

async function markForDeletion(server: AwsServer, SecretId: string): Promise<void> {
  const client = new SecretsManagerClient(server.clientOptions);
  onTestFinished(() => client.destroy());
  await client.send(new DeleteSecretCommand({ SecretId }));
}

describe("secrets that are asked for together", () => {
  it("100 come by 5 calls, each under its own name", async () => {
    const server = await awsServer();
    const names = seedMany(server, 100);
    expect(await verdictsOf(secretsOf(server), names)).toEqual(ownValues(names));
    expect(server.calls.count()).toBe(5);
    expect(server.calls.list(batch).map(({ secretIds }) => secretIds.length)).toEqual([20, 20, 20, 20, 20]);
  });

  it("21 come by two calls, of which the lone one is a single read", async () => {
    const server = await awsServer();
    const names = seedMany(server, 21);
    expect(await verdictsOf(secretsOf(server), names)).toEqual(ownValues(names));
    expect([server.calls.count(batch), server.calls.count(single)]).toEqual([1, 1]);
  });

  it("reads that are started in one moment are gathered too", async () => {
    const server = await awsServer();
    const [a = "", b = ""] = seedMany(server, 2);
    const secrets = secretsOf(server);
    const got = await secrets.getAll({ a, b });
    expect([got.a.reveal(), got.b.reveal()]).toEqual([`value of ${a}`, `value of ${b}`]);
    expect(server.calls.count()).toBe(1);
  });

  it("stages and versions, which a batch cannot ask for, come one by one beside it", async () => {
    const server = await awsServer();
    const { versionId } = server.seed("a", "first");
    server.seed("a", "second");
    server.seed("a", "third", { stages: ["AWSPENDING"] });
    server.seed("b", "other");
    const version = `a@v=${versionId}`;
    expect(await verdictsOf(secretsOf(server), ["a", "a@previous", "a@pending", version, "b"])).toEqual({
      a: "second",
      "a@previous": "first",
      "a@pending": "third",
      [version]: "first",
      b: "other",
    });
    expect([server.calls.count(batch), server.calls.count(single)]).toEqual([1, 3]);
  });

  it("each that fails has its own code, and the others their values", async () => {
    const server = await awsServer();
    for (const name of ["fine", "denied", "undecryptable", "throttled", "deleted", "broken"]) {
      server.seed(name, `value of ${name}`);
    }
    server.seedEmpty("empty");
    server.seed("rotating", "value of rotating");
    server.startRotation("rotating");
    server.iam.deny(single, "denied");
    server.makeUnreadable("undecryptable", "DecryptionFailure");
    server.makeUnreadable("throttled", "ThrottlingException");
    server.makeUnreadable("broken", "InternalServiceError");
    await markForDeletion(server, "deleted");
    server.calls.clear();
    const names = ["missing", "denied", "fine", "undecryptable", "deleted", "throttled", "empty", "broken", "rotating"];
    expect(await verdictsOf(secretsOf(server), [...names, "rotating@pending", "not a name!"])).toEqual({
      missing: "ERR_SECRETS_NOT_FOUND",
      denied: "ERR_SECRETS_ACCESS_DENIED",
      fine: "value of fine",
      undecryptable: "ERR_SECRETS_ACCESS_DENIED",
      deleted: "ERR_SECRETS_VERSION_DISABLED",
      throttled: "ERR_SECRETS_THROTTLED",
      empty: "ERR_SECRETS_NOT_FOUND",
      broken: "ERR_SECRETS_UNAVAILABLE",
      rotating: "value of rotating",
      "rotating@pending": "ERR_SECRETS_NOT_FOUND",
      "not a name!": "ERR_SECRETS_INVALID_REF",
    });
    // Only the pending version is asked for alone: what a batch tells of a secret is not asked for again.
    expect([server.calls.count(batch), server.calls.count(single)]).toEqual([1, 1]);
  });

  it("one secret under its name, its ARN and its ARN without the six characters is three answers", async () => {
    const server = await awsServer();
    const { arn } = server.seed("twice", "one");
    server.seed("other", "two");
    const partial = arn.slice(0, -7);
    expect(await verdictsOf(secretsOf(server), ["twice", arn, partial, "other"])).toEqual({
      twice: "one",
      [arn]: "one",
      [partial]: "one",
      other: "two",
    });
    expect(server.calls.count()).toBe(2); // the name by itself: the ARN might be of another account
  });

  it("also where the service answers such names once only", async () => {
    const server = await awsServer();
    const { arn } = server.seed("twice", "one");
    server.fault(
      {
        kind: "rewrite",
        rewrite: (answer) => {
          const { SecretValues, ...rest } = JSON.parse(String(answer.body));
          return { ...answer, body: JSON.stringify({ ...rest, SecretValues: SecretValues.slice(0, 1) }) };
        },
      },
      { operation: batch },
    );
    expect(await verdictsOf(secretsOf(server), ["twice", arn])).toEqual({ twice: "one", [arn]: "one" });
    expect(server.calls.count()).toBe(2);
  });

  it("what an answer leaves out is read alone, and never taken for missing", async () => {
    const server = await awsServer();
    const names = seedMany(server, 3);
    server.fault(
      { kind: "rewrite", rewrite: (answer) => ({ ...answer, body: JSON.stringify({ SecretValues: [] }) }) },
      { operation: batch },
    );
    expect(await verdictsOf(secretsOf(server), names)).toEqual(ownValues(names));
    expect(server.calls.count(single)).toBe(3);
  });

  it("an answer over several pages is followed to its end", async () => {
    const server = await awsServer();
    const names = seedMany(server, 4);
    let page = 0;
    server.fault(
      {
        kind: "rewrite",
        rewrite: (answer) => {
          const { SecretValues } = JSON.parse(String(answer.body));
          const from = page++ * 2;
          const more = from + 2 < SecretValues.length ? { NextToken: `from ${from + 2}` } : {};
          return { ...answer, body: JSON.stringify({ SecretValues: SecretValues.slice(from, from + 2), ...more }) };
        },
      },
      { operation: batch },
    );
    expect(await verdictsOf(secretsOf(server), names)).toEqual(ownValues(names));
    expect([server.calls.count(batch), server.calls.count(single)]).toEqual([2, 0]);
  });
});

describe("a batch that is refused as a whole", () => {
  it.each([
    "ResourceNotFoundException",
    "InvalidRequestException",
    "InvalidParameterException",
    "DecryptionFailure",
  ] as const)("by %s, because of one of its secrets, costs the others nothing but a call each", async (name) => {
    const server = await awsServer();
    const names = seedMany(server, 5);
    server.fault(awsFault(name), { operation: batch });
    const secrets = secretsOf(server);
    expect(await verdictsOf(secrets, [...names, "missing"])).toEqual({
      ...ownValues(names),
      missing: "ERR_SECRETS_NOT_FOUND",
    });
    expect([server.calls.count(batch), server.calls.count(single)]).toEqual([1, 6]);
    // It says nothing of the next batch.
    await verdictsOf(secrets, names);
    expect(server.calls.count(batch)).toBe(2);
  });

  it.each(["ThrottlingException", "InternalServiceError", "ExpiredTokenException"] as const)(
    "by %s is not made worse by a read of each",
    async (name) => {
      const server = await awsServer();
      const names = seedMany(server, 40);
      server.fault(name);
      await verdictsOf(secretsOf(server), names);
      expect([server.calls.count(batch), server.calls.count(single)]).toEqual([2, 0]);
    },
  );

  it("one of two batches that fails leaves the other's secrets alone", async () => {
    const server = await awsServer();
    const names = seedMany(server, 40);
    server.fault("InternalServiceError", { operation: batch, times: 1 });
    const codes = Object.values(await verdictsOf(secretsOf(server), names));
    expect(codes.filter((code) => code === "ERR_SECRETS_UNAVAILABLE")).toHaveLength(20);
    expect(codes.filter((code) => code.startsWith("value of"))).toHaveLength(20);
  });
});

describe("an identity without the permission to read in batches", () => {
  it("reads one by one, and asks for batches again after 10 minutes", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const server = await awsServer();
    const names = seedMany(server, 30);
    server.iam.deny(batch);
    const secrets = secretsOf(server);
    expect(await verdictsOf(secrets, names)).toEqual(ownValues(names));
    expect([server.calls.count(batch), server.calls.count(single)]).toEqual([2, 30]);

    server.calls.clear();
    vi.setSystemTime(Date.now() + 9 * 60_000);
    expect(await verdictsOf(secrets, names)).toEqual(ownValues(names));
    expect([server.calls.count(batch), server.calls.count(single)]).toEqual([0, 30]);

    server.calls.clear();
    server.iam.allowAll();
    vi.setSystemTime(Date.now() + 2 * 60_000);
    expect(await verdictsOf(secrets, names)).toEqual(ownValues(names));
    expect([server.calls.count(batch), server.calls.count(single)]).toEqual([2, 0]);
  });

  it("is told of a denied secret as denied", async () => {
    const server = await awsServer();
    const names = seedMany(server, 3);
    server.iam.deny(batch);
    server.iam.deny(single, names[1]);
    const verdicts = await verdictsOf(secretsOf(server), names);
    expect(Object.values(verdicts)).toEqual([
      `value of ${names[0]}`,
      "ERR_SECRETS_ACCESS_DENIED",
      `value of ${names[2]}`,
    ]);
  });

  it("does as well at an endpoint that knows no batches", async () => {
    const server = await awsServer();
    const names = seedMany(server, 3);
    server.fault("UnknownOperationException", { operation: batch });
    const secrets = secretsOf(server);
    expect(await verdictsOf(secrets, names)).toEqual(ownValues(names));
    await verdictsOf(secrets, names);
    expect([server.calls.count(batch), server.calls.count(single)]).toEqual([1, 6]);
  });

  it("60 single reads at once print no warning", async () => {
    const warnings: Error[] = [];
    const heed = (warning: Error) => void warnings.push(warning);
    process.on("warning", heed);
    onTestFinished(() => void process.off("warning", heed));
    const server = await awsServer();
    const names = seedMany(server, 60);
    server.iam.deny(batch);
    await verdictsOf(secretsOf(server), names);
    await new Promise((resolve) => setImmediate(resolve)); // warnings are told in a later turn
    expect(warnings.filter(({ name }) => name === "MaxListenersExceededWarning")).toEqual([]);
  });

  it("asks for at most 20 of them at once", async () => {
    const server = await awsServer();
    const names = seedMany(server, 50);
    server.iam.deny(batch);
    const secrets = secretsOf(server);
    await verdictsOf(secrets, names.slice(0, 2));
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.calls.clear();
    const held = server.fault({ kind: "hold", until }, { operation: single });
    const asked = verdictsOf(secrets, names);
    await held.hit(20);
    await namesOf(secrets.list()); // whatever had been sent with the 20 arrived before this
    expect(server.calls.count(single)).toBe(20);
    release();
    expect(await asked).toEqual(ownValues(names));
  });
});

it("answers are keyed by the references passed in, twice the same name too", async () => {
  const server = await awsServer();
  server.seed("a", "one");
  const provider = awsSecretsManager({ clientOptions: server.clientOptions });
  onTestFinished(() => provider.close?.());
  const refs = [{ name: "a", stage: "current" } as const, { name: "a", stage: "current" } as const];
  const answers = await provider.getMany?.(refs, { signal: new AbortController().signal });
  expect(refs.map((ref) => answers?.get(ref))).toMatchObject([{ value: "one" }, { value: "one" }]);
  expect(server.calls.list(batch).map(({ secretIds }) => secretIds)).toEqual([["a"]]);
});
