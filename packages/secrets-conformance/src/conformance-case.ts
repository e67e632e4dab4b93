import assert from "node:assert/strict";
import { callSites, nameAndCode } from "./error-facts.js";
import { BrokenClause, NotApplicable } from "./outcome.js";

/** One clause of a contract as a test that any runner can run. */
export interface ConformanceCase {
  /** The harness's name and the clause. */
  readonly name: string;
  readonly clause: string;
  /**
   * Why there is nothing to show. It is there from the start where the harness says what it cannot do (`features`,
   * `skip`); where only `run` could find out, it is there when `run` is over.
   */
  readonly skipped?: string;
  /** @throws AssertionError which says the clause, what was found and how to meet it, and never a value */
  run(): Promise<void>;
}

interface CaseParts {
  readonly harness: string;
  readonly clause: string;
  /** How to meet the clause. */
  readonly remedy: string;
  readonly skipped: string | undefined;
  test(): Promise<void>;
}

export function conformanceCase({ harness, clause, remedy, skipped, test }: CaseParts): ConformanceCase {
  const made: { -readonly [Part in keyof ConformanceCase]: ConformanceCase[Part] } = {
    name: `${harness}: ${clause}`,
    clause,
    async run() {
      if (skipped !== undefined) return;
      try {
        await test();
      } catch (error) {
        if (error instanceof NotApplicable) made.skipped = error.message;
        else throw failure(clause, remedy, error);
      }
    },
  };
  if (skipped !== undefined) made.skipped = skipped;
  return made;
}

/** Errors of providers, ciphers and harnesses are told by name and code alone: their messages may hold values. */
function failure(clause: string, remedy: string, error: unknown): assert.AssertionError {
  const found =
    error instanceof BrokenClause ? error.message : `there was an error that has no place here: ${nameAndCode(error)}`;
  const told = new assert.AssertionError({ message: `${clause}\n  found: ${found}\n  to meet it: ${remedy}` });
  told.stack = `${told.name}: ${told.message}\n${callSites(error)}`;
  return told;
}
