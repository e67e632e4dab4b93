import { type KeyObject, randomBytes } from "node:crypto";
import {
  type Cipher,
  type CipherContext,
  CipherError,
  type HeldKeys,
  type KeySource,
  type KeyStatus,
  keysOf,
  plaintextBytes,
  plaintextText,
  type RingKey,
} from "@qarion/secrets-core/keys";
import { parseAesKey } from "./aes-key.js";
import {
  associatedData,
  type ContextMembers,
  columnKey,
  columnOf,
  contextMembers,
  formatQs1,
  isKeyId,
  openBody,
  parseQs1,
  type Qs1Text,
  sealBody,
} from "./qs1-format.js";

export interface AesGcmCipherOptions {
  /** A list of keys, the current one first, or a ring of `keyRingFrom`. */
  readonly keys: KeySource;
}

const none: CipherContext = Object.freeze({});
const mostColumnKeys = 1_000;

/**
 * AES-256-GCM in the format `qs1` (docs/qs1-format.md). The ciphertext names its key, and is bound to its context: it
 * opens only with the very pairs that it was made with. A context's member `column` also picks the key that is derived
 * for that column.
 *
 * @throws CipherError `ERR_CIPHER_INVALID_KEY`
 */
export function aesGcmCipher({ keys }: AesGcmCipherOptions): Cipher {
  const held = keysOf(keys, parseAesKey);
  for (const { key } of held.generation()) materialOf(key);
  return new AesGcmCipher(held);
}

/** The 32 bytes of a key that a ciphertext can name: a ring that derives its key gives it a label in place of an id. */
function materialOf({ keyId, material }: RingKey): Uint8Array {
  if (isKeyId(keyId)) return parseAesKey(material);
  throw new CipherError("ERR_CIPHER_INVALID_KEY", {
    hint: `No ciphertext of this cipher can name the key ${keyId}: give the ring a key of its own, not a derived one.`,
  });
}

class AesGcmCipher implements Cipher {
  readonly format = "aes-256-gcm";
  readonly bindsContext = true;
  readonly #keys: HeldKeys;
  readonly #columnKeys = new WeakMap<RingKey, Map<string, KeyObject>>();

  constructor(keys: HeldKeys) {
    this.#keys = keys;
  }

  encrypt(plaintext: string | Uint8Array, context: CipherContext = none): string {
    const members = contextMembers(context);
    return this.#seal(plaintextBytes(plaintext), this.#keys.encryptionKey(), members);
  }

  decrypt(ciphertext: string, context?: CipherContext): string {
    return plaintextText(this.decryptBytes(ciphertext, context));
  }

  decryptBytes(ciphertext: string, context: CipherContext = none): Uint8Array {
    const members = contextMembers(context);
    return this.#open(this.#parsed(ciphertext), members).plaintext;
  }

  identify(ciphertext: string): { readonly format: string; readonly keyId: string } | undefined {
    const text = typeof ciphertext === "string" ? parseQs1(ciphertext) : undefined;
    return text && { format: this.format, keyId: text.keyId };
  }

  rotate(ciphertext: string, context: CipherContext = none): ReturnType<Cipher["rotate"]> {
    const members = contextMembers(context);
    const { plaintext, key } = this.#open(this.#parsed(ciphertext), members);
    const current = this.#keys.encryptionKey();
    const changed = key !== current;
    return {
      ciphertext: changed ? this.#seal(plaintext, current, members) : ciphertext,
      changed,
      fromKeyId: key.keyId,
      toKeyId: current.keyId,
    };
  }

  status(): readonly KeyStatus[] {
    return this.#keys.status();
  }

  #parsed(ciphertext: string): Qs1Text {
    const text = typeof ciphertext === "string" ? parseQs1(ciphertext) : undefined;
    if (text) return text;
    throw new CipherError("ERR_CIPHER_MALFORMED", {
      hint: "A ciphertext of this cipher is qs1.a256gcm.<key id>.<unpadded base64url>.",
    });
  }

  #open(text: Qs1Text, members: ContextMembers): { readonly plaintext: Buffer; readonly key: RingKey } {
    const key = this.#keys.generation().find((held) => held.key.keyId === text.keyId)?.key;
    if (!key) {
      throw new CipherError("ERR_CIPHER_KEY_UNKNOWN", {
        keyId: text.keyId,
        hint: "Give it back as a previous key, or restore the row from before the key was removed.",
      });
    }
    const plaintext = openBody(text.body, this.#columnKey(key, members), associatedData(key.keyId, members));
    if (!plaintext) throw new CipherError("ERR_CIPHER_AUTHENTICATION_FAILED", { keyId: text.keyId });
    this.#keys.used(key);
    return { plaintext, key };
  }

  #seal(plaintext: Uint8Array, key: RingKey, members: ContextMembers): string {
    // A fresh IV from the system for each: a pool of random bytes would come back to life twice with a snapshot of the
    // machine, and one IV used twice with GCM gives the authentication key away.
    const body = sealBody(
      plaintext,
      this.#columnKey(key, members),
      randomBytes(12),
      associatedData(key.keyId, members),
    );
    this.#keys.used(key);
    return formatQs1({ keyId: key.keyId, body });
  }

  #columnKey(key: RingKey, members: ContextMembers): KeyObject {
    const column = columnOf(members);
    let cached = this.#columnKeys.get(key);
    if (!cached) {
      cached = new Map();
      this.#columnKeys.set(key, cached);
    }
    let derived = cached.get(column);
    if (!derived) {
      derived = columnKey(materialOf(key), column);
      if (cached.size >= mostColumnKeys) cached.clear(); // columns are few; made-up ones must not fill the memory
      cached.set(column, derived);
    }
    return derived;
  }
}
