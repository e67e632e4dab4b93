import type { Secret } from "./secret.js";
import { SecretsError } from "./secrets-error.js";

/** The members of a secret that is a JSON object. Own members only, and none of their values in an error. */
export class JsonMembers {
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #provider: string;

  /** @throws SecretsError `ERR_SECRETS_INVALID_VALUE` when the secret is no JSON object */
  constructor(secret: Secret) {
    const parsed = secret.revealJson();
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
      throw new SecretsError("ERR_SECRETS_INVALID_VALUE", {
        hint: "The secret is JSON, but no object with members.",
        secretName: secret.name,
        provider: secret.provider,
      });
    }
    this.#members = parsed as Record<string, unknown>;
    this.#provider = secret.provider;
  }

  get names(): readonly string[] {
    return Object.keys(this.#members);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#members, name);
  }

  /**
   * A member that is a string, or another one's JSON text.
   *
   * @param secretName how errors name it
   * @throws SecretsError `ERR_SECRETS_NOT_FOUND`; `ERR_SECRETS_INVALID_VALUE` for `null` and for a number that JavaScript
   *   cannot hold exactly
   */
  text(name: string, secretName: string): string {
    const refuse = (code: "ERR_SECRETS_NOT_FOUND" | "ERR_SECRETS_INVALID_VALUE", hint: string) =>
      new SecretsError(code, { hint, secretName, provider: this.#provider });
    if (!this.has(name)) throw refuse("ERR_SECRETS_NOT_FOUND", "The secret is a JSON object without this member.");
    const value = this.#members[name];
    if (value === null) throw refuse("ERR_SECRETS_INVALID_VALUE", "This member of the JSON object is null.");
    if (typeof value === "string") return value;
    const text = exactJson(value);
    if (text !== undefined) return text;
    throw refuse(
      "ERR_SECRETS_INVALID_VALUE",
      "This member of the JSON object holds a number that JavaScript cannot hold exactly: store it as a string.",
    );
  }

  /** Whether this member is this very text. */
  holds(name: string, value: string): boolean {
    return this.has(name) && this.#members[name] === value;
  }

  /** The JSON text with one member set and the others as they were; `undefined` where one of them would be changed. */
  with(name: string, value: string): string | undefined {
    const others = Object.entries(this.#members).filter(([other]) => other !== name);
    // Without a prototype, "__proto__" is a member like any other.
    const next: Record<string, unknown> = Object.create(null);
    for (const member of Object.keys(this.#members)) next[member] = this.#members[member];
    next[name] = value;
    return exactJson(Object.fromEntries(others)) === undefined ? undefined : JSON.stringify(next);
  }
}

/** The JSON text; `undefined` where parsing may have changed a number, since a PIN with other digits is no PIN. */
function exactJson(value: unknown): string | undefined {
  let exact = true;
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "number" && (!Number.isFinite(part) || Math.abs(part) > Number.MAX_SAFE_INTEGER)) exact = false;
    return part;
  });
  return exact ? text : undefined;
}
