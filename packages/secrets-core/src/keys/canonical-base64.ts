/**
 * The bytes of base64url text, or `undefined` for what is not exactly how those bytes are written: Node's decoder skips
 * what it does not know, takes the standard alphabet too and ignores the unused last bits, so many texts would stand for
 * one value (RFC 4648 sections 3.3 and 3.5).
 */
export function decodeBase64url(text: string, { padded }: { readonly padded: boolean }): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return encodeBase64url(bytes, { padded }) === text ? bytes : undefined;
}

/** Base64url with or without `=` at the end. */
export function encodeBase64url(bytes: Uint8Array, { padded }: { readonly padded: boolean }): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
  return padded ? text + "=".repeat((4 - (text.length % 4)) % 4) : text;
}
