import { appendFileSync } from "node:fs";

/**
 * Records which real engine or independent implementation a test ran against, so that the run can say so at its end:
 * `noteEngine("PostgreSQL 15.19")`, `noteEngine("Python cryptography 48.0.0")`. Call it once, where the engine has
 * answered with its version.
 *
 * Each call appends one line to the file that `QARION_TEST_FACTS` names; without that variable, as when vitest is run by
 * hand, nothing is recorded.
 * @throws Error for a description that is empty, longer than a line, or holds the user part of a URL, because the line
 * is printed
 */
export function noteEngine(description: string): void {
  if (description.trim() === "" || /[\r\n]/.test(description)) {
    throw new Error("noteEngine takes one line that names an engine and its version");
  }
  if (/:\/\/[^/]*@/.test(description)) {
    throw new Error("noteEngine prints what it is given: leave out the user and password of a connection URL");
  }
  const file = process.env.QARION_TEST_FACTS;
  // One short append is atomic, which is what keeps the lines of parallel test workers apart.
  if (file !== undefined && file !== "") appendFileSync(file, `${description.trim()}\n`);
}
