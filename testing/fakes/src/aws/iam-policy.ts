/** An IAM policy document, of the subset that is evaluated here. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: PolicyStatement | readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

export type Verdict = "allowed" | "explicitDeny" | "implicitDeny";

const VERSIONS = new Set(["2012-10-17", "2008-10-17"]);
const DOCUMENT_MEMBERS = new Set(["Version", "Id", "Statement"]);
const STATEMENT_MEMBERS = new Set(["Sid", "Effect", "Action", "Resource"]);

/**
 * Reads a document or its JSON text.
 * @throws Error for what is no policy, and for a member that this evaluator does not know, such as Condition or NotAction:
 * a test that passes because a condition was overlooked would prove nothing
 */
export function parsePolicy(document: PolicyDocument | string): readonly PolicyStatement[] {
  const policy: unknown = typeof document === "string" ? JSON.parse(document) : document;
  checkMembers(policy, DOCUMENT_MEMBERS, "policy");
  const { Version, Statement } = policy as PolicyDocument;
  if (Version !== undefined && !VERSIONS.has(Version)) throw new Error("no version of the policy language");
  const statements = listOf(Statement);
  if (statements.length === 0) throw new Error("a policy has a statement");
  for (const statement of statements) {
    checkMembers(statement, STATEMENT_MEMBERS, "statement");
    if (statement.Effect !== "Allow" && statement.Effect !== "Deny") throw new Error("Effect is Allow or Deny");
    checkPatterns("Action", statement.Action, /^(\*|[\w-]+:[\w*?]+)$/);
    checkPatterns("Resource", statement.Resource, /^(\*|arn:([^:]*:){4}.+)$/);
  }
  return statements;
}

/**
 * A Deny that matches wins over every Allow, and what no Allow matches is denied.
 * @param resource an ARN, or `*` for an action on no resource: only the pattern `*` matches that
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function evaluate(statements: readonly PolicyStatement[], action: string, resource: string): Verdict {
  const effects = statements
    .filter((statement) =>
      listOf(statement.Action).some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())),
    )
    .filter((statement) => listOf(statement.Resource).some((pattern) => matches(pattern, resource)))
    .map((statement) => statement.Effect);
  if (effects.includes("Deny")) return "explicitDeny";
  return effects.includes("Allow") ? "allowed" : "implicitDeny";
}

/** `*` stands for any characters, the slash too, and `?` for one. */
function matches(pattern: string, value: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(value);
}

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}

function checkMembers(value: unknown, known: ReadonlySet<string>, what: string): void {
  if (typeof value !== "object" || value === null) throw new Error(`not a ${what}`);
  const unknown = Object.keys(value).find((member) => !known.has(member));
  if (unknown !== undefined) throw new Error(`a ${what} with ${unknown} is not evaluated here`);
}

function checkPatterns(what: string, value: unknown, form: RegExp): void {
  const patterns = listOf(value);
  if (patterns.length === 0 || !patterns.every((pattern) => typeof pattern === "string" && form.test(pattern))) {
    throw new Error(`${what} does not have its form`);
  }
}
