import type { Stage } from "@qarion/secrets-core";
import { holds } from "../outcome.js";
import { expectSame } from "../provider-trial.js";
import { type ProviderTest, test } from "./provider-test.js";

/** Read in both orders, each time anew and in one batch: an answer kept without its stage would show. */
function isTold(stage: Exclude<Stage, "current">): ProviderTest {
  return test(
    async (trial) => {
      const name = trial.name(stage);
      const values = { [stage]: `the ${stage} value`, current: "the current value" };
      const order: readonly Stage[] = stage === "previous" ? ["previous", "current"] : ["current", "pending"];
      for (const each of order) await trial.seed(name, values[each] ?? "", each);
      const asked: readonly Stage[] = ["current", stage, stage, "current"];
      for (const each of asked) {
        await trial.expectValue(name, values[each] ?? "", `the value asked for as ${each}`, each);
      }
      if (!trial.features.has("getMany")) return;
      const refs = asked.map((each) => ({ name, stage: each }));
      const answers = await trial.readMany(refs);
      for (const ref of refs) {
        const answer = answers.get(ref);
        holds(answer !== undefined && !(answer instanceof Error), `a batch gave no value for ${ref.stage}`);
        expectSame(answer.value, values[ref.stage] ?? "", `the value asked for as ${ref.stage} in a batch`);
      }
    },
    ["stages"],
  );
}

export const stageTests = {
  "stages: previous is not the current value": isTold("previous"),
  "stages: pending is not the current value": isTold("pending"),

  "stages: an absent one is not found, and never the current value": test(
    async (trial) => {
      const name = trial.name("one_stage");
      await trial.seed(name, "the only value");
      await trial.read(name);
      await trial.expectCode(
        { name, stage: "previous" },
        ["ERR_SECRETS_NOT_FOUND"],
        "a previous value that is not there",
      );
      // A store may have no name for what is pending, and say so.
      const codes = ["ERR_SECRETS_NOT_FOUND", "ERR_SECRETS_UNSUPPORTED"] as const;
      await trial.expectCode({ name, stage: "pending" }, codes, "a pending value that is not there");
    },
    ["stages"],
  ),
};
