import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { type CipherContext, CipherError, decodeBase64url, encodeBase64url } from "@qarion/secrets-core/keys";

// The bytes of `qs1.a256gcm.<key id>.<base64url(iv ‖ ciphertext ‖ tag)>`. docs/qs1-format.md describes them and
// test/vectors/qs1.json holds them fast: what is written once has to be readable for ever, so nothing here may change.
const algorithm = "a256gcm";
const ivBytes = 12;
const tagBytes = 16;
const unpadded = { padded: false } as const;
const keyIdPattern = /^[A-Za-z0-9_-]{12}$/;
const halfASurrogatePair = /\p{Surrogate}/u;
// With the 19 bytes before it in the info of HKDF it stays below the 1,024 bytes that Node and older OpenSSL take.
const mostColumnBytes = 1_000;

/** A ciphertext taken apart; nothing of it is authentic before `openBody` said so. */
export interface Qs1Text {
  readonly keyId: string;
  readonly body: Uint8Array;
}

/** Whether a ciphertext can name its key so: 9 bytes in base64url, where every text of 12 characters is canonical. */
export function isKeyId(text: string): boolean {
  return keyIdPattern.test(text);
}

/** `undefined` for what is not the canonical text of this format. */
export function parseQs1(text: string): Qs1Text | undefined {
  const [prefix, alg, keyId = "", body = "", ...more] = text.split(".", 5);
  if (prefix !== "qs1" || alg !== algorithm || !isKeyId(keyId) || more.length > 0) return undefined;
  const bytes = decodeBase64url(body, unpadded);
  return bytes && bytes.length >= ivBytes + tagBytes ? { keyId, body: bytes } : undefined;
}

export function formatQs1({ keyId, body }: Qs1Text): string {
  return `qs1.${algorithm}.${keyId}.${encodeBase64url(body, unpadded)}`;
}

/**
 * HKDF-SHA256 (RFC 5869) of the ring's key with an empty salt and the column in its info: each column has a key of its
 * own, so the bound on random IVs (2^32 for one key, NIST SP 800-38D section 8.3) counts for each column by itself.
 */
export function columnKey(material: Uint8Array, column: string): KeyObject {
  const info = Buffer.concat([Buffer.from(`qarion/qs1/${algorithm}\0`), Buffer.from(column, "utf8")]);
  return createSecretKey(Buffer.from(hkdfSync("sha256", material, new Uint8Array(0), info, 32)));
}

/** The members of a context, each a name and a value that UTF-8 can hold. */
export type ContextMembers = ReadonlyMap<string, string>;

/** @throws CipherError `ERR_CIPHER_CONTEXT` for what cannot be bound */
export function contextMembers(context: CipherContext): ContextMembers {
  // A list, a Map or a promise has no members of its own: taken for an empty context, it would bind nothing.
  if (Object.prototype.toString.call(context) !== "[object Object]")
    throw unusable("A context is a plain object of strings.");
  const members = new Map(Object.entries(context));
  for (const [name, value] of members) {
    if (name === "") throw unusable("The names of a context's members are not empty.");
    if (typeof value !== "string") throw unusable(`The member ${JSON.stringify(name)} of the context is not a string.`);
    if (halfASurrogatePair.test(name) || halfASurrogatePair.test(value))
      throw unusable("The context has half of a surrogate pair, which UTF-8 cannot hold.");
  }
  if (Buffer.byteLength(columnOf(members)) > mostColumnBytes)
    throw unusable(`The member "column" of the context has more than ${mostColumnBytes} bytes.`);
  return members;
}

/** The column that picks the key: empty when the context names none. */
export function columnOf(members: ContextMembers): string {
  return members.get("column") ?? "";
}

/**
 * What the tag authenticates besides the ciphertext: format, algorithm, key id, the number of the context's members and
 * each name and value, sorted by the UTF-8 bytes of the names, every part after its length in four bytes, so that no two
 * contexts have one encoding.
 */
export function associatedData(keyId: string, members: ContextMembers): Buffer {
  const sorted = [...members]
    .map(([name, value]) => [Buffer.from(name, "utf8"), Buffer.from(value, "utf8")] as const)
    .sort(([a], [b]) => Buffer.compare(a, b));
  const parts = [
    prefixed(Buffer.from("qs1")),
    prefixed(Buffer.from(algorithm)),
    prefixed(Buffer.from(keyId)),
    uint32(sorted.length),
  ];
  for (const [name, value] of sorted) parts.push(prefixed(name), prefixed(value));
  return Buffer.concat(parts);
}

/** `iv ‖ ciphertext ‖ tag`. The IV must never be used again with the key. */
export function sealBody(plaintext: Uint8Array, key: KeyObject, iv: Uint8Array, aad: Uint8Array): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes }).setAAD(aad);
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** `undefined` when the tag does not match. */
export function openBody(body: Uint8Array, key: KeyObject, aad: Uint8Array): Buffer | undefined {
  const decipher = createDecipheriv("aes-256-gcm", key, body.subarray(0, ivBytes), { authTagLength: tagBytes })
    .setAAD(aad)
    .setAuthTag(body.subarray(-tagBytes));
  // GCM yields all bytes here and none at the end. Joining the two by Buffer.concat would put a short plaintext into the
  // memory that Node shares between buffers, where `.buffer` and structuredClone show it beside other values.
  const plaintext = decipher.update(body.subarray(ivBytes, -tagBytes));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plaintext;
}

function prefixed(bytes: Uint8Array): Buffer {
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function unusable(hint: string): CipherError {
  return new CipherError("ERR_CIPHER_CONTEXT", { hint });
}
