import { test } from "./provider-test.js";

export const notFoundTests = {
  "not found: a missing secret is ERR_SECRETS_NOT_FOUND": test(async (trial) => {
    await trial.seed(trial.name("there"), "a value");
    const missing = { name: trial.name("not_there"), stage: "current" } as const;
    await trial.expectCode(missing, ["ERR_SECRETS_NOT_FOUND"], "a secret that was never stored");
  }),

  "not found: it is not remembered": test(async (trial) => {
    const name = trial.name("late");
    await trial.expectFailure(["ERR_SECRETS_NOT_FOUND"], "get() before the secret was stored", () => trial.read(name));
    await trial.seed(name, "a value");
    await trial.expectValue(name, "a value", "a secret stored after it was missing");
  }),
};
