import { createHmac, randomBytes } from "node:crypto";
import { SecretsError } from "../secrets-error.js";
import type { RingKey } from "./held-keys.js";

const processKey = randomBytes(32);

/** Tells key materials apart within this process; worthless outside it. */
export function identityOf(material: Uint8Array): string {
  return createHmac("sha256", processKey).update(material).digest("base64");
}

/** The same for keys that are one key to HMAC, which pads a short one with zeros and hashes a long one. */
function hmacIdentityOf(material: Uint8Array): string {
  return createHmac("sha256", material).update(processKey).digest("base64");
}

/**
 * What one ring holds, told to the other rings of the same `Secrets`: a key that serves two purposes lets what was made
 * for one pass for the other, and cannot be rotated for one alone.
 */
export class KeyOwnership {
  readonly #owners: Map<string, Set<{ readonly name: string }>>;
  readonly #ring: { readonly name: string };
  readonly #identitiesOf: (material: Uint8Array) => readonly string[];
  #held: ReadonlySet<string> = new Set();

  /** `hmacKeys`: the ring's keys are used as they are for HMAC, where different bytes can be one key. */
  constructor(owners: Map<string, Set<{ readonly name: string }>>, ringName: string, hmacKeys: boolean) {
    this.#owners = owners;
    this.#ring = { name: ringName };
    this.#identitiesOf = (material) =>
      hmacKeys ? [identityOf(material), `hmac ${hmacIdentityOf(material)}`] : [identityOf(material)];
  }

  /** @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` when another ring holds one of them */
  hold(keys: readonly RingKey[]): void {
    const wanted = new Set(keys.flatMap((key) => this.#identitiesOf(key.material)));
    for (const identity of wanted) {
      for (const { name } of this.#owners.get(identity) ?? []) {
        if (name !== this.#ring.name) {
          throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", {
            hint: `The rings ${JSON.stringify(name)} and ${JSON.stringify(this.#ring.name)} hold the same key: give each a key of its own.`,
          });
        }
      }
    }
    this.release(wanted);
    for (const identity of wanted) {
      const owners = this.#owners.get(identity) ?? new Set();
      this.#owners.set(identity, owners.add(this.#ring));
    }
    this.#held = wanted;
  }

  /** Lets go of all keys but these. */
  release(kept: ReadonlySet<string> = new Set()): void {
    for (const identity of this.#held) {
      if (kept.has(identity)) continue;
      const owners = this.#owners.get(identity);
      owners?.delete(this.#ring);
      if (owners?.size === 0) this.#owners.delete(identity);
    }
    this.#held = kept;
  }
}
