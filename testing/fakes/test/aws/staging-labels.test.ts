import { describe, expect, it } from "vitest";
import { ONE, refusal, THREE, TWO, useAws } from "./use-aws.js";

const bed = useAws();
const NAME = "app/db";

async function put(value: string, ...VersionStages: string[]): Promise<string> {
  const labels = VersionStages.length === 0 ? {} : { VersionStages };
  const { VersionId } = await bed.client.putSecretValue({ SecretId: NAME, SecretString: value, ...labels });
  return VersionId ?? "";
}

async function create(value = ONE): Promise<string> {
  return (await bed.client.createSecret({ Name: NAME, SecretString: value })).VersionId ?? "";
}

const move = (label: string, moveTo?: string, removeFrom?: string) =>
  bed.client.updateSecretVersionStage({
    SecretId: NAME,
    VersionStage: label,
    ...(moveTo === undefined ? {} : { MoveToVersionId: moveTo }),
    ...(removeFrom === undefined ? {} : { RemoveFromVersionId: removeFrom }),
  });

const labels = async () => (await bed.client.describeSecret({ SecretId: NAME })).VersionIdsToStages;

// What the service itself answered is on record in github.com/localstack/localstack, tests/aws/services/secretsmanager
// (2022 to 2024). The tests that say "as recorded" ask for the same.
describe("staging labels", () => {
  it("AWSPREVIOUS follows AWSCURRENT, and what loses its last label is listed no more: as recorded", async () => {
    const one = await create();
    const two = await put(TWO);
    expect(await labels()).toEqual({ [one]: ["AWSPREVIOUS"], [two]: ["AWSCURRENT"] });
    const three = await put(THREE);
    expect(await labels()).toEqual({ [two]: ["AWSPREVIOUS"], [three]: ["AWSCURRENT"] });
    const listed = await bed.client.listSecretVersionIds({ SecretId: NAME, IncludeDeprecated: true });
    expect(listed.Versions?.map(({ VersionId, VersionStages }) => [VersionId, VersionStages])).toEqual([
      [one, undefined],
      [two, ["AWSPREVIOUS"]],
      [three, ["AWSCURRENT"]],
    ]);
    expect((await bed.client.listSecretVersionIds({ SecretId: NAME })).Versions).toHaveLength(2);
  });

  it("a rotation by AWSPENDING, twice: as recorded", async () => {
    const one = await create();
    const two = await put(TWO, "AWSPENDING");
    expect(await labels()).toEqual({ [one]: ["AWSCURRENT"], [two]: ["AWSPENDING"] });
    await move("AWSCURRENT", two, one);
    expect(await labels()).toEqual({ [one]: ["AWSPREVIOUS"], [two]: ["AWSCURRENT", "AWSPENDING"] });
    const three = await put(THREE, "AWSPENDING");
    expect(await labels()).toEqual({ [one]: ["AWSPREVIOUS"], [two]: ["AWSCURRENT"], [three]: ["AWSPENDING"] });
    await move("AWSCURRENT", three, two);
    expect(await labels()).toEqual({ [two]: ["AWSPREVIOUS"], [three]: ["AWSCURRENT", "AWSPENDING"] });
  });

  it("a new current version takes AWSPENDING off the one before it: as recorded", async () => {
    const one = await create();
    const two = await put(TWO, "AWSPENDING");
    await move("AWSCURRENT", two, one);
    const three = await put(THREE);
    expect(await labels()).toEqual({ [two]: ["AWSPREVIOUS"], [three]: ["AWSCURRENT"] });
  });

  it("a label of one's own stays where it is when AWSCURRENT moves, and labels are listed sorted: as recorded", async () => {
    await create();
    const two = await put(ONE, "PUT0", "AWSCURRENT");
    const three = await put(TWO, "PUT1", "AWSPENDING");
    await move("AWSCURRENT", three, two);
    const four = await put(THREE, "AWSPENDING", "PUT2");
    await move("AWSCURRENT", four, three);
    expect(await labels()).toEqual({
      [two]: ["PUT0"],
      [three]: ["AWSPREVIOUS", "PUT1"],
      [four]: ["AWSCURRENT", "AWSPENDING", "PUT2"],
    });
  });

  it("a new version takes its labels from the versions that have them: as recorded", async () => {
    const one = await create();
    const two = await put(TWO, "one", "two", "three");
    const three = await put(THREE, "one", "two", "four");
    expect(await labels()).toEqual({ [one]: ["AWSCURRENT"], [two]: ["three"], [three]: ["four", "one", "two"] });
  });

  it("the first version becomes current, whatever else it is: as recorded", async () => {
    await bed.client.createSecret({ Name: NAME });
    expect(await labels()).toBeUndefined();
    const one = await put(ONE, "AWSPENDING");
    expect(await labels()).toEqual({ [one]: ["AWSCURRENT", "AWSPENDING"] });
  });

  it("AWSCURRENT moves back, and AWSPREVIOUS forward", async () => {
    const one = await create();
    const two = await put(TWO);
    await move("AWSCURRENT", one, two);
    expect(await labels()).toEqual({ [one]: ["AWSCURRENT"], [two]: ["AWSPREVIOUS"] });
  });

  it("removes a label from a version", async () => {
    const one = await create();
    const two = await put(TWO, "AWSPENDING");
    await move("AWSPENDING", undefined, two);
    expect(await labels()).toEqual({ [one]: ["AWSCURRENT"] });
  });

  it("gives the label to a secret's only version, where none has it", async () => {
    const { aws } = bed;
    const { versionId } = aws.seed(NAME, ONE, { stages: ["AWSPENDING"] });
    await move("AWSCURRENT", versionId);
    expect(await labels()).toEqual({ [versionId]: ["AWSCURRENT", "AWSPENDING"] });
  });

  it("leaves a label where it is that is there already", async () => {
    const one = await create();
    await move("AWSCURRENT", one);
    await move("AWSCURRENT", one, one);
    expect(await labels()).toEqual({ [one]: ["AWSCURRENT"] });
  });

  it("of two moves from one version, the second fails: RemoveFromVersionId is a compare-and-swap", async () => {
    const one = await create();
    const [two, three] = [await put(TWO, "a"), await put(THREE, "b")];
    const both = await Promise.allSettled([move("AWSCURRENT", two, one), move("AWSCURRENT", three, one)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it.each(["AWSCURRENT", "mine"])(
    "does not take %s from a version that is not named or does not have it",
    async (label) => {
      const one = await create();
      const two = await put(TWO, label, "AWSCURRENT");
      const three = await put(THREE, "AWSPENDING");
      const before = await labels();
      expect(await refusal(move(label, three))).toEqual({
        name: "InvalidParameterException",
        status: 400,
        message: `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${two}, so you must explicitly reference that version in RemoveFromVersionId.`,
      });
      for (const call of [
        () => move(label, three, one),
        () => move(label, three, three),
        () => move(label, undefined, one),
      ]) {
        expect(await refusal(call())).toMatchObject({ name: "InvalidParameterException", status: 400 });
      }
      expect(await labels()).toEqual(before);
    },
  );

  it("does not remove AWSCURRENT altogether", async () => {
    const one = await create();
    expect(await refusal(move("AWSCURRENT", undefined, one))).toEqual({
      name: "InvalidParameterException",
      status: 400,
      message:
        "You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.",
    });
  });

  it("refuses a version that is not there, and a move from nowhere to nowhere", async () => {
    const one = await create();
    const unknown = "00000000-0000-4000-8000-000000000000";
    for (const call of [() => move("a", unknown), () => move("a", one, unknown), () => move("a")]) {
      expect(await refusal(call())).toMatchObject({ name: "InvalidParameterException", status: 400 });
    }
  });

  it("refuses a secret that is not there or is marked for deletion", async () => {
    const one = await create();
    await bed.client.deleteSecret({ SecretId: NAME });
    expect(await refusal(move("a", one))).toMatchObject({ name: "InvalidRequestException", status: 400 });
    await bed.client.deleteSecret({ SecretId: NAME, ForceDeleteWithoutRecovery: true });
    expect(await refusal(move("a", one))).toMatchObject({ name: "ResourceNotFoundException", status: 400 });
  });
});
