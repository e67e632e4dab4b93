import { SecretsError } from "./secrets-error.js";

/** Remembers which name was found under which id of the store, so that two names never share one value by accident. */
export interface NameOwners {
  /**
   * Call it when `name` was found under `id`: only what exists takes memory.
   *
   * @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` when another name was found there before
   */
  claim(id: string, name: string): void;
}

export function nameOwners(provider: string): NameOwners {
  const owners = new Map<string, string>();
  return {
    claim(id, name) {
      const owner = owners.get(id);
      if (owner === undefined) owners.set(id, name);
      else if (owner !== name) {
        throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", {
          provider,
          secretName: name,
          hint: `"${owner}" and "${name}" both stand for ${id}. Rename one of them, or ask for ${id} by that name.`,
        });
      }
    },
  };
}
