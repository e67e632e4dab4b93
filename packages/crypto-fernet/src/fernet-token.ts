import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
} from "node:crypto";
import { decodeBase64url, encodeBase64url } from "@qarion/secrets-core/keys";

// The token of https://github.com/fernet/spec/blob/master/Spec.md:
// version 0x80 (1) ‖ seconds since the epoch, big-endian (8) ‖ IV (16) ‖ AES-128-CBC, PKCS #7 (16n, n ≥ 1) ‖
// HMAC-SHA256 over all before it (32), in urlsafe base64 with padding.
const version = 0x80;
const ivStart = 9;
const bodyStart = 25;
const blockBytes = 16;
const macBytes = 32;
/** The last moment that a `Date` can hold, in the year 275760. */
const latestSeconds = 8_640_000_000_000n;

/** The two halves of a key: the first signs, the second encrypts. */
export interface FernetKeyHalves {
  readonly signing: KeyObject;
  readonly encryption: KeyObject;
}

export function halvesOf(material: Uint8Array): FernetKeyHalves {
  return { signing: createSecretKey(material.subarray(0, 16)), encryption: createSecretKey(material.subarray(16)) };
}

/** A token taken apart; nothing of it is authentic before `isSignedBy` said so. */
export interface FernetToken {
  readonly seconds: number;
  readonly signed: Uint8Array;
  readonly mac: Uint8Array;
}

/** `undefined` for what is not the canonical text of a token. */
export function parseToken(text: string): FernetToken | undefined {
  const bytes = decodeBase64url(text, { padded: true });
  if (!bytes || bytes[0] !== version) return undefined;
  const bodyBytes = bytes.length - bodyStart - macBytes;
  if (bodyBytes < blockBytes || bodyBytes % blockBytes !== 0) return undefined;
  const seconds = bytes.readBigUInt64BE(1);
  if (seconds > latestSeconds) return undefined;
  return { seconds: Number(seconds), signed: bytes.subarray(0, -macBytes), mac: bytes.subarray(-macBytes) };
}

/** One HMAC, compared in constant time. */
export function isSignedBy({ signed, mac }: FernetToken, { signing }: FernetKeyHalves): boolean {
  return timingSafeEqual(createHmac("sha256", signing).update(signed).digest(), mac);
}

/** Only for a token whose signature was verified; `undefined` when its padding is wrong all the same. */
export function openToken({ signed }: FernetToken, { encryption }: FernetKeyHalves): Buffer | undefined {
  const decipher = createDecipheriv("aes-128-cbc", encryption, signed.subarray(ivStart, bodyStart));
  const start = decipher.update(signed.subarray(bodyStart));
  let end: Buffer;
  try {
    end = decipher.final();
  } catch {
    return undefined; // signed by a holder of the key, and yet no PKCS #7 padding
  }
  // Memory of its own: Buffer.concat would put a short plaintext into the memory that Node shares between buffers, where
  // `.buffer` and structuredClone show it beside other values.
  const plaintext = Buffer.alloc(start.length + end.length);
  plaintext.set(start);
  plaintext.set(end, start.length);
  return plaintext;
}

/** A token with this time and IV. The IV must never be used again with the key. */
export function sealToken(plaintext: Uint8Array, keys: FernetKeyHalves, seconds: number, iv: Uint8Array): string {
  const header = Buffer.alloc(bodyStart);
  header[0] = version;
  header.writeBigUInt64BE(BigInt(seconds), 1);
  header.set(iv, ivStart);
  const cipher = createCipheriv("aes-128-cbc", keys.encryption, iv);
  const signed = Buffer.concat([header, cipher.update(plaintext), cipher.final()]);
  const mac = createHmac("sha256", keys.signing).update(signed).digest();
  return encodeBase64url(Buffer.concat([signed, mac]), { padded: true });
}
