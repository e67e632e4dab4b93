import { SecretsError } from "@qarion/secrets-core";
import { CipherError } from "@qarion/secrets-core/keys";

/** What can be told of any error without its message: `SecretsError ERR_SECRETS_TIMEOUT`, `TypeError`, `a string`. */
export function nameAndCode(error: unknown): string {
  if (SecretsError.is(error)) return `SecretsError ${error.code}`;
  if (CipherError.is(error)) return `CipherError ${error.code}`;
  if (typeof error !== "object" || error === null) return `no Error but ${typeof error}`;
  const name = shaped(property(error, "name"), /^[A-Za-z][A-Za-z0-9_.]{0,63}$/) ?? "an object without a name";
  const code = shaped(property(error, "code"), /^[A-Za-z0-9_.-]{1,64}$/);
  return code === undefined ? name : `${name} ${code}`;
}

/** The lines of a stack that say where; those that repeat the message are left out. */
export function callSites(error: unknown): string {
  const stack = property(error, "stack");
  if (typeof stack !== "string") return "";
  return stack
    .split("\n")
    .filter((line) => /^ {4}at .*(?::\d+:\d+\)?|\(<anonymous>\)|\(native\))$/.test(line))
    .join("\n");
}

/** A property of something of unknown make; `undefined` where there is none or reading it throws. */
function property(from: unknown, name: string): unknown {
  if ((typeof from !== "object" && typeof from !== "function") || from === null) return undefined;
  try {
    return (from as Record<string, unknown>)[name];
  } catch {
    return undefined; // a getter that throws has nothing to tell
  }
}

function shaped(fact: unknown, shape: RegExp): string | undefined {
  return typeof fact === "string" && shape.test(fact) ? fact : undefined;
}
