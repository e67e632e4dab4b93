import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import {
  type Cipher,
  type CipherContext,
  CipherError,
  decodeBase64url,
  encodeBase64url,
  type KeyStatus,
  keyId,
  plaintextBytes,
  plaintextText,
} from "@qarion/secrets-core/keys";

const unpadded = { padded: false } as const;
const tagBytes = 16;

export interface SoundKey {
  readonly id: string;
  readonly material: Uint8Array;
  uses: number;
}

export interface Parts {
  readonly keyId: string;
  readonly iv: Buffer;
  readonly body: Buffer;
  readonly tag: Buffer;
}

/** AES-256-GCM as `gAAAA-ref1.<key id>.<iv>.<body>.<tag>`: a cipher with no fault, taken apart so that each can be planted. */
export class SoundCipher implements Cipher {
  readonly format: string = "ref1";
  readonly bindsContext: boolean = true;
  readonly #keys: readonly SoundKey[];

  constructor(materials: readonly Uint8Array[]) {
    this.#keys = materials.map((material) => ({ id: this.idOf(material), material, uses: 0 }));
  }

  protected get keys(): readonly SoundKey[] {
    return this.#keys;
  }

  encrypt(plaintext: string | Uint8Array, context: CipherContext = {}): string {
    return this.seal(this.bytesOf(plaintext), this.encryptionKey(), context);
  }

  decrypt(ciphertext: string, context?: CipherContext): string {
    return plaintextText(this.decryptBytes(ciphertext, context));
  }

  decryptBytes(ciphertext: string, context: CipherContext = {}): Uint8Array {
    return this.open(ciphertext, context).plaintext;
  }

  identify(ciphertext: string): { readonly format: string; readonly keyId?: string } | undefined {
    const parts = this.parse(ciphertext);
    return parts && { format: this.format, keyId: parts.keyId };
  }

  rotate(ciphertext: string, context: CipherContext = {}): ReturnType<Cipher["rotate"]> {
    const { plaintext, key } = this.open(ciphertext, context);
    const current = this.encryptionKey();
    const changed = key !== current;
    const rotated = changed ? this.seal(plaintext, current, context) : ciphertext;
    return { ciphertext: rotated, changed, fromKeyId: key.id, toKeyId: current.id };
  }

  status(): readonly KeyStatus[] {
    return this.keys.map(({ id, uses }, index) => ({
      keyId: id,
      state: index === 0 ? "current" : "previous",
      uses,
      safeToRemove: index === 0 ? false : "unknown",
      because: "only an audit can say more",
    }));
  }

  protected encryptionKey(): SoundKey {
    const [current] = this.keys;
    if (!current) throw new CipherError("ERR_CIPHER_INVALID_KEY");
    return current;
  }

  protected idOf(material: Uint8Array): string {
    return keyId(material, "cipher");
  }

  protected bytesOf(plaintext: string | Uint8Array): Uint8Array {
    return plaintextBytes(plaintext);
  }

  protected newIv(): Uint8Array {
    return randomBytes(12);
  }

  protected associatedData(id: string, context: CipherContext): Buffer {
    const parts = ["ref1", id, ...Object.entries(context).sort().flat()];
    return Buffer.concat(
      parts.flatMap((part) => {
        const bytes = Buffer.from(part, "utf8");
        return [Buffer.from(`${bytes.length}:`), bytes];
      }),
    );
  }

  protected seal(plaintext: Uint8Array, key: SoundKey, context: CipherContext): string {
    const iv = this.newIv();
    const cipher = createCipheriv("aes-256-gcm", key.material, iv, { authTagLength: tagBytes });
    cipher.setAAD(this.associatedData(key.id, context));
    const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    key.uses += 1;
    return this.textOf({ keyId: key.id, iv: Buffer.from(iv), body, tag: cipher.getAuthTag() });
  }

  protected textOf({ keyId: id, iv, body, tag }: Parts): string {
    return ["gAAAA-ref1", id, ...[iv, body, tag].map((bytes) => encodeBase64url(bytes, unpadded))].join(".");
  }

