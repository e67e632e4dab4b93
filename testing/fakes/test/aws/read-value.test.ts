import { describe, expect, it } from "vitest";
import { ONE, refusal, THREE, TWO, useAws } from "./use-aws.js";

const bed = useAws();
const notFound = {
  name: "ResourceNotFoundException",
  status: 400,
  message: "Secrets Manager can't find the specified secret.",
};
const noValue = (what: string) => ({
  name: "ResourceNotFoundException",
  status: 400,
  message: `Secrets Manager can't find the specified secret value for ${what}`,
});

describe("GetSecretValue", () => {
  it("gives the current version by name, by complete ARN and by an ARN without its six characters", async () => {
    const { aws, client } = bed;
    const { arn, versionId } = aws.seed("app/db", ONE);
    for (const SecretId of ["app/db", arn, arn.slice(0, -7)]) {
      const { $metadata, ...answer } = await client.getSecretValue({ SecretId });
      expect(answer).toEqual({
        ARN: arn,
        Name: "app/db",
        VersionId: versionId,
        VersionStages: ["AWSCURRENT"],
        SecretString: ONE,
        CreatedDate: expect.any(Date),
      });
      expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it("takes an ARN that ends in a hyphen and six characters for a complete one", async () => {
    const { aws, client } = bed;
    const { arn } = aws.seed("xyz-secret", ONE);
    expect(await refusal(client.getSecretValue({ SecretId: arn.slice(0, -7) }))).toEqual(notFound);
    expect(await client.getSecretValue({ SecretId: "xyz-secret" })).toMatchObject({ SecretString: ONE });
    expect(await client.getSecretValue({ SecretId: arn })).toMatchObject({ SecretString: ONE });
  });

  it("does not find the ARN of another region, of another account, of a secret that was there before, or a name with a suffix", async () => {
    const { aws, client } = bed;
    const before = aws.seed("app/db", ONE);
    aws.removeSecret("app/db");
    const { arn } = aws.seed("app/db", TWO);
    const others = [arn.replace(aws.region, "us-east-1"), arn.replace(aws.accountId, "210987654321"), before.arn];
    const partial = others.slice(0, 2).map((other) => other.slice(0, -7));
    for (const SecretId of [...others, ...partial, arn.slice(arn.indexOf("app/db")), "app", "app/db2"]) {
      expect(await refusal(client.getSecretValue({ SecretId }))).toEqual(notFound);
    }
  });

  it("gives bytes as bytes, and text of any script unchanged", async () => {
    const { aws, client } = bed;
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    aws.seed("binary", bytes);
    aws.seed("text", "zażółć 漢字 🔑\0\n");
    const binary = await client.getSecretValue({ SecretId: "binary" });
    expect([Buffer.from(binary.SecretBinary ?? []), binary.SecretString]).toEqual([Buffer.from(bytes), undefined]);
    expect(await client.getSecretValue({ SecretId: "text" })).toMatchObject({ SecretString: "zażółć 漢字 🔑\0\n" });
  });

  it("gives a version by its label or id, one without a label too", async () => {
    const { aws, client } = bed;
    const [one, two] = [aws.seed("app/db", ONE), aws.seed("app/db", TWO), aws.seed("app/db", THREE)];
    aws.seed("app/db", "next", { stages: ["AWSPENDING", "green"] });
    const read = async (wanted: object) => {
      const { SecretString, VersionStages } = await client.getSecretValue({ SecretId: "app/db", ...wanted });
      return [SecretString, VersionStages];
    };
    expect(await read({})).toEqual([THREE, ["AWSCURRENT"]]);
    expect(await read({ VersionStage: "AWSPREVIOUS" })).toEqual([TWO, ["AWSPREVIOUS"]]);
    expect(await read({ VersionStage: "green" })).toEqual(["next", ["AWSPENDING", "green"]]);
    expect(await read({ VersionId: two?.versionId, VersionStage: "AWSPREVIOUS" })).toEqual([TWO, ["AWSPREVIOUS"]]);
    expect(await read({ VersionId: one?.versionId })).toEqual([ONE, undefined]);
  });

  it("says which label or version it cannot find", async () => {
    const { aws, client } = bed;
    aws.seed("app/db", ONE);
    const VersionId = "00000000-0000-4000-8000-000000000000";
    const get = (wanted: object) => refusal(client.getSecretValue({ SecretId: "app/db", ...wanted }));
    expect(await get({ VersionStage: "AWSPREVIOUS" })).toEqual(noValue("staging label: AWSPREVIOUS"));
    expect(await get({ VersionId })).toEqual(noValue(`VersionId: ${VersionId}`));
    aws.seedEmpty("empty");
    const empty = client.getSecretValue({ SecretId: "empty" });
    expect(await refusal(empty)).toEqual(noValue("staging label: AWSCURRENT"));
  });

  it("refuses a label that is not on the version asked for", async () => {
    const { aws, client } = bed;
    const { versionId } = aws.seed("app/db", ONE);
    aws.seed("app/db", TWO);
    const call = client.getSecretValue({ SecretId: "app/db", VersionId: versionId, VersionStage: "AWSCURRENT" });
    expect(await refusal(call)).toEqual({
      name: "InvalidRequestException",
      status: 400,
      message: "You provided a VersionStage that is not associated to the provided VersionId.",
    });
  });

  it("answers for a version that a rotation has announced as for one that is not there", async () => {
    const { aws, client } = bed;
    aws.seed("app/db", ONE);
    const { versionId } = aws.startRotation("app/db");
    const get = (wanted: object) => refusal(client.getSecretValue({ SecretId: "app/db", ...wanted }));
    expect(await get({ VersionStage: "AWSPENDING" })).toEqual(noValue("staging label: AWSPENDING"));
    expect(await get({ VersionId: versionId })).toEqual(noValue(`VersionId: ${versionId}`));
    expect(await client.getSecretValue({ SecretId: "app/db" })).toMatchObject({ SecretString: ONE });
  });

  it("refuses a secret that is marked for deletion", async () => {
    const { aws, client } = bed;
    aws.seed("app/db", ONE);
    await client.deleteSecret({ SecretId: "app/db" });
    expect(await refusal(client.getSecretValue({ SecretId: "app/db" }))).toEqual({
      name: "InvalidRequestException",
      status: 400,
      message: "You can't perform this operation on the secret because it was marked for deletion.",
    });
  });

  it.each(["two words", "a*b", "café", "a:b"])("refuses %j, which is no name", async (SecretId) => {
    expect(await refusal(bed.client.getSecretValue({ SecretId }))).toEqual({
      name: "ValidationException",
      status: 400,
      message:
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    });
  });

  it.each(["AccessDeniedException", "DecryptionFailure", "InternalServiceError"] as const)(
    "can be made to answer %s for one secret",
    async (error) => {
      const { aws, client } = bed;
      aws.seed("good", ONE);
      aws.seed("bad", TWO);
      aws.makeUnreadable("bad", error);
      const status = error === "InternalServiceError" ? 500 : 400;
      expect(await refusal(client.getSecretValue({ SecretId: "bad" }))).toMatchObject({ name: error, status });
      expect(await client.getSecretValue({ SecretId: "good" })).toMatchObject({ SecretString: ONE });
      aws.makeUnreadable("bad", undefined);
      expect(await client.getSecretValue({ SecretId: "bad" })).toMatchObject({ SecretString: TWO });
    },
  );
});

describe("BatchGetSecretValue", () => {
  it("gives the current versions by names and ARNs, in no order, and an error for each that fails", async () => {
    const { aws, client } = bed;
    const a = aws.seed("a", ONE);
    const b = aws.seed("b", TWO);
    const denied = aws.seed("denied", THREE);
    aws.seed("broken", THREE);
    aws.seed("deleted", THREE);
    aws.iam.deny("GetSecretValue", "denied");
    aws.makeUnreadable("broken", "DecryptionFailure");
    await client.deleteSecret({ SecretId: "deleted" });
    const SecretIdList = ["a", b.arn, "missing", denied.arn, "broken", "deleted", "no name"];
    const { SecretValues, Errors, NextToken } = await client.batchGetSecretValue({ SecretIdList });
    expect(SecretValues?.map(({ Name, SecretString, VersionId }) => [Name, SecretString, VersionId])).toEqual([
      ["b", TWO, b.versionId],
      ["a", ONE, a.versionId],
    ]);
    expect(Errors?.map(({ SecretId, ErrorCode }) => [SecretId, ErrorCode])).toEqual([
      ["missing", "ResourceNotFoundException"],
      [denied.arn, "AccessDeniedException"],
      ["broken", "DecryptionFailure"],
      ["deleted", "InvalidRequestException"],
      ["no name", "ValidationException"],
    ]);
    expect(Errors?.[1]?.Message).toBe(
      `User: arn:aws:iam::123456789012:user/test is not authorized to perform: secretsmanager:GetSecretValue on resource: ${denied.arn} with an explicit deny in an identity-based policy`,
    );
    expect(NextToken).toBeUndefined();
  });

  it("takes 1 to 20 ids", async () => {
    const { aws, client } = bed;
    const ids = Array.from({ length: 21 }, (_, index) => `s${index}`);
    for (const id of ids) aws.seed(id, ONE);
    const { SecretValues } = await client.batchGetSecretValue({ SecretIdList: ids.slice(0, 20) });
    expect(SecretValues).toHaveLength(20);
    for (const SecretIdList of [ids, []]) {
      const call = client.batchGetSecretValue({ SecretIdList });
      expect(await refusal(call)).toMatchObject({ name: "ValidationException", status: 400 });
    }
  });

  it("takes ids or filters, and MaxResults with filters alone", async () => {
    const Filters = [{ Key: "name" as const, Values: ["a"] }];
    for (const input of [{}, { SecretIdList: ["a"], Filters }, { SecretIdList: ["a"], MaxResults: 5 }]) {
      const call = bed.client.batchGetSecretValue(input);
      expect(await refusal(call)).toMatchObject({ name: "InvalidParameterException", status: 400 });
    }
    expect(await refusal(bed.client.batchGetSecretValue({ Filters, MaxResults: 21 }))).toMatchObject({
      name: "ValidationException",
    });
  });

  it("pages through what a filter finds", async () => {
    const { aws, client } = bed;
    for (const name of ["app/a", "other", "app/b", "app/c", "app/deleted"]) aws.seed(name, ONE);
    await client.deleteSecret({ SecretId: "app/deleted" });
    const Filters = [{ Key: "name" as const, Values: ["app/"] }];
    const first = await client.batchGetSecretValue({ Filters, MaxResults: 2 });
    const second = await client.batchGetSecretValue({ Filters, MaxResults: 2, NextToken: first.NextToken });
    expect(first.SecretValues?.map(({ Name }) => Name)).toEqual(["app/b", "app/a"]);
    expect(second.SecretValues?.map(({ Name }) => Name)).toEqual(["app/c"]);
    expect(second.NextToken).toBeUndefined();
  });
});
