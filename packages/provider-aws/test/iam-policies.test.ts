import { readFileSync } from "node:fs";
import type { AwsServer, PolicyDocument, PolicyStatement } from "@qarion-testing/fakes/aws";
import { describe, expect, it } from "vitest";
import { awsServer, codeOf, namesOf, secretsOf, verdictsOf } from "./aws-setup.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const policies = [...readme.matchAll(/```json\n([\s\S]+?)\n```/g)]
  .map(([, json = ""]) => JSON.parse(json) as PolicyDocument)
  .filter(({ Statement }) => Statement !== undefined);
const [reading, writing] = policies as [PolicyDocument, PolicyDocument];
const statements = (document: PolicyDocument) => document.Statement as readonly PolicyStatement[];
const denied = "ERR_SECRETS_ACCESS_DENIED";

/** The account and region of the README are those of the server. */
async function governed(...documents: PolicyDocument[]): Promise<AwsServer> {
  const server = await awsServer({ region: "eu-central-1", accountId: "123456789012" });
  for (const name of ["prod/a", "prod/b", "test/a"]) server.seed(name, `value of ${name}`);
  server.seed("prod/app", JSON.stringify({ MEMBER: "one" }));
  server.iam.apply(...documents);
  return server;
}

/** All that the README says can be done, each with the code it fails with, and how many calls a batch of two takes. */
async function possibleAt(server: AwsServer): Promise<Record<string, string | number>> {
  const secrets = secretsOf(server, { prefix: "prod/" });
  const bundle = secretsOf(server, { bundle: "prod/app" });
  const { versionId } = server.seed("prod/a", "next", { stages: ["AWSPENDING"] });
  const read = await codeOf(secrets.get("a"));
  const previous = await codeOf(secrets.get("a@pending"));
  server.calls.clear();
  const verdicts = await verdictsOf(secrets, ["a", "b"]);
  const callsOfABatch = server.calls.count("GetSecretValue");
  return {
    read,
    previous,
    batch: Object.values(verdicts).every((verdict) => !verdict.startsWith("ERR_")) ? "fine" : denied,
    callsOfABatch,
    list: await codeOf(namesOf(secrets.list())),
    put: await codeOf(secrets.put("b", "x")),
    create: await codeOf(secrets.put("new", "x")),
    promote: await codeOf(secrets.promote("a", versionId)),
    member: await codeOf(bundle.put("MEMBER", "two")),
  };
}

const allFine = {
  read: "fine",
  previous: "fine",
  batch: "fine",
  callsOfABatch: 0,
  list: "fine",
  put: "fine",
  create: "fine",
  promote: "fine",
  member: "fine",
};

it("there are two policies, and no two statements share their name", () => {
  expect(policies).toHaveLength(2);
  expect(policies.flatMap(statements).map(({ Sid }) => Sid)).toEqual([
    "ReadSecrets",
    "ReadInBatches",
    "ListNames",
    "WriteSecrets",
  ]);
});

describe("the README's policies", () => {
  it("together allow everything", async () => {
    expect(await possibleAt(await governed(reading, writing))).toEqual(allFine);
  });

  it("the first allows reading and nothing more", async () => {
    expect(await possibleAt(await governed(reading))).toEqual({
      ...allFine,
      list: denied,
      put: denied,
      create: denied,
      promote: denied,
      member: denied,
    });
  });

  it("allow nothing of other secrets, in a batch either", async () => {
    const server = await governed(reading, writing);
    const secrets = secretsOf(server);
    expect(await codeOf(secrets.get("test/a"))).toBe(denied);
    expect(await codeOf(secrets.put("test/a", "x"))).toBe(denied);
    expect(await codeOf(secrets.get("test/none"))).toBe(denied);
    expect(await verdictsOf(secrets, ["prod/a", "test/a"])).toEqual({ "prod/a": "value of prod/a", "test/a": denied });
  });

  it("a single secret is named by six question marks, since a star would let others in", async () => {
    expect(readme).toContain("prod/db-??????");
    const start = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:";
    const only = (pattern: string): PolicyDocument => ({
      Statement: { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: `${start}${pattern}` },
    });
    const server = await governed(only("prod/db-??????"));
    server.seed("prod/db", "one");
    server.seed("prod/db-admin", "two");
    const secrets = secretsOf(server);
    const both = async () => Object.values(await verdictsOf(secrets, ["prod/db", "prod/db-admin"]));
    expect(await both()).toEqual(["one", denied]);
    server.iam.apply(only("prod/db-*"));
    expect(await both()).toEqual(["one", "two"]);
  });
});

/** What no longer works without one action. A batch then takes single reads, which is what its permission saves. */
const broken: Record<string, Partial<typeof allFine>> = {
  GetSecretValue: { read: denied, previous: denied, batch: denied, member: denied },
  BatchGetSecretValue: { callsOfABatch: 2 },
  ListSecrets: { list: denied },
  PutSecretValue: { put: denied, create: denied, member: denied },
  CreateSecret: { create: denied },
  DescribeSecret: { promote: denied },
  UpdateSecretVersionStage: { promote: denied, member: denied },
};

describe("no action of the policies is superfluous", () => {
  const actions = policies.flatMap(statements).flatMap(({ Action }) => Action);

  it("each is among those shown here", () => {
    expect(actions.map((action) => action.replace("secretsmanager:", "")).sort()).toEqual(Object.keys(broken).sort());
  });

  it.each(Object.entries(broken))("without %s", async (operation, effect) => {
    const without = policies.map((document) => ({
      ...document,
      Statement: statements(document)
        .map((statement) => ({
          ...statement,
          Action: [statement.Action].flat().filter((action) => action !== `secretsmanager:${operation}`),
        }))
        .filter(({ Action }) => Action.length > 0),
    }));
    const server = await governed(...without.filter(({ Statement }) => Statement.length > 0));
    expect(await possibleAt(server)).toEqual({ ...allFine, ...effect });
  });

  it.each(policies.flatMap(statements).map(({ Sid }) => Sid))(
    "without the statement %s something is missing",
    async (sid) => {
      const without = policies.map((document) => ({
        ...document,
        Statement: statements(document).filter(({ Sid }) => Sid !== sid),
      }));
      const server = await governed(...without.filter(({ Statement }) => Statement.length > 0));
      expect(await possibleAt(server)).not.toEqual(allFine);
    },
  );
});
