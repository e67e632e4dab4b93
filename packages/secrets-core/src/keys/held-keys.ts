import type { Stage } from "../provider.js";
import type { Secret } from "../secret.js";
import { CipherError } from "./cipher-error.js";
import { cipherKeyIdRing, keyId } from "./key-id.js";
import type { KeyRing, KeySource, KeyStatus } from "./key-ring.js";

/** One key. The object stays the same for as long as the ring holds its material, whichever slot that stands in. */
export interface RingKey {
  readonly keyId: string;
  readonly material: Uint8Array;
}

export interface HeldKey {
  readonly key: RingKey;
  readonly state: Stage;
  /** From this moment, in milliseconds since the epoch, a previous key is no longer to be accepted. */
  readonly retireAfterMs?: number;
  /** `retireAfterMs` is from what this process saw, for want of a durable fact: enough to stop at, but no evidence. */
  readonly isObserved?: boolean;
}

/** The keys of a ring at one moment, swapped as a whole: current first, then pending, then previous. */
export type KeyGeneration = readonly HeldKey[];

/** What a cipher works with, whatever its keys come from. */
export interface HeldKeys {
  /** Every key that opens. The same array until the keys change. @throws SecretsError when the ring may not use them */
  generation(): KeyGeneration;
  /** The key that encrypts. @throws SecretsError when it is missing, denied, or too old to be trusted as current */
  encryptionKey(): RingKey;
  /** Counts one use of the key. */
  used(key: RingKey): void;
  status(): readonly KeyStatus[];
}

/** Under this symbol a `KeyRing` of `keyRingFrom` hands its keys to ciphers, of any copy of the package. */
export const heldKeys: unique symbol = Symbol.for("@qarion/secrets-core/held-keys") as never;

/**
 * The keys of a source. `parse` turns what the source holds into key bytes and throws `ERR_CIPHER_INVALID_KEY` for what
 * is no key. In a list, an empty or blank value is absent after the first place, and an error in the first.
 */
export function keysOf(source: KeySource, parse: (value: string | Uint8Array) => Uint8Array): HeldKeys {
  if (isList(source)) return listedKeys(source, parse);
  const ring = source as (KeyRing & { [heldKeys]?: HeldKeys }) | undefined; // untyped code may give anything
  const held = ring?.[heldKeys];
  if (!held) {
    throw new CipherError("ERR_CIPHER_INVALID_KEY", {
      hint: "`keys` is a list of keys, the current one first, or a ring of keyRingFrom().",
    });
  }
  for (const { key } of held.generation()) parse(key.material);
  return held;
}

function isList(source: KeySource): source is Exclude<KeySource, KeyRing> {
  return Array.isArray(source);
}

function listedKeys(list: Exclude<KeySource, KeyRing>, parse: (value: string | Uint8Array) => Uint8Array): HeldKeys {
  const keys: RingKey[] = [];
  const seen = new Map<string, Uint8Array>();
  for (const [index, entry] of list.entries()) {
    const value = entryValue(entry, index);
    if (isBlank(value)) {
      if (index === 0) throw new CipherError("ERR_CIPHER_INVALID_KEY", { hint: "The current key is empty." });
      continue;
    }
    const material = keyBytes(parse(value));
    const id = keyId(material, cipherKeyIdRing);
    const known = seen.get(id);
    if (known && Buffer.compare(known, material) === 0) continue;
    if (known) throw new CipherError("ERR_CIPHER_INVALID_KEY", { hint: "Two different keys of the list have one id." });
    seen.set(id, material);
    keys.push({ keyId: id, material });
  }
  const [current] = keys;
  if (!current) throw new CipherError("ERR_CIPHER_INVALID_KEY", { hint: "The list of keys is empty." });
  const generation = keys.map((key, index): HeldKey => ({ key, state: index === 0 ? "current" : "previous" }));
  const usage = new KeyUsage(Date.now);
  return {
    generation: () => generation,
    encryptionKey: () => current,
    used: (key) => usage.count(key),
    status: () =>
      generation.map(({ key, state }) => ({
        keyId: key.keyId,
        state,
        ...usage.of(key),
        ...cipherKeyVerdict(state),
      })),
  };
}

function entryValue(entry: unknown, index: number): string | Uint8Array {
  if (typeof entry === "string" || entry instanceof Uint8Array) return entry;
  if (typeof (entry as Secret | undefined)?.reveal === "function") return (entry as Secret).reveal();
  throw new CipherError("ERR_CIPHER_INVALID_KEY", { hint: `Entry ${index} of the list of keys holds no value.` });
}

/**
 * A copy of what `parse` made. Untyped code may return text, which would be copied as zeros, or a promise, which would
 * be copied as nothing.
 *
 * @throws CipherError `ERR_CIPHER_INVALID_KEY`
 */
export function keyBytes(parsed: unknown): Uint8Array {
  if (parsed instanceof Uint8Array && parsed.length > 0) return Uint8Array.from(parsed);
  throw new CipherError("ERR_CIPHER_INVALID_KEY", { hint: "`parse` made no bytes of the value." });
}

/** Whether there is nothing but white space, a byte order mark included: such a value is never a key. */
export function isBlank(value: string | Uint8Array): boolean {
  const text = typeof value === "string" ? value : Buffer.from(value).toString("utf8");
  return text.trim() === "";
}

/** What a ring of cipher keys can say of a key by itself: only an audit of the stored rows can say more. */
export function cipherKeyVerdict(state: Stage): Pick<KeyStatus, "safeToRemove" | "because"> {
  if (state === "current") return { safeToRemove: false, because: "it encrypts what is written now" };
  if (state === "pending") return { safeToRemove: false, because: "it is about to become the current key" };
  return { safeToRemove: "unknown", because: "only an audit of the stored rows can show that none needs it" };
}

/** How often this process used each key. */
export class KeyUsage {
  readonly #now: () => number;
  readonly #uses = new WeakMap<RingKey, { uses: number; lastUsedAt: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  count(key: RingKey): void {
    const usage = this.#uses.get(key);
    if (!usage) {
      this.#uses.set(key, { uses: 1, lastUsedAt: this.#now() });
    } else {
      usage.uses += 1;
      usage.lastUsedAt = this.#now();
    }
  }

  of(key: RingKey): Pick<KeyStatus, "uses" | "lastUsedAt"> {
    const usage = this.#uses.get(key);
    return usage ? { uses: usage.uses, lastUsedAt: new Date(usage.lastUsedAt) } : { uses: 0 };
  }
}
