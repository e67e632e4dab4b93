import { holds } from "../outcome.js";
import { test } from "./provider-test.js";

const inherited = ["__proto__", "constructor", "toString", "valueOf", "hasOwnProperty", "prototype"];

/** Ways to write another secret's name that some store, file system or URL would take for that name. */
function climbingNames(target: string, folder: string): readonly string[] {
  return [
    `../${target}`,
    `./${target}`,
    `x/../${target}`,
    `${folder}/../${target}`,
    `../../../../../../etc/hostname`,
    `/${target}`,
    `//${target}`,
    `${target}/`,
    `${target}/.`,
    `${folder}//inner`,
    `${folder}/./inner`,
    `${folder}/x/../inner`,
    `${folder}\\inner`,
    `..\\${target}`,
    `%2e%2e/${target}`,
    `${folder}%2finner`,
    `${folder}%2Finner`,
    `${folder}/%2e/inner`,
    `%${target.charCodeAt(0).toString(16)}${target.slice(1)}`,
    `${target}\0`,
    `${target}\0.txt`,
    `${target}%00`,
    `${target}?x=1`,
    `${target}#x`,
    `${target};x`,
    ` ${target}`,
    `${target} `,
    `${target}\n`,
    `${folder}/*`,
    "*",
    "",
    ".",
    "..",
    "/",
    `${target}${"x".repeat(5_000)}`,
    `${"x/../".repeat(500)}${target}`,
  ];
}

export const nameTests = {
  "names: those of Object.prototype are names like any other": test(async (trial) => {
    await trial.seed(trial.name("there"), "a value");
    for (const name of inherited) {
      await trial.expectCode(
        { name, stage: "current" },
        ["ERR_SECRETS_NOT_FOUND"],
        `"${name}", which was never stored`,
      );
    }
    const { getMany } = trial.provider;
    if (!getMany) return;
    const refs = inherited.map((name) => ({ name, stage: "current" }) as const);
    const answers = await trial.readMany(refs);
    for (const ref of refs) {
      const answer = answers.get(ref);
      holds(answer instanceof Error, `getMany() gave "${ref.name}", which was never stored, no error`);
    }
  }),

  "names: none climbs to another secret": test(async (trial) => {
    const [target, folder] = [trial.name("target"), trial.name("folder")];
    await trial.seed(target, "the target's value");
    await trial.seed(`${folder}/inner`, "the inner value");
    await trial.expectValue(`${folder}/inner`, "the inner value", 'a secret whose name has a "/"');
    const names = climbingNames(target, folder);
    for (const name of names) {
      const shown = JSON.stringify(name.length > 80 ? `${name.slice(0, 40)}… (${name.length} characters)` : name);
      await trial.errorOf(`get() of ${shown}, which was never stored,`, () => trial.read(name));
    }
    if (!trial.features.has("getMany")) return;
    const refs = names.map((name) => ({ name, stage: "current" }) as const);
    // A batch may refuse such names one by one or all at once.
    const answers = await trial.readMany(refs).catch(() => undefined);
    for (const answer of answers?.values() ?? []) {
      holds(answer instanceof Error, "getMany() answered a name that was never stored");
    }
  }),
};
