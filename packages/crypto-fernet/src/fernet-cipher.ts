import { randomBytes } from "node:crypto";
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
import { parseFernetKey } from "./fernet-key.js";
import {
  type FernetKeyHalves,
  type FernetToken,
  halvesOf,
  isSignedBy,
  openToken,
  parseToken,
  sealToken,
} from "./fernet-token.js";

export interface FernetCipherOptions {
  /** A list of keys, the current one first, or a ring of `keyRingFrom`. */
  readonly keys: KeySource;
  /** Refuses tokens older than this many seconds, and those dated more than 60 s ahead. By default age does not matter. */
  readonly ttlSeconds?: number;
}

/** The skew that the specification's implementations grant to clocks, applied only with a time to live. */
const maxClockSkewSeconds = 60;

/**
 * Fernet: AES-128-CBC with HMAC-SHA256, the tokens of https://github.com/fernet/spec, exchangeable with Python's
 * `cryptography`. It binds no context: a token can be moved to another row unnoticed. Use AES-256-GCM where that matters.
 *
 * @throws CipherError `ERR_CIPHER_INVALID_KEY`
 */
export function fernetCipher({ keys, ttlSeconds }: FernetCipherOptions): Cipher {
  if (ttlSeconds !== undefined && !(Number.isFinite(ttlSeconds) && ttlSeconds >= 0)) {
    throw new TypeError("ttlSeconds is a number of seconds, 0 or more.");
  }
  return new FernetCipher(keysOf(keys, parseFernetKey), ttlSeconds);
}

class FernetCipher implements Cipher {
  readonly format = "fernet";
  readonly bindsContext = false;
  readonly #keys: HeldKeys;
  readonly #ttlSeconds: number | undefined;
  readonly #halves = new WeakMap<RingKey, FernetKeyHalves>();

  constructor(keys: HeldKeys, ttlSeconds: number | undefined) {
    this.#keys = keys;
    this.#ttlSeconds = ttlSeconds;
  }

  encrypt(plaintext: string | Uint8Array, context?: CipherContext): string {
    refuseContext(context);
    return this.#seal(plaintextBytes(plaintext), this.#keys.encryptionKey(), nowSeconds());
  }

  decrypt(ciphertext: string, context?: CipherContext): string {
    return plaintextText(this.decryptBytes(ciphertext, context));
  }

  decryptBytes(ciphertext: string, context?: CipherContext): Uint8Array {
    refuseContext(context);
    return this.#open(this.#parsed(ciphertext), { atAnyAge: false }).plaintext;
  }

  identify(ciphertext: string): { readonly format: string; readonly createdAt: Date } | undefined {
    const token = typeof ciphertext === "string" ? parseToken(ciphertext) : undefined;
    return token && { format: this.format, createdAt: new Date(token.seconds * 1_000) };
  }

  /**
   * As pyca's `MultiFernet.rotate`: the new token keeps the time of the old one, so rotating renews no time to live, and
   * a token's age does not matter, so that an expired row does not keep an old key in use for ever.
   */
  rotate(ciphertext: string, context?: CipherContext): ReturnType<Cipher["rotate"]> {
    refuseContext(context);
    const token = this.#parsed(ciphertext);
    const { plaintext, key } = this.#open(token, { atAnyAge: true });
    const current = this.#keys.encryptionKey();
    const changed = key !== current;
    return {
      ciphertext: changed ? this.#seal(plaintext, current, token.seconds) : ciphertext,
      changed,
      fromKeyId: key.keyId,
      toKeyId: current.keyId,
    };
  }

  status(): readonly KeyStatus[] {
    return this.#keys.status();
  }

  #parsed(ciphertext: string): FernetToken {
    const token = typeof ciphertext === "string" ? parseToken(ciphertext) : undefined;
    if (token) return token;
    throw new CipherError("ERR_CIPHER_MALFORMED", {
      hint: "A Fernet token is urlsafe base64 with padding, of version 0x80.",
    });
  }

  #open(
    token: FernetToken,
    { atAnyAge }: { readonly atAnyAge: boolean },
  ): { readonly plaintext: Buffer; readonly key: RingKey } {
    const key = this.#signer(token);
    if (!key) throw new CipherError("ERR_CIPHER_AUTHENTICATION_FAILED");
    if (!atAnyAge) this.#refuseExpired(token);
    const plaintext = openToken(token, this.#halvesOf(key));
    if (!plaintext) throw new CipherError("ERR_CIPHER_MALFORMED", { hint: "The padding is wrong." });
    this.#keys.used(key);
    return { plaintext, key };
  }

  /** The MAC before anything else, and one HMAC for every key whichever it is, so that the time tells nothing. */
  #signer(token: FernetToken): RingKey | undefined {
    let signer: RingKey | undefined;
    for (const { key } of this.#keys.generation()) {
      if (isSignedBy(token, this.#halvesOf(key))) signer ??= key;
    }
    return signer;
  }

  #refuseExpired({ seconds }: FernetToken): void {
    if (this.#ttlSeconds === undefined) return;
    const now = nowSeconds();
    if (seconds + this.#ttlSeconds < now || seconds > now + maxClockSkewSeconds)
      throw new CipherError("ERR_CIPHER_EXPIRED");
  }

  #seal(plaintext: Uint8Array, key: RingKey, seconds: number): string {
    const token = sealToken(plaintext, this.#halvesOf(key), seconds, randomBytes(16));
    this.#keys.used(key);
    return token;
  }

  #halvesOf(key: RingKey): FernetKeyHalves {
    let halves = this.#halves.get(key);
    if (!halves) {
      halves = halvesOf(parseFernetKey(key.material));
      this.#halves.set(key, halves);
    }
    return halves;
  }
}

/** Ignoring a context would let its giver believe that it protects. */
function refuseContext(context: CipherContext | undefined): void {
  if (context === undefined) return;
  const isPlain = Object.prototype.toString.call(context) === "[object Object]"; // a Map hides its members
  if (isPlain && Reflect.ownKeys(context).length === 0) return;
  throw new CipherError("ERR_CIPHER_CONTEXT", { hint: "Fernet cannot bind a context: use AES-256-GCM, or give none." });
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}
