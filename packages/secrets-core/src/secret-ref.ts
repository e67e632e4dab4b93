import type { ProviderRef, Stage } from "./provider.js";
import { SecretsError } from "./secrets-error.js";

/** A reference in parts, for what the string form cannot say. */
export interface SecretRef {
  readonly name: string;
  /** A member of the secret's JSON object. */
  readonly key?: string;
  readonly stage?: Stage;
  readonly version?: string;
}

/** `name[#key][@current|@previous|@pending|@v=<version>]`. Any other `@` belongs to the name or the key. */
export type Ref = string | SecretRef;

/** A validated reference, as it was asked for. */
export interface ParsedRef extends ProviderRef {
  readonly key: string | undefined;
  /** The reference as text, for messages and events: one text for one reference, however it was written. */
  readonly text: string;
}

const suffix = /@(?:(current|previous|pending)|v=([^@#]*))$/;
const namePattern = /^\/?[A-Za-z0-9_.@+=:-]+(?:\/[A-Za-z0-9_.@+=:-]+)*$/;
const versionPattern = /^[A-Za-z0-9_.:+=-]{1,256}$/;
const longestName = 2048; // an ARN is at most that long
const stages: ReadonlySet<string> = new Set(["current", "previous", "pending"] satisfies Stage[]);

/** @throws SecretsError `ERR_SECRETS_INVALID_REF` */
export function parseRef(ref: Ref): ParsedRef {
  if (typeof ref !== "string" && (typeof ref !== "object" || ref === null)) {
    throw invalid("A reference is a string or an object with a name.");
  }
  const { name, key, stage, version } = typeof ref === "string" ? splitRef(ref) : ref;
  if (typeof name !== "string") throw invalid("The name must be a string.");
  const problem = nameProblem(name);
  if (problem !== undefined) throw invalid(problem);
  if (key !== undefined && (typeof key !== "string" || key === "")) {
    throw invalid("The key after # must not be empty.");
  }
  if (stage !== undefined && !stages.has(stage)) throw invalid("The stage is current, previous or pending.");
  if (version !== undefined) {
    if (typeof version !== "string" || !versionPattern.test(version)) throw invalid("The version id is not valid.");
    if (stage !== undefined && stage !== "current") throw invalid("A reference names a stage or a version, not both.");
  }
  const selector = version === undefined ? (stage ?? "current") : `v=${version}`;
  return {
    name,
    stage: version === undefined ? (stage ?? "current") : "current",
    ...(version === undefined ? {} : { version }),
    key,
    text: `${name}${key === undefined ? "" : `#${key}`}${selector === "current" ? "" : `@${selector}`}`,
  };
}

/** Why this can be no name of a secret. */
export function nameProblem(name: string): string | undefined {
  if (name.length > longestName) return `The name is longer than ${longestName} characters.`;
  if (!namePattern.test(name)) {
    return "A name is made of segments of A-Z a-z 0-9 _ . @ + = : - joined by single slashes.";
  }
  if (name.split("/").some((segment) => segment === "." || segment === "..")) {
    return 'No segment of a name may be "." or "..".';
  }
  return undefined;
}

function splitRef(ref: string): SecretRef {
  const match = suffix.exec(ref);
  const head = match ? ref.slice(0, match.index) : ref;
  const hash = head.indexOf("#");
  return {
    name: hash < 0 ? head : head.slice(0, hash),
    ...(hash < 0 ? {} : { key: head.slice(hash + 1) }),
    ...(match?.[1] === undefined ? {} : { stage: match[1] as Stage }),
    ...(match?.[2] === undefined ? {} : { version: match[2] }),
  };
}

// The text of a bad reference is not repeated: someone may have passed a secret where its name belongs.
function invalid(hint: string): SecretsError {
  return new SecretsError("ERR_SECRETS_INVALID_REF", { hint });
}
