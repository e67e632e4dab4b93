import type { JsonMembers } from "./json-members.js";
import { type NameOwners, nameOwners } from "./name-owners.js";
import { variableName } from "./variable-name.js";

/** One JSON object of the store whose members are the secrets. */
export class Bundle {
  /** The store's name of the object. */
  readonly name: string;
  readonly #owners: NameOwners;
  readonly #found = new Set<string>();

  constructor(name: string, provider: string) {
    this.name = name;
    this.#owners = nameOwners(provider);
  }

  /**
   * Under which member a secret is kept: its literal name, else its name as a variable.
   *
   * @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` when another name stands for the same member
   */
  memberOf(members: JsonMembers, name: string): string | undefined {
    const member = [name, variableName(name)].find((candidate) => members.has(candidate));
    if (member === undefined) return undefined;
    if (member !== name) this.#owners.claim(member, name);
    this.#found.add(name);
    return member;
  }

  /** Whether a member was found under this name before. */
  hasGiven(name: string): boolean {
    return this.#found.has(name);
  }
}
