import { isUtf8 } from "node:buffer";
import { decodeBase64url } from "./base64url.js";
import { JwtError } from "./jwt-error.js";

/** What a checked header tells: `alg` and `typ` have one accepted value each, so only the key id is left to know. */
export interface JwtHeader {
  readonly kid?: string;
}

const maxKidLength = 256;

// The whole grammar of an accepted header: a JSON object whose members are strings without escapes. A header that
// needs more is not one of ours, and a grammar that knows no more has no prototypes, numbers or escapes to confuse.
const space = "[ \\t\\n\\r]*";
const text = '"([^"\\\\\\p{Cc}]*)"';
const member = `${space}${text}${space}:${space}${text}${space}`;
const headerObject = new RegExp(`^${space}\\{${member}(?:,${member})*\\}${space}$`, "u");
const headerMember = new RegExp(member, "gu");

/** The header segment of tokens signed with the key of this id, or of one without: constant for a key, so made once. */
export function encodeHeader(kid?: string): string {
  return Buffer.from(JSON.stringify({ alg: "HS256", typ: "JWT", kid })).toString("base64url");
}

/**
 * Checks a header segment: `alg` is exactly "HS256", `typ` if present is "JWT" in any case (RFC 7519 section 5.1), `kid`
 * if present has 1 to 256 characters, and there is nothing else: `crit`, `b64`, `zip`, `jku`, `jwk` and `x5c` all ask for
 * something that this codec does not do (RFC 7515 section 4.1, RFC 8725 sections 3.1 and 3.10).
 *
 * @throws {JwtError} `ERR_JWT_MALFORMED`; `ERR_JWT_ALGORITHM` when `alg` is missing or another.
 */
export function parseHeader(headerSegment: string): JwtHeader {
  const members = headerMembers(headerSegment);
  if (members.get("alg") !== "HS256") throw new JwtError("ERR_JWT_ALGORITHM");
  const typ = members.get("typ");
  const kid = members.get("kid");
  if (typ !== undefined && !/^jwt$/i.test(typ)) throw malformedHeader();
  if (kid === undefined) return {};
  if (kid === "" || kid.length > maxKidLength) throw malformedHeader();
  return { kid };
}

function headerMembers(headerSegment: string): ReadonlyMap<string, string> {
  const bytes = decodeBase64url(headerSegment);
  if (bytes === undefined || !isUtf8(bytes)) throw malformedHeader();
  const json = bytes.toString("utf8");
  if (!headerObject.test(json)) throw malformedHeader();
  const members = new Map<string, string>();
  for (const [, name = "", value = ""] of json.matchAll(headerMember)) {
    if ((name !== "alg" && name !== "typ" && name !== "kid") || members.has(name)) throw malformedHeader();
    members.set(name, value);
  }
  return members;
}

function malformedHeader(): JwtError {
  return new JwtError("ERR_JWT_MALFORMED", {
    hint: 'The header is a JSON object of "alg", "typ" and "kid" alone, each at most once and a string without escapes.',
  });
}
