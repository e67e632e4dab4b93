import { describe, expect, it } from "vitest";
import { ONE, refusal, useAws } from "./use-aws.js";

const bed = useAws();
const SECRETS = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:";
const USER = "User: arn:aws:iam::123456789012:user/test";

// As a README would print it.
const POLICY = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
      "Resource": "${SECRETS}app/*"
    },
    { "Effect": "Allow", "Action": "secretsmanager:BatchGetSecretValue", "Resource": "*" }
  ]
}`;

describe("IAM", () => {
  it("a policy allows what it names, for names and ARNs alike, and nothing else", async () => {
    const { aws, client } = bed;
    const { arn } = aws.seed("app/db", ONE);
    aws.seed("other", ONE);
    aws.iam.apply(POLICY);
    for (const SecretId of ["app/db", arn, arn.slice(0, -7)]) {
      expect(await client.getSecretValue({ SecretId })).toMatchObject({ SecretString: ONE });
    }
    expect(await refusal(client.getSecretValue({ SecretId: "other" }))).toEqual({
      name: "AccessDeniedException",
      status: 400,
      message: `${USER} is not authorized to perform: secretsmanager:GetSecretValue on resource: other because no identity-based policy allows the secretsmanager:GetSecretValue action`,
    });
    for (const call of [
      client.putSecretValue({ SecretId: "app/db", SecretString: ONE }),
      client.updateSecretVersionStage({ SecretId: "app/db", VersionStage: "a" }),
      client.createSecret({ Name: "app/new", SecretString: ONE }),
      client.updateSecret({ SecretId: "app/db" }),
      client.deleteSecret({ SecretId: "app/db" }),
      client.restoreSecret({ SecretId: "app/db" }),
      client.listSecretVersionIds({ SecretId: "app/db" }),
      client.describeSecret({ SecretId: "other" }),
      client.listSecrets(),
    ]) {
      expect(await refusal(call)).toMatchObject({ name: "AccessDeniedException", status: 400 });
    }
  });

  it("judges a secret by its ARN, which the name alone does not match", async () => {
    const { aws, client } = bed;
    aws.seed("app/db", ONE);
    const statement = { Effect: "Allow", Action: "secretsmanager:GetSecretValue" } as const;
    aws.iam.apply({ Statement: { ...statement, Resource: `${SECRETS}app/db` } });
    expect(await refusal(client.getSecretValue({ SecretId: "app/db" }))).toMatchObject({
      name: "AccessDeniedException",
    });
    aws.iam.apply({ Statement: { ...statement, Resource: `${SECRETS}app/db-??????` } });
    expect(await client.getSecretValue({ SecretId: "app/db" })).toMatchObject({ SecretString: ONE });
  });

  it("says that a secret is not there only to who may read it", async () => {
    const { aws, client } = bed;
    aws.iam.apply(POLICY);
    const get = (SecretId: string) => refusal(client.getSecretValue({ SecretId }));
    expect(await get("app/missing")).toMatchObject({ name: "ResourceNotFoundException" });
    expect(await get("missing")).toMatchObject({ name: "AccessDeniedException" });
  });

  it("a batch needs its own permission, on no resource", async () => {
    const { aws, client } = bed;
    aws.seed("app/db", ONE);
    const Action = ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"];
    aws.iam.apply({ Statement: { Effect: "Allow", Action, Resource: `${SECRETS}*` } });
    expect(await refusal(client.batchGetSecretValue({ SecretIdList: ["app/db"] }))).toEqual({
      name: "AccessDeniedException",
      status: 400,
      message: `${USER} is not authorized to perform: secretsmanager:BatchGetSecretValue because no identity-based policy allows the secretsmanager:BatchGetSecretValue action`,
    });
    expect(await client.getSecretValue({ SecretId: "app/db" })).toMatchObject({ SecretString: ONE });
  });

  it("a batch needs the permission for each secret, and for filters that of the list", async () => {
    const { aws, client } = bed;
    aws.seed("app/db", ONE);
    aws.seed("other", ONE);
    aws.iam.apply(POLICY);
    const { SecretValues, Errors } = await client.batchGetSecretValue({ SecretIdList: ["app/db", "other"] });
    expect(SecretValues?.map(({ Name }) => Name)).toEqual(["app/db"]);
    expect(Errors).toMatchObject([{ SecretId: "other", ErrorCode: "AccessDeniedException" }]);
    const filtered = client.batchGetSecretValue({ Filters: [{ Key: "name", Values: ["app/"] }] });
    expect((await refusal(filtered)).message).toContain("perform: secretsmanager:ListSecrets because");
  });

  it("denies an action, for one secret or for all, and allows everything again", async () => {
    const { aws, client } = bed;
    aws.seed("app/db", ONE);
    aws.seed("app/db2", ONE);
    const get = (SecretId: string) => client.getSecretValue({ SecretId });
    aws.iam.deny("GetSecretValue", "app/db");
    expect((await refusal(get("app/db"))).message).toMatch(/ with an explicit deny in an identity-based policy$/);
    expect(await get("app/db2")).toMatchObject({ SecretString: ONE });
    aws.iam.deny("Get*");
    expect(await refusal(get("app/db2"))).toMatchObject({ name: "AccessDeniedException" });
    aws.iam.deny("BatchGetSecretValue");
    expect(await refusal(client.batchGetSecretValue({ SecretIdList: ["app/db"] }))).toMatchObject({
      name: "AccessDeniedException",
    });
    aws.iam.allowAll();
    expect(await get("app/db")).toMatchObject({ SecretString: ONE });
  });

  it("a denial stays when a policy is applied", async () => {
    const { aws, client } = bed;
    aws.seed("app/db", ONE);
    aws.iam.deny("GetSecretValue", aws.arnOf("app/db"));
    aws.iam.apply(POLICY);
    expect(await refusal(client.getSecretValue({ SecretId: "app/db" }))).toMatchObject({
      name: "AccessDeniedException",
    });
  });
});
