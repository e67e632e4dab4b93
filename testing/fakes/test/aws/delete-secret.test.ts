import { describe, expect, it } from "vitest";
import { ONE, refusal, TWO, useAws } from "./use-aws.js";

const START = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
const bed = useAws({ now: () => START });
const NAME = "app/db";

describe("DeleteSecret and RestoreSecret", () => {
  it.each([
    [undefined, 30],
    [7, 7],
  ])("marks a secret for deletion; with a window of %j days in %j days", async (days, expected) => {
    const { aws, client } = bed;
    aws.seed(NAME, ONE);
    const window = days === undefined ? {} : { RecoveryWindowInDays: days };
    const { DeletionDate } = await client.deleteSecret({ SecretId: NAME, ...window });
    expect(DeletionDate).toEqual(new Date(START + expected * DAY_MS));
    expect(await client.describeSecret({ SecretId: NAME })).toMatchObject({ DeletedDate: DeletionDate });
    expect(await refusal(client.deleteSecret({ SecretId: NAME }))).toMatchObject({ name: "InvalidRequestException" });
  });

  it("brings back what is marked, with every version", async () => {
    const { aws, client } = bed;
    aws.seed(NAME, ONE);
    aws.seed(NAME, TWO);
    await client.deleteSecret({ SecretId: NAME });
    await client.restoreSecret({ SecretId: NAME });
    const previous = await client.getSecretValue({ SecretId: NAME, VersionStage: "AWSPREVIOUS" });
    expect(previous.SecretString).toBe(ONE);
    expect((await client.describeSecret({ SecretId: NAME })).DeletedDate).toBeUndefined();
  });

  it("deletes for good without a window: what is there, what is marked, and what was never there", async () => {
    const { aws, client } = bed;
    aws.seed(NAME, ONE);
    aws.seed("marked", ONE);
    await client.deleteSecret({ SecretId: "marked" });
    for (const SecretId of [NAME, "marked", "never"]) {
      await client.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true });
      expect(await refusal(client.restoreSecret({ SecretId }))).toMatchObject({ name: "ResourceNotFoundException" });
    }
  });

  it("refuses a window outside 7 to 30 days, or one where there is to be none", async () => {
    const { aws, client } = bed;
    aws.seed(NAME, ONE);
    for (const options of [
      { RecoveryWindowInDays: 6 },
      { RecoveryWindowInDays: 31 },
      { RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true },
    ]) {
      const call = client.deleteSecret({ SecretId: NAME, ...options });
      expect(await refusal(call)).toMatchObject({ name: "InvalidParameterException", status: 400 });
    }
    expect((await client.describeSecret({ SecretId: NAME })).DeletedDate).toBeUndefined();
  });

  it("does not find what is not there", async () => {
    const call = bed.client.deleteSecret({ SecretId: NAME });
    expect(await refusal(call)).toMatchObject({ name: "ResourceNotFoundException", status: 400 });
  });
});
