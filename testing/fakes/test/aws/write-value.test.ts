import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ONE, refusal, TWO, useAws } from "./use-aws.js";

const bed = useAws();
const NAME = "app/db";
const tokenInUse = (token: string) => ({
  name: "ResourceExistsException",
  status: 400,
  message: `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${bed.aws.arnOf(NAME)}.`,
});
const current = async () => (await bed.client.getSecretValue({ SecretId: NAME })).SecretString;

describe("CreateSecret", () => {
  it("makes a secret whose ARN ends in six random characters, and one version that is current", async () => {
    const { client } = bed;
    const { ARN, Name, VersionId } = await client.createSecret({
      Name: NAME,
      SecretString: ONE,
      Description: "of app",
    });
    expect([ARN, Name]).toEqual([expect.stringMatching(/:secret:app\/db-[A-Za-z0-9]{6}$/), NAME]);
    expect(await client.describeSecret({ SecretId: NAME })).toMatchObject({
      ARN,
      Description: "of app",
      VersionIdsToStages: { [VersionId ?? ""]: ["AWSCURRENT"] },
    });
  });

  it("gives a secret that is made again under its name another ARN", async () => {
    const { client } = bed;
    const first = await client.createSecret({ Name: NAME, SecretString: ONE });
    await client.deleteSecret({ SecretId: NAME, ForceDeleteWithoutRecovery: true });
    const second = await client.createSecret({ Name: NAME, SecretString: ONE });
    expect(second.ARN).not.toBe(first.ARN);
  });

  it("makes a secret without a value, which has no version", async () => {
    const { VersionId } = await bed.client.createSecret({ Name: NAME });
    expect(VersionId).toBeUndefined();
    expect((await bed.client.describeSecret({ SecretId: NAME })).VersionIdsToStages).toBeUndefined();
  });

  it("refuses a name that is taken, or that is waiting to be deleted", async () => {
    const { client } = bed;
    await client.createSecret({ Name: NAME, SecretString: ONE });
    expect(await refusal(client.createSecret({ Name: NAME, SecretString: ONE }))).toEqual({
      name: "ResourceExistsException",
      status: 400,
      message: `The operation failed because the secret ${NAME} already exists.`,
    });
    await client.deleteSecret({ SecretId: NAME });
    expect(await refusal(client.createSecret({ Name: NAME, SecretString: ONE }))).toEqual({
      name: "InvalidRequestException",
      status: 400,
      message: "You can't create this secret because a secret with this name is already scheduled for deletion.",
    });
  });

  it("repeated with its token it changes nothing, and with another value it is refused", async () => {
    const { client } = bed;
    const token = randomUUID();
    const first = await client.createSecret({ Name: NAME, SecretString: ONE, ClientRequestToken: token });
    const again = await client.createSecret({ Name: NAME, SecretString: ONE, ClientRequestToken: token });
    expect([again.ARN, again.VersionId]).toEqual([first.ARN, token]);
    const other = client.createSecret({ Name: NAME, SecretString: TWO, ClientRequestToken: token });
    expect(await refusal(other)).toEqual(tokenInUse(token));
  });

  it.each(["two words", "a*b", "a".repeat(513)])("refuses a name that is none", async (name) => {
    const call = bed.client.createSecret({ Name: name, SecretString: ONE });
    expect(await refusal(call)).toMatchObject({ name: "ValidationException", status: 400 });
  });

  it("takes every character that a name may have, up to 512 of them", async () => {
    for (const name of ["Az09/_+=.@!-", "a".repeat(512)]) {
      await bed.client.createSecret({ Name: name, SecretString: ONE });
      expect(await bed.client.getSecretValue({ SecretId: name })).toMatchObject({ Name: name });
    }
  });
});

