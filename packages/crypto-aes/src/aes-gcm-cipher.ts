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
  checkContext,
  columnKey,
  formatQs1,
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
  return new AesGcmCipher(keysOf(keys, parseAesKey));
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
    checkContext(context);
    return this.#seal(plaintextBytes(plaintext), this.#keys.encryptionKey(), context);
  }

  decrypt(ciphertext: string, context?: CipherContext): string {
    return plaintextText(this.decryptBytes(ciphertext, context));
  }

  decryptBytes(ciphertext: string, context: CipherContext = none): Uint8Array {
    checkContext(context);
    return this.#open(this.#parsed(ciphertext), context).plaintext;
  }

  identify(ciphertext: string): { readonly format: string; readonly keyId: string } | undefined {
    const text = typeof ciphertext === "string" ? parseQs1(ciphertext) : undefined;
    return text && { format: this.format, keyId: text.keyId };
  }

  rotate(ciphertext: string, context: CipherContext = none): ReturnType<Cipher["rotate"]> {
    checkContext(context);
    const { plaintext, key } = this.#open(this.#parsed(ciphertext), context);
    const current = this.#keys.encryptionKey();
    const changed = key !== current;
    return {
      ciphertext: changed ? this.#seal(plaintext, current, context) : ciphertext,
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

  #open(text: Qs1Text, context: CipherContext): { readonly plaintext: Buffer; readonly key: RingKey } {
    const key = this.#keys.generation().find((held) => held.key.keyId === text.keyId)?.key;
    if (!key) {
      throw new CipherError("ERR_CIPHER_KEY_UNKNOWN", {
        keyId: text.keyId,
        hint: "Give it back as a previous key, or restore the row from before the key was removed.",
      });
    }
    const plaintext = openBody(text.body, this.#columnKey(key, context), associatedData(key.keyId, context));
    if (!plaintext) throw new CipherError("ERR_CIPHER_AUTHENTICATION_FAILED", { keyId: text.keyId });
    this.#keys.used(key);
    return { plaintext, key };
  }

  #seal(plaintext: Uint8Array, key: RingKey, context: CipherContext): string {
    // A fresh IV from the system for each: a pool of random bytes would come back to life twice with a snapshot of the
    // machine, and one IV used twice with GCM gives the authentication key away.
    const body = sealBody(
      plaintext,
      this.#columnKey(key, context),
      randomBytes(12),
      associatedData(key.keyId, context),
    );
    this.#keys.used(key);
    return formatQs1({ keyId: key.keyId, body });
  }

  #columnKey(key: RingKey, context: CipherContext): KeyObject {
    const column = Object.hasOwn(context, "column") ? (context.column ?? "") : "";
    let cached = this.#columnKeys.get(key);
    if (!cached) {
      cached = new Map();
      this.#columnKeys.set(key, cached);
    }
    let derived = cached.get(column);
    if (!derived) {
      derived = columnKey(parseAesKey(key.material), column);
      if (cached.size >= mostColumnKeys) cached.clear(); // columns are few; made-up ones must not fill the memory
      cached.set(column, derived);
    }
    return derived;
  }
}
