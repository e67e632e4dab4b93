import { createCipheriv, createHmac } from "node:crypto";

// Tokens put together by node:crypto alone, so that the code under test is not held against itself.

/** Base64url with padding, by way of plain base64. */
export function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

export function bytesOf(token: string): Buffer {
  return Buffer.from(token, "base64url");
}

/** These bytes with a valid HMAC behind them: what a holder of the key can make, well-formed or not. */
export function signed(bytes: Uint8Array, key: string): string {
  const mac = createHmac("sha256", bytesOf(key).subarray(0, 16)).update(bytes).digest();
  return base64url(Buffer.concat([bytes, mac]));
}

export interface TokenParts {
  readonly key: string;
  /** Encrypted as it stands: whole blocks of 16 bytes, the padding included. */
  readonly blocks: Uint8Array;
  readonly version?: number;
  readonly seconds?: bigint;
}

/** A token of these parts, rightly signed. */
export function handMadeToken({ key, blocks, version = 0x80, seconds = 1_700_000_000n }: TokenParts): string {
  const iv = Buffer.from("0123456789abcdef");
  const cipher = createCipheriv("aes-128-cbc", bytesOf(key).subarray(16), iv).setAutoPadding(false);
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(seconds);
  const body = Buffer.concat([cipher.update(blocks), cipher.final()]);
  return signed(Buffer.concat([Buffer.of(version), time, iv, body]), key);
}

/** PKCS #7 (RFC 5652 section 6.3) for blocks of 16 bytes. */
export function pkcs7(bytes: Uint8Array): Buffer {
  const count = 16 - (bytes.length % 16);
  return Buffer.concat([bytes, Buffer.alloc(count, count)]);
}
