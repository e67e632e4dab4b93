import { describe, expect, it } from "vitest";
import { ONE, refusal, THREE, TWO, useAws } from "./use-aws.js";

const bed = useAws();
const read = async (VersionStage: string) =>
  (await bed.client.getSecretValue({ SecretId: "app/db", VersionStage })).SecretString;

describe("seeding", () => {
  it("moves labels as the service does", async () => {
    bed.aws.seed("app/db", ONE);
    bed.aws.seed("app/db", TWO);
    bed.aws.seed("app/db", THREE, { stages: ["AWSPENDING"] });
    expect([await read("AWSPREVIOUS"), await read("AWSCURRENT"), await read("AWSPENDING")]).toEqual([ONE, TWO, THREE]);
  });

  it("gives a first version the labels that it is asked for and no other", async () => {
    bed.aws.seed("app/db", ONE, { stages: ["AWSPENDING"] });
    expect(await read("AWSPENDING")).toBe(ONE);
    expect(await refusal(read("AWSCURRENT"))).toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("can make a version without a label, and one with an id of its own", async () => {
    const versionId = "0".repeat(32);
    bed.aws.seed("app/db", ONE, { stages: [], versionId });
    const { SecretString, VersionStages } = await bed.client.getSecretValue({
      SecretId: "app/db",
      VersionId: versionId,
    });
    expect([SecretString, VersionStages]).toEqual([ONE, undefined]);
  });

  it("tells ids and ARNs", () => {
    const { arn, versionId } = bed.aws.seed("app/db", ONE);
    expect([bed.aws.arnOf("app/db"), bed.aws.versionOf("app/db")]).toEqual([arn, versionId]);
    expect(bed.aws.versionOf("app/db", "AWSPREVIOUS")).toBeUndefined();
    expect(() => bed.aws.arnOf("missing")).toThrow();
  });

  it("is not in the journal, and asks no permission", () => {
    bed.aws.iam.deny("*");
    bed.aws.seed("app/db", ONE);
    bed.aws.seedEmpty("empty");
    bed.aws.removeSecret("empty");
    expect(bed.aws.calls.count()).toBe(0);
  });
});
