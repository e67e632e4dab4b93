/** A clause does not hold. The message says what was found, in words that never hold a value. */
export class BrokenClause extends Error {}

/** There is nothing to show, since the provider or the harness cannot do it. The message says why. */
export class NotApplicable extends Error {}

/** @throws BrokenClause */
export function holds(condition: boolean, found: string): asserts condition {
  if (!condition) throw new BrokenClause(found);
}
