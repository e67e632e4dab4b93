import { LeakScan, newCanary, shownBy } from "../canary.js";
import { holds } from "../outcome.js";
import type { ProviderTrial } from "../provider-trial.js";
import { test } from "./provider-test.js";

/** The names of a list, each item checked. */
async function listed(trial: ProviderTrial, prefix: string, values: readonly string[]): Promise<readonly string[]> {
  const items = await trial.names({ prefix });
  const scan = new LeakScan(values);
  return items.map((item) => {
    const { name } = (item ?? {}) as { name?: unknown };
    holds(typeof name === "string", "an item of the list has no name");
    holds(!scan.isIn(shownBy(item)), "an item of the list shows a value");
    const members = Object.keys(item as object).filter((key) => key !== "name");
    holds(members.length === 0, `an item of the list has more than its name: ${members.join(", ")}`);
    return name;
  });
}

export const listTests = {
  "list: it yields names and nothing else": test(
    async (trial) => {
      const names = ["list_a", "list_b", "list_c/inner"].map((part) => trial.name(part));
      const values = names.map(newCanary);
      for (const [index, name] of names.entries()) await trial.seed(name, values[index] ?? "");
      const found = await listed(trial, trial.name("list"), values);
      for (const [index, name] of names.entries())
        holds(found.includes(name), `name ${index + 1} of 3 is not in the list`);
      holds(new Set(found).size === found.length, "a name stands in the list twice");
      for (const name of names) await trial.read(name);
      const all = await trial.names();
      const complete = names.every((name) => all.some((item) => (item as { name?: unknown }).name === name));
      holds(complete, "without a prefix a name is not in the list");
    },
    ["list"],
  ),

  "list: it honours the prefix": test(
    async (trial) => {
      const values = [newCanary(), newCanary()];
      await trial.seed(trial.name("mine_1"), values[0] ?? "");
      await trial.seed(trial.name("other_1"), values[1] ?? "");
      const prefix = trial.name("mine");
      const found = await listed(trial, prefix, values);
      holds(found.includes(trial.name("mine_1")), "a name with the prefix is not in the list");
      holds(
        found.every((name) => name.startsWith(prefix)),
        "a name without the prefix is in the list",
      );
      const core: string[] = [];
      for await (const { name } of trial.core().list({ prefix })) core.push(name);
      holds(core.length === found.length, "through core the list has another length");
      const none = await listed(trial, trial.name("nothing_is_called_so"), values);
      holds(none.length === 0, "a prefix that no name has gave names");
    },
    ["list"],
  ),
};
