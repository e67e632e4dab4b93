import { type ProviderRef, type ProviderSecret, SecretsError } from "@qarion/secrets-core";
import { nameAndCode } from "../error-facts.js";
import { BrokenClause, holds } from "../outcome.js";
import { expectSame, type ProviderTrial } from "../provider-trial.js";
import { codeOfMode } from "./errors.js";
import { test } from "./provider-test.js";

const current = (name: string): ProviderRef => ({ name, stage: "current" });

async function seeded(trial: ProviderTrial, count: number): Promise<readonly ProviderRef[]> {
  const refs = Array.from({ length: count }, (_, index) => current(trial.name(`batch_${index}`)));
  for (const { name } of refs) await trial.seed(name, valueUnder(name));
  return refs;
}

function valueUnder(name: string): string {
  return `value of ${name}`;
}

function answerOf(answers: ReadonlyMap<ProviderRef, ProviderSecret | Error>, ref: ProviderRef, what: string) {
  const answer = answers.get(ref);
  holds(answer !== undefined, `${what}: the Map holds no answer under the object that was passed in`);
  return answer;
}

function expectValue(answers: ReadonlyMap<ProviderRef, ProviderSecret | Error>, ref: ProviderRef, what: string): void {
  const answer = answerOf(answers, ref, what);
  if (isError(answer)) throw new BrokenClause(`${what}: the answer is ${nameAndCode(answer)}`);
  expectSame(answer.value, valueUnder(ref.name), what);
}

function isError(answer: ProviderSecret | Error): answer is Error {
  return answer instanceof Error || SecretsError.is(answer);
}

export const batchTests = {
  "batch: each reference gets its own answer, under the very object passed in": test(
    async (trial) => {
      const refs = await seeded(trial, 3);
      const answers = await trial.readMany([...refs].reverse());
      for (const ref of refs) {
        expectValue(answers, ref, "one of three");
        const { version } = await trial.read(ref);
        const answer = answers.get(ref) as ProviderSecret;
        holds(answer.version === version, "getMany() and get() tell two versions of one value");
      }
      const keys = [...answers.keys()];
      holds(
        keys.every((key) => refs.includes(key)),
        "the Map has keys that were not passed in",
      );
    },
    ["getMany"],
  ),

  "batch: one that fails does not fail the others": test(
    async (trial) => {
      const refs = await seeded(trial, 2);
      const missing = current(trial.name("not_there"));
      const [first, second] = refs as [ProviderRef, ProviderRef];
      const answers = await trial.readMany([first, missing, second]);
      for (const ref of refs) expectValue(answers, ref, "a secret that is there");
      const answer = answerOf(answers, missing, "a secret that is missing");
      holds(isError(answer), "a secret that is missing was answered with no Error");
      const code = await trial.codeOf(answer);
      holds(code === "ERR_SECRETS_NOT_FOUND", `a missing secret is ${code} in a batch`);
      const verdicts = await trial.core().getMany([first.name, missing.name, second.name]);
      const verdict = verdicts.get(missing.name);
      holds(SecretsError.is(verdict) && verdict.code === code, "through core the missing secret is something else");
    },
    ["getMany"],
  ),

  "batch: a reference that stands there twice is answered twice": test(
    async (trial) => {
      const [ref] = (await seeded(trial, 1)) as [ProviderRef];
      const equal = { ...ref };
      const answers = await trial.readMany([ref, equal, ref]);
      expectValue(answers, ref, "the first of two equal references");
      expectValue(answers, equal, "the second of two equal references");
      holds(answers.size === 2, `the Map has ${answers.size} answers for two objects`);
    },
    ["getMany"],
  ),

  "batch: an empty batch is empty": test(
    async (trial) => {
      const answers = await trial.readMany([]);
      holds(answers.size === 0, `an empty batch has ${answers.size} answers`);
    },
    ["getMany"],
  ),

  "batch: 45 references are all answered": test(
    async (trial) => {
      const refs = await seeded(trial, 45);
      const answers = await trial.readMany(refs);
      for (const [index, ref] of refs.entries()) expectValue(answers, ref, `number ${index + 1} of 45`);
    },
    ["getMany"],
  ),

  "batch: an outage is told as one": test(
    async (trial) => {
      const refs = await seeded(trial, 3);
      await trial.fail("unavailable");
      const answers = await trial.readMany(refs).catch((error: unknown) => {
        if (error instanceof BrokenClause) throw error;
        return new Map(refs.map((ref) => [ref, error]));
      });
      for (const ref of refs) {
        const answer = answers.get(ref);
        holds(answer !== undefined, "a reference was left out");
        const code = await trial.codeOf(answer);
        holds(code === codeOfMode.unavailable, `an outage is ${code} in a batch`);
      }
    },
    ["getMany", "unavailable"],
  ),
};
