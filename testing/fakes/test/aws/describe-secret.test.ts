import { paginateListSecrets } from "@aws-sdk/client-secrets-manager";
import { beforeEach, describe, expect, it } from "vitest";
import { ONE, refusal, TWO, useAws } from "./use-aws.js";

const NOON = Date.UTC(2026, 0, 1, 12);
const DAY_MS = 86_400_000;
let now = NOON;
const bed = useAws({ now: () => now });
const sparse = useAws({ sparsePages: true });
beforeEach(() => {
  now = NOON;
});

const byName = (...Values: string[]) => [{ Key: "name" as const, Values }];

describe("DescribeSecret", () => {
  it("tells when a secret was made, changed and read, and what it is about", async () => {
    const { aws, client } = bed;
    aws.seed("app/db", ONE, { description: "of app", tags: [{ Key: "team", Value: "a" }] });
    now += 1500;
    await client.putSecretValue({ SecretId: "app/db", SecretString: TWO });
    now += DAY_MS;
    await client.getSecretValue({ SecretId: "app/db" });
    const { $metadata, ...told } = await client.describeSecret({ SecretId: "app/db" });
    expect(told).toEqual({
      ARN: aws.arnOf("app/db"),
      Name: "app/db",
      Description: "of app",
      Tags: [{ Key: "team", Value: "a" }],
      CreatedDate: new Date(NOON),
      LastChangedDate: new Date(NOON + 1500),
      LastAccessedDate: new Date(Date.UTC(2026, 0, 2)),
      VersionIdsToStages: {
        [aws.versionOf("app/db") ?? ""]: ["AWSCURRENT"],
        [aws.versionOf("app/db", "AWSPREVIOUS") ?? ""]: ["AWSPREVIOUS"],
      },
    });
  });

  it("tells of a rotation under way, and when one has come to its end", async () => {
    const { aws, client } = bed;
    const { versionId: one } = aws.seed("app/db", ONE);
    const { versionId: two } = aws.startRotation("app/db", { afterDays: 10 });
    const under = await client.describeSecret({ SecretId: "app/db" });
    expect(under).toMatchObject({
      RotationEnabled: true,
      RotationRules: { AutomaticallyAfterDays: 10 },
      NextRotationDate: new Date(NOON + 10 * DAY_MS),
      VersionIdsToStages: { [one]: ["AWSCURRENT"], [two]: ["AWSPENDING"] },
    });
    expect(under.LastRotatedDate).toBeUndefined();
    await client.putSecretValue({
      SecretId: "app/db",
      SecretString: TWO,
      ClientRequestToken: two,
      VersionStages: ["AWSPENDING"],
    });
    now += 60_000;
    const move = { VersionStage: "AWSCURRENT", MoveToVersionId: two, RemoveFromVersionId: one };
    await client.updateSecretVersionStage({ SecretId: "app/db", ...move });
    expect(await client.describeSecret({ SecretId: "app/db" })).toMatchObject({ LastRotatedDate: new Date(now) });
  });

  it("does not find what is not there", async () => {
    const call = bed.client.describeSecret({ SecretId: "app/db" });
    expect(await refusal(call)).toMatchObject({ name: "ResourceNotFoundException", status: 400 });
  });
});

describe("ListSecrets", () => {
  it("pages through all, each once, without their values", async () => {
    const { aws, client } = bed;
    const names = Array.from({ length: 7 }, (_, index) => `s${index}`);
    for (const name of names) aws.seed(name, ONE);
    const pages = [];
    for await (const page of paginateListSecrets({ client, pageSize: 3 }, {})) pages.push(page);
    expect(pages.map(({ SecretList }) => SecretList?.length)).toEqual([3, 3, 1]);
    expect(pages.flatMap(({ SecretList }) => SecretList?.map(({ Name }) => Name))).toEqual(names);
    expect(JSON.stringify(pages)).not.toContain(ONE);
    const reversed = await client.listSecrets({ SortOrder: "desc" });
    expect(reversed.SecretList?.map(({ Name }) => Name)).toEqual(names.toReversed());
  });

  it.each([
    ["a prefix of the name", byName("app/"), ["app/a", "app/b"]],
    ["another case of the name", byName("APP/"), []],
    ["either of two prefixes", byName("app/a", "other"), ["app/a", "other"]],
    ["all but a prefix", byName("!app/"), ["other"]],
    ["the description in any case", [{ Key: "description" as const, Values: ["OF"] }], ["app/b"]],
    ["a tag's key", [{ Key: "tag-key" as const, Values: ["team"] }], ["app/a", "other"]],
    ["two filters", [...byName("app/"), { Key: "tag-value" as const, Values: ["blue"] }], ["app/a"]],
  ])("finds by %s", async (_, Filters, expected) => {
    const { aws, client } = bed;
    aws.seed("app/a", ONE, { tags: [{ Key: "team", Value: "blue" }] });
    aws.seed("app/b", ONE, { description: "of b" });
    aws.seed("other", ONE, { tags: [{ Key: "team", Value: "blue" }] });
    const { SecretList } = await client.listSecrets({ Filters });
    expect(SecretList?.map(({ Name }) => Name)).toEqual(expected);
  });

  it("leaves out what is marked for deletion, unless it is asked for", async () => {
    const { aws, client } = bed;
    aws.seed("a", ONE);
    aws.seed("b", ONE);
    await client.deleteSecret({ SecretId: "a" });
    expect((await client.listSecrets()).SecretList?.map(({ Name }) => Name)).toEqual(["b"]);
    const all = await client.listSecrets({ IncludePlannedDeletion: true });
    expect(all.SecretList?.map(({ Name, DeletedDate }) => [Name, DeletedDate !== undefined])).toEqual([
      ["a", true],
      ["b", false],
    ]);
  });

  it("with sparse pages: a page may be empty and not the last", async () => {
    const { aws, client } = sparse;
    for (const name of ["x1", "x2", "app/a", "x3", "x4", "app/b"]) aws.seed(name, ONE);
    const pages = [];
    for await (const page of paginateListSecrets({ client, pageSize: 2 }, { Filters: byName("app/") })) {
      pages.push(page.SecretList?.map(({ Name }) => Name));
    }
    expect(pages).toEqual([[], ["app/a"], ["app/b"]]);
  });

  it("refuses a token that it has not given, and page sizes outside 1 to 100", async () => {
    const { client } = bed;
    expect(await refusal(client.listSecrets({ NextToken: "made up" }))).toMatchObject({
      name: "InvalidNextTokenException",
      status: 400,
    });
    for (const MaxResults of [0, 101]) {
      expect(await refusal(client.listSecrets({ MaxResults }))).toMatchObject({ name: "ValidationException" });
    }
  });

  it("refuses a key that is none, and says of one that it does not know that it does not", async () => {
    const list = (Key: string) => bed.client.listSecrets({ Filters: [{ Key: Key as "name", Values: ["a"] }] });
    expect(await refusal(list("size"))).toMatchObject({ name: "ValidationException", status: 400 });
    expect(await refusal(list("all"))).toMatchObject({ name: "UnknownOperationException", status: 400 });
  });
});