describe("PutSecretValue", () => {
  it("adds a version under its token, current unless it is asked to be something else", async () => {
    const { aws, client } = bed;
    aws.seed(NAME, ONE);
    const token = randomUUID();
    const { $metadata, ...answer } = await client.putSecretValue({
      SecretId: NAME,
      SecretString: TWO,
      ClientRequestToken: token,
    });
    expect(answer).toEqual({ ARN: aws.arnOf(NAME), Name: NAME, VersionId: token, VersionStages: ["AWSCURRENT"] });
    expect(await current()).toBe(TWO);
    await client.putSecretValue({ SecretId: NAME, SecretString: "next", VersionStages: ["AWSPENDING"] });
    expect(await current()).toBe(TWO);
  });

  it("repeated with its token and value it changes nothing, labels neither", async () => {
    const { aws, client } = bed;
    const token = randomUUID();
    const put = { SecretId: NAME, SecretString: TWO, ClientRequestToken: token };
    aws.seed(NAME, ONE);
    await client.putSecretValue({ ...put, VersionStages: ["AWSPENDING"] });
    const again = await client.putSecretValue(put);
    expect([again.VersionId, again.VersionStages]).toEqual([token, ["AWSPENDING"]]);
    expect(await current()).toBe(ONE);
  });

  it("repeated with bytes it changes nothing, and other bytes under its token are refused", async () => {
    const { aws, client } = bed;
    const { versionId: ClientRequestToken } = aws.seed(NAME, Uint8Array.of(0, 1));
    const put = (...bytes: number[]) =>
      client.putSecretValue({ SecretId: NAME, SecretBinary: Uint8Array.from(bytes), ClientRequestToken });
    expect((await put(0, 1)).VersionId).toBe(ClientRequestToken);
    expect(await refusal(put(0, 2))).toEqual(tokenInUse(ClientRequestToken));
  });

  it("refuses a token that another value has used, text or bytes", async () => {
    const { aws, client } = bed;
    const { versionId: token } = aws.seed(NAME, ONE);
    for (const value of [{ SecretString: TWO }, { SecretBinary: Buffer.from(ONE) }]) {
      const call = client.putSecretValue({ SecretId: NAME, ClientRequestToken: token, ...value });
      expect(await refusal(call)).toEqual(tokenInUse(token));
    }
  });

  it("gives a value to the version that a rotation has announced", async () => {
    const { aws, client } = bed;
    aws.seed(NAME, ONE);
    const { versionId } = aws.startRotation(NAME);
    const put = { SecretId: NAME, SecretString: TWO, ClientRequestToken: versionId, VersionStages: ["AWSPENDING"] };
    await client.putSecretValue(put);
    expect(await client.getSecretValue({ SecretId: NAME, VersionStage: "AWSPENDING" })).toMatchObject({
      SecretString: TWO,
      VersionId: versionId,
    });
    expect(await current()).toBe(ONE);
  });

  it("refuses a secret that is not there or is marked for deletion", async () => {
    const { aws, client } = bed;
    const put = () => client.putSecretValue({ SecretId: NAME, SecretString: ONE });
    expect(await refusal(put())).toMatchObject({ name: "ResourceNotFoundException", status: 400 });
    aws.seed(NAME, ONE);
    await client.deleteSecret({ SecretId: NAME });
    expect(await refusal(put())).toMatchObject({ name: "InvalidRequestException", status: 400 });
  });

  it("takes 1 to 65,536 bytes, of text as of bytes", async () => {
    const { aws, client } = bed;
    aws.seed(NAME, ONE);
    const put = (value: object) => client.putSecretValue({ SecretId: NAME, ...value });
    await put({ SecretString: "é".repeat(32_768) });
    await put({ SecretBinary: Buffer.alloc(65_536) });
    const tooLong = [{ SecretString: "é".repeat(32_768).concat("e") }, { SecretBinary: Buffer.alloc(65_537) }];
    for (const value of [...tooLong, { SecretString: "" }]) {
      const { name, message } = await refusal(put(value));
      expect(name).toBe("ValidationException");
      expect(message).toMatch(/^1 validation error detected: Value at 'secret(String|Binary)' failed to satisfy/);
    }
  });

  it("refuses no value, two values, and a token that is too short", async () => {
    const { aws, client } = bed;
    aws.seed(NAME, ONE);
    const put = (value: object) => client.putSecretValue({ SecretId: NAME, ...value });
    expect(await refusal(put({}))).toEqual({
      name: "InvalidRequestException",
      status: 400,
      message: "You must provide either SecretString or SecretBinary.",
    });
    const both = put({ SecretString: ONE, SecretBinary: Buffer.from(ONE) });
    expect(await refusal(both)).toMatchObject({ name: "InvalidParameterException" });
    const short = put({ SecretString: ONE, ClientRequestToken: "a".repeat(31) });
    expect(await refusal(short)).toMatchObject({ name: "InvalidParameterException" });
  });
});

describe("UpdateSecret", () => {
  it("changes the description alone, or adds a current version", async () => {
    const { aws, client } = bed;
    aws.seed(NAME, ONE, { description: "before" });
    expect((await client.updateSecret({ SecretId: NAME, Description: "after" })).VersionId).toBeUndefined();
    expect(await client.describeSecret({ SecretId: NAME })).toMatchObject({ Description: "after" });
    const { VersionId } = await client.updateSecret({ SecretId: NAME, SecretString: TWO });
    expect([aws.versionOf(NAME), await current()]).toEqual([VersionId, TWO]);
    expect(await client.describeSecret({ SecretId: NAME })).toMatchObject({ Description: "after" });
  });
});
