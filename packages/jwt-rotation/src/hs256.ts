import { isUtf8 } from "node:buffer";
import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import { decodeBase64url } from "./base64url.js";
import { JwtError } from "./jwt-error.js";
import { type JwtHeader, parseHeader } from "./jwt-header.js";

/** A token taken apart. Nothing of it is authentic before `verifySignature` said so. */
export interface CompactJwt {
  readonly header: JwtHeader;
  readonly payloadBytes: Buffer;
  readonly signingInput: string;
  readonly signature: Buffer;
}

/** 16 KiB, what Node's HTTP server accepts as all headers of a request together. */
const maxTokenLength = 16_384;
/** 32 bytes in base64url. */
const signatureLength = 43;

/**
 * Makes a token: one HMAC-SHA256 over the two segments (RFC 7515 section 5.1, RFC 7518 section 3.2). The claims are
 * JSON data already (`issueClaims` returns such).
 *
 * @throws {JwtError} `ERR_JWT_CLAIMS` when the token would be longer than `parseCompact` accepts.
 */
export function signCompact(headerSegment: string, claims: Readonly<Record<string, unknown>>, key: KeyObject): string {
  const signingInput = `${headerSegment}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
  if (signingInput.length + 1 + signatureLength > maxTokenLength) {
    throw new JwtError("ERR_JWT_CLAIMS", { hint: "The token would be longer than 16 KiB: put less into it." });
  }
  return `${signingInput}.${hmac(signingInput, key).toString("base64url")}`;
}

/**
 * Takes a token apart: at most 16 KiB, exactly three segments of canonical base64url, a header that `parseHeader`
 * accepts, a signature of exactly 32 bytes (RFC 7515 section 5.2). A header segment found in `knownHeaders` is not parsed
 * again: that of a key is constant, and equal text says equal things.
 *
 * @throws {JwtError} `ERR_JWT_MALFORMED`; `ERR_JWT_ALGORITHM`, which is told first, since tokens of other algorithms
 * have signatures of other lengths.
 */
export function parseCompact(token: unknown, knownHeaders?: ReadonlyMap<string, JwtHeader>): CompactJwt {
  if (typeof token !== "string" || token.length > maxTokenLength) throw malformedToken();
  const headerEnd = token.indexOf(".");
  const payloadEnd = token.indexOf(".", headerEnd + 1);
  if (headerEnd === -1 || payloadEnd === -1 || token.includes(".", payloadEnd + 1)) throw malformedToken();
  const headerSegment = token.slice(0, headerEnd);
  const header = knownHeaders?.get(headerSegment) ?? parseHeader(headerSegment);
  const payloadBytes = decodeBase64url(token.slice(headerEnd + 1, payloadEnd));
  const signatureSegment = token.slice(payloadEnd + 1);
  const signature = signatureSegment.length === signatureLength ? decodeBase64url(signatureSegment) : undefined;
  if (payloadBytes === undefined || signature === undefined) throw malformedToken();
  return { header, payloadBytes, signingInput: token.slice(0, payloadEnd), signature };
}

/** Whether this key made the signature: one HMAC, compared in constant time (RFC 7518 section 3.2). */
export function verifySignature(jwt: CompactJwt, key: KeyObject): boolean {
  return timingSafeEqual(hmac(jwt.signingInput, key), jwt.signature);
}

/**
 * The claims, deeply frozen; only to be asked of a token whose signature was verified. Of members with one name the
 * last counts, as RFC 7519 section 4 allows.
 *
 * @throws {JwtError} `ERR_JWT_MALFORMED` when they are not a JSON object in UTF-8 without a byte order mark.
 */
export function parsePayload(jwt: CompactJwt): Readonly<Record<string, unknown>> {
  const payload = isUtf8(jwt.payloadBytes) ? parseJson(jwt.payloadBytes.toString("utf8")) : undefined;
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) {
    throw new JwtError("ERR_JWT_MALFORMED", { hint: "The payload is not a JSON object in UTF-8." });
  }
  return deepFreeze(payload as Record<string, unknown>);
}

function hmac(signingInput: string, key: KeyObject): Buffer {
  return createHmac("sha256", key).update(signingInput).digest();
}

/** `undefined` for what is not JSON: the error of `JSON.parse` would quote the text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Without recursion, since 16 KiB can nest deeper than the stack. */
function deepFreeze<T extends object>(root: T): T {
  const found: object[] = [root];
  for (const value of found) {
    Object.freeze(value);
    for (const inner of Object.values(value)) {
      if (typeof inner === "object" && inner !== null) found.push(inner);
    }
  }
  return root;
}

function malformedToken(): JwtError {
  return new JwtError("ERR_JWT_MALFORMED", {
    hint: "A token is three segments of unpadded, canonical base64url, the last of 32 bytes, and at most 16 KiB together.",
  });
}