  protected parse(text: unknown): Parts | undefined {
    if (typeof text !== "string") return undefined;
    const [prefix, id = "", ...rest] = text.split(".");
    if (prefix !== "gAAAA-ref1" || rest.length !== 3 || !/^[\w-]{12}$/.test(id)) return undefined;
    const [iv, body, tag] = rest.map((part) => decodeBase64url(part, unpadded));
    if (!iv || !body || !tag || iv.length !== 12 || !this.acceptsTag(tag)) return undefined;
    return { keyId: id, iv, body, tag };
  }

  protected acceptsTag(tag: Buffer): boolean {
    return tag.length === tagBytes;
  }

  protected malformed(_text: unknown): CipherError {
    return new CipherError("ERR_CIPHER_MALFORMED");
  }

  protected open(text: string, context: CipherContext): { readonly plaintext: Uint8Array; readonly key: SoundKey } {
    const parts = this.parse(text);
    if (!parts) throw this.malformed(text);
    const key = this.keys.find(({ id }) => id === parts.keyId);
    if (!key) throw new CipherError("ERR_CIPHER_KEY_UNKNOWN", { keyId: parts.keyId });
    const decipher = createDecipheriv("aes-256-gcm", key.material, parts.iv, { authTagLength: parts.tag.length });
    decipher.setAAD(this.associatedData(key.id, context)).setAuthTag(parts.tag);
    const plaintext = decipher.update(parts.body);
    try {
      decipher.final();
    } catch {
      throw new CipherError("ERR_CIPHER_AUTHENTICATION_FAILED", { keyId: key.id });
    }
    key.uses += 1;
    return { plaintext, key };
  }
}

/** AES-256-CBC as `gAAAA-cbc.<iv>.<body>[.<mac>]`, which tries each key; the MAC can be left out. */
export class CbcCipher extends SoundCipher {
  protected readonly hasMac: boolean = true;

  override identify(ciphertext: string): { readonly format: string } | undefined {
    return this.parse(ciphertext) && { format: this.format };
  }

  protected override seal(plaintext: Uint8Array, key: SoundKey): string {
    const iv = randomBytes(16);
    const cipher = createCipheriv("aes-256-cbc", key.material, iv);
    const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    key.uses += 1;
    return this.textOf({ keyId: "", iv, body, tag: this.mac(key, iv, body) });
  }

  protected override textOf({ iv, body, tag }: Parts): string {
    return ["gAAAA-cbc", ...[iv, body, tag].map((bytes) => encodeBase64url(bytes, unpadded))].join(".");
  }

  protected override parse(text: unknown): Parts | undefined {
    if (typeof text !== "string") return undefined;
    const [prefix, ...rest] = text.split(".");
    if (prefix !== "gAAAA-cbc" || rest.length !== 3) return undefined;
    const [iv, body, tag] = rest.map((part) => decodeBase64url(part, unpadded));
    if (iv?.length !== 16 || !body?.length || body.length % 16 || tag?.length !== (this.hasMac ? 32 : 0))
      return undefined;
    return { keyId: "", iv, body, tag };
  }

  protected mac({ material }: SoundKey, iv: Uint8Array, body: Uint8Array): Buffer {
    return this.hasMac ? createHmac("sha256", material).update(iv).update(body).digest() : Buffer.alloc(0);
  }

  protected override open(text: string): { readonly plaintext: Uint8Array; readonly key: SoundKey } {
    const parts = this.parse(text);
    if (!parts) throw this.malformed(text);
    for (const key of this.keys) {
      if (!this.mac(key, parts.iv, parts.body).equals(parts.tag)) continue;
      try {
        const decipher = createDecipheriv("aes-256-cbc", key.material, parts.iv);
        const plaintext = Buffer.concat([decipher.update(parts.body), decipher.final()]);
        key.uses += 1;
        return { plaintext, key };
      } catch {
        // the padding is wrong, so it may be another key's
      }
    }
    throw new CipherError("ERR_CIPHER_AUTHENTICATION_FAILED");
  }
}
