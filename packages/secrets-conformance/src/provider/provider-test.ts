import type { ProviderClause } from "../provider-clauses.js";
import type { ProviderFeature } from "../provider-features.js";
import type { ProviderTrial } from "../provider-trial.js";

/** How a clause is shown to hold. It throws where it does not, and where there turns out to be nothing to show. */
export interface ProviderTest {
  /** Without these there is nothing to show. */
  readonly needs: readonly ProviderFeature[];
  run(trial: ProviderTrial): Promise<void>;
}

/** Tests by the clause that each shows. */
export type ProviderTests<Clause extends ProviderClause> = Readonly<Record<Clause, ProviderTest>>;

export function test(
  run: (trial: ProviderTrial) => Promise<void>,
  needs: readonly ProviderFeature[] = [],
): ProviderTest {
  return { needs, run };
}
