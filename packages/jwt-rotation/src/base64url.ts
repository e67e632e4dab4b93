/**
 * The bytes of a token's segment, or `undefined` when the segment is empty or is not the one canonical form of its
 * bytes: unpadded, nothing but the URL-safe alphabet, unused bits zero (RFC 7515 section 2, RFC 4648 sections 3.5 and 5).
 * Node's decoder skips what it does not know, so the bytes are encoded again and compared.
 */
export function decodeBase64url(segment: string): Buffer | undefined {
  if (segment === "") return undefined;
  const bytes = Buffer.from(segment, "base64url");
  return bytes.toString("base64url") === segment ? bytes : undefined;
}
