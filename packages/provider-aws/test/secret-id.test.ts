import { SecretsError } from "@qarion/secrets-core";
import { describe, expect, it } from "vitest";
import { checkSecretId, isAbout, regionOf } from "../src/secret-id.js";
import { awsServer, codeOf, secretsOf, verdictsOf } from "./aws-setup.js";
import { fc, test } from "./property.js";

const characters = [..."ABCXYZabcxyz0189/_+=.@!-"];
const name = fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 60 });
const suffix = fc.string({ unit: fc.constantFrom(..."ABCxyz019"), minLength: 6, maxLength: 6 });
const region = fc.constantFrom("eu-central-1", "us-gov-west-1", "cn-north-1");
const partition = fc.constantFrom("aws", "aws-us-gov", "aws-cn");
const arnStart = fc.tuple(partition, region).map(([p, r]) => `arn:${p}:secretsmanager:${r}:123456789012:secret:`);

test("every name of the service is taken, and is of no region", [name], (id) => {
  expect(() => checkSecretId(id)).not.toThrow();
  expect(regionOf(id)).toBeUndefined();
});

test("an ARN is taken, of its own region, whatever its name", [arnStart, name, suffix], (start, id, end) => {
  for (const arn of [`${start}${id}`, `${start}${id}-${end}`]) {
    expect(() => checkSecretId(arn)).not.toThrow();
    expect(regionOf(arn)).toBe(start.split(":")[3]);
  }
});

test(
  "an answer is about the secret that it names, however that was asked for",
  [arnStart, name, suffix],
  (start, id, end) => {
    const answer = { ARN: `${start}${id}-${end}`, Name: id };
    for (const asked of [id, `${start}${id}`, `${start}${id}-${end}`]) expect(isAbout(answer, asked)).toBe(true);
  },
);

test("and about no other one", [arnStart, name, name, suffix], (start, id, other, end) => {
  fc.pre(id !== other && `${id}-${end}` !== other);
  const answer = { ARN: `${start}${id}-${end}`, Name: id };
  expect(isAbout(answer, other)).toBe(false);
  expect(isAbout(answer, `${start}${other}`)).toBe(false);
});

test("whatever else is refused as a reference, and nothing else is thrown", [fc.string()], (text) => {
  try {
    checkSecretId(text);
    expect(text).toMatch(/^[\w/+=.@!-]+$/);
  } catch (error) {
    expect(SecretsError.is(error) && error.code).toBe("ERR_SECRETS_INVALID_REF");
  }
});

it.each([
  ["an ARN of another service", "arn:aws:ssm:eu-central-1:123456789012:parameter/a"],
  ["an ARN of no account", "arn:aws:secretsmanager:eu-central-1::secret:a"],
  ["an ARN without a region", "arn:aws:secretsmanager::123456789012:secret:a"],
  ["an ARN without a name", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:"],
  ["a colon", "a:b"],
  ["513 characters", "a".repeat(513)],
])("%s is no id of a secret, and is not asked for", async (_, id) => {
  const server = await awsServer();
  server.seed("fine", "one");
  const secrets = secretsOf(server);
  expect(await codeOf(secrets.get(id))).toBe("ERR_SECRETS_INVALID_REF");
  expect(await codeOf(secrets.put(id, "x"))).toBe("ERR_SECRETS_INVALID_REF");
  expect(await codeOf(secrets.promote(id, "v".repeat(32)))).toBe("ERR_SECRETS_INVALID_REF");
  expect(server.calls.count()).toBe(0);
  expect(await verdictsOf(secrets, [id, "fine"])).toEqual({ [id]: "ERR_SECRETS_INVALID_REF", fine: "one" });
});

describe("a name that ends in a hyphen and six characters", () => {
  it("is found by its name and its whole ARN; its ARN without the end is not found, and no other secret either", async () => {
    const server = await awsServer();
    const { arn } = server.seed("db-abcdef", "mine");
    server.seed("db", "another's");
    const partial = arn.slice(0, -7);
    const secrets = secretsOf(server);
    expect((await secrets.get("db-abcdef")).reveal()).toBe("mine");
    expect((await secrets.get(arn)).reveal()).toBe("mine");
    expect(await codeOf(secrets.get(partial))).toBe("ERR_SECRETS_NOT_FOUND");
    expect(await verdictsOf(secrets, ["db-abcdef", arn, partial, "db"])).toEqual({
      "db-abcdef": "mine",
      [arn]: "mine",
      [partial]: "ERR_SECRETS_NOT_FOUND",
      db: "another's",
    });
  });

  it("an answer about another secret than the one asked for is refused, in a batch too", async () => {
    const server = await awsServer();
    const { arn } = server.seed("db", "mine");
    server.seed("other", "two");
    const another = arn.replace("secret:db-", "secret:db-abcdef-");
    server.fault({
      kind: "rewrite",
      rewrite: (answer) => ({
        ...answer,
        body: String(answer.body).replaceAll(arn, another).replaceAll('"Name":"db"', '"Name":"db-abcdef"'),
      }),
    });
    const partial = arn.slice(0, -7);
    const secrets = secretsOf(server);
    expect(await codeOf(secrets.get(partial))).toBe("ERR_SECRETS_INVALID_REF");
    expect(await verdictsOf(secrets, [partial, "other"])).toEqual({
      [partial]: "ERR_SECRETS_INVALID_REF",
      other: "two",
    });
  });
});
