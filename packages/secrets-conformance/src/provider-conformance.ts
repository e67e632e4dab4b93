import { type ConformanceCase, conformanceCase } from "./conformance-case.js";
import { holds, NotApplicable } from "./outcome.js";
import { abortTests } from "./provider/abort.js";
import { batchTests } from "./provider/batch.js";
import { capabilityTests, expectAbsent } from "./provider/capabilities.js";
import { closeTests } from "./provider/close.js";
import { errorTests } from "./provider/errors.js";
import { leakTests } from "./provider/leaks.js";
import { listTests } from "./provider/list.js";
import { nameTests } from "./provider/names.js";
import { notFoundTests } from "./provider/not-found.js";
import type { ProviderTest, ProviderTests } from "./provider/provider-test.js";
import { stageTests } from "./provider/stages.js";
import { valueTests } from "./provider/values.js";
import { versionTests } from "./provider/versions.js";
import { writeTests } from "./provider/writes.js";
import { type ProviderClause, providerClauses } from "./provider-clauses.js";
import { isFailureMode, lacks, type ProviderFeature, presentFeatures } from "./provider-features.js";
import type { ProviderHarness } from "./provider-harness.js";
import { ProviderTrial } from "./provider-trial.js";
import { callLimitMs, within } from "./within.js";

const tests: ProviderTests<ProviderClause> = {
  ...valueTests,
  ...notFoundTests,
  ...nameTests,
  ...errorTests,
  ...batchTests,
  ...versionTests,
  ...stageTests,
  ...writeTests,
  ...listTests,
  ...abortTests,
  ...closeTests,
  ...leakTests,
  ...capabilityTests,
};

/**
 * The contract of a provider as cases, one for each clause of `providerClauses`, in that order. They share nothing, so
 * they may run in any order and at the same time.
 *
 * ```ts
 * for (const c of providerConformance(harness)) (c.skipped ? it.skip : it)(c.name, () => c.run());
 * ```
 *
 * @throws TypeError for a `skip` that names no clause
 */
export function providerConformance(harness: ProviderHarness): readonly ConformanceCase[] {
  const clauses = Object.keys(providerClauses) as ProviderClause[];
  for (const clause of Object.keys(harness.skip ?? {})) {
    if (!Object.hasOwn(providerClauses, clause)) throw new TypeError(`skip: there is no clause "${clause}".`);
  }
  return clauses.map((clause) =>
    conformanceCase({
      harness: harness.name,
      clause,
      remedy: providerClauses[clause],
      skipped: harness.skip?.[clause] ?? knownLack(harness, tests[clause]),
      test: () => tryProvider(harness, tests[clause]),
    }),
  );
}

function knownLack({ features }: ProviderHarness, { needs }: ProviderTest): string | undefined {
  const lacking = features && needs.find((feature) => !features.includes(feature));
  return lacking && lacks(lacking);
}

async function tryProvider(harness: ProviderHarness, test: ProviderTest): Promise<void> {
  const under = await within(callLimitMs, "the harness's create()", harness.create());
  const present = presentFeatures(under);
  const trial = new ProviderTrial(under, harness.features ? new Set(harness.features) : present);
  let failed = false;
  try {
    if (harness.features) expectDeclared(harness.features, present);
    const lacking = test.needs.find((feature) => !present.has(feature));
    if (lacking) {
      await expectAbsent(trial, lacking);
      throw new NotApplicable(lacks(lacking));
    }
    await test.run(trial);
  } catch (error) {
    failed = !(error instanceof NotApplicable);
    throw error;
  } finally {
    await trial.end(failed);
  }
}

/** A list of features that leaves one out would skip its clauses unseen. */
function expectDeclared(declared: readonly ProviderFeature[], present: ReadonlySet<ProviderFeature>): void {
  for (const feature of present) {
    const told = isFailureMode(feature) || declared.includes(feature); // a harness need not know every way to fail
    holds(told, `the harness's features leave out "${feature}", which the provider has`);
  }
  for (const feature of declared) {
    holds(present.has(feature), `the harness's features name "${feature}", and ${lacks(feature)}`);
  }
}
