import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeHeader, parseHeader } from "../src/jwt-header.js";
import { codeOf, segment } from "./helpers.js";

const parse = (json: string | Uint8Array) => parseHeader(segment(json));
const codeFor = (json: string | Uint8Array) => codeOf(() => parse(json));

describe("encodeHeader", () => {
  it("writes alg, typ and kid in this order without white space", () => {
    expect(Buffer.from(encodeHeader("key-1"), "base64url").toString()).toBe(
      '{"alg":"HS256","typ":"JWT","kid":"key-1"}',
    );
  });

  it("leaves kid out for a key without an id", () => {
    expect(Buffer.from(encodeHeader(), "base64url").toString()).toBe('{"alg":"HS256","typ":"JWT"}');
    expect(parseHeader(encodeHeader())).toEqual({});
  });

  it("writes what parseHeader reads, for every id in base64url", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
        const kid = segment(bytes);
        expect(parseHeader(encodeHeader(kid))).toEqual({ kid });
      }),
    );
  });
});

describe("parseHeader accepts", () => {
  it.each([
    ["alg alone", '{"alg":"HS256"}', {}],
    ["alg and typ", '{"alg":"HS256","typ":"JWT"}', {}],
    ["typ first, as many libraries write it", '{"typ":"JWT","alg":"HS256"}', {}],
    ["typ in another case (RFC 7519 section 5.1)", '{"alg":"HS256","typ":"jwt"}', {}],
    ["a kid", '{"alg":"HS256","kid":"key-1"}', { kid: "key-1" }],
    ["a kid outside ASCII", '{"kid":"clé-日本-🔑","alg":"HS256"}', { kid: "clé-日本-🔑" }],
    ["a kid of 256 characters", `{"alg":"HS256","kid":"${"k".repeat(256)}"}`, { kid: "k".repeat(256) }],
    [
      "JSON white space wherever JSON allows it",
      '\r\n { \t"alg" : "HS256" ,\n"kid"\t:\r"key-1" } \n',
      { kid: "key-1" },
    ],
    ["names that look like punctuation in a value", '{"kid":"},{:,","alg":"HS256"}', { kid: "},{:," }],
  ])("%s", (_what, json, header) => {
    expect(parse(json)).toEqual(header);
  });
});

describe("parseHeader refuses as ERR_JWT_ALGORITHM", () => {
  it.each([
    "none",
    "None",
    "NONE",
    "",
    "HS384",
    "HS512",
    "RS256",
    "ES256",
    "PS256",
    "EdDSA",
    "hs256",
    "Hs256",
    "HS256 ",
    " HS256",
    "HS2566",
    "HS25",
    "ＨＳ256",
  ])("alg %j", (alg) => {
    expect(codeFor(JSON.stringify({ alg }))).toBe("ERR_JWT_ALGORITHM");
    expect(codeFor(JSON.stringify({ typ: "JWT", alg, kid: "key-1" }))).toBe("ERR_JWT_ALGORITHM");
  });

  it("no alg at all", () => {
    expect(codeFor('{"typ":"JWT"}')).toBe("ERR_JWT_ALGORITHM");
    expect(codeFor('{"kid":"key-1"}')).toBe("ERR_JWT_ALGORITHM");
  });
});

describe("parseHeader refuses as ERR_JWT_MALFORMED", () => {
  it.each([
    ["crit", '"crit":["exp"]'],
    ["crit as a string", '"crit":"exp"'],
    ["b64", '"b64":false'],
    ["jku", '"jku":"https://keys.example/jwks"'],
    ["jwk", '"jwk":{"kty":"oct","k":"AAAA"}'],
    ["x5u", '"x5u":"https://keys.example/x5u"'],
    ["x5c", '"x5c":["AAAA"]'],
    ["x5t", '"x5t":"AAAA"'],
    ["zip", '"zip":"DEF"'],
    ["cty", '"cty":"JWT"'],
    ["enc", '"enc":"A128GCM"'],
    ["a member that nobody knows", '"x":"y"'],
    ["an empty name", '"":"y"'],
    ["__proto__", '"__proto__":"y"'],
    ["__proto__ as an object", '"__proto__":{"kid":"key-1"}'],
    ["ALG beside alg", '"ALG":"HS256"'],
    ["a kid that is a number", '"kid":1'],
    ["a kid that is null", '"kid":null'],
    ["a kid that is an array", '"kid":["key-1"]'],
    ["an empty kid", '"kid":""'],
    ["a kid of 257 characters", `"kid":"${"k".repeat(257)}"`],
    ["an escape in a value", '"kid":"key\\u002d1"'],
    ["an escape in a name", '"k\\u0069d":"key-1"'],
    ["an escaped quote", '"kid":"key\\"1"'],
    ["a bare line feed in a string", '"kid":"key\n1"'],
    ["a NUL in a string", '"kid":"key\0"'],
    ["another typ", '"typ":"at+jwt"'],
    ["a typ around JWT", '"typ":"JWT\u2028"'],
    ["an empty typ", '"typ":""'],
    ["typ true", '"typ":true'],
    ["the same alg twice", '"alg":"HS256"'],
    ["another alg after the first", '"alg":"none"'],
    ["kid twice", '"kid":"a","kid":"a"'],
    ["typ twice", '"typ":"JWT","typ":"JWT"'],
    ["a trailing comma", ""],
    ["a missing comma", '"kid":"key-1" "typ":"JWT"'],
    ["a comment", '/**/"kid":"key-1"'],
    ["single quotes", "'kid':'key-1'"],
    ["a form feed as white space", '\f"kid":"key-1"'],
    ["a no-break space as white space", '\u00a0"kid":"key-1"'],
  ])("%s", (_what, member) => {
    expect(codeFor(`{"alg":"HS256",${member}}`)).toBe("ERR_JWT_MALFORMED");
  });

  it.each([
    ["an empty object", "{}"],
    ["alg as a number", '{"alg":256}'],
    ["alg as null", '{"alg":null}'],
    ["alg as an array", '{"alg":["HS256"]}'],
    ["an escape in alg", '{"alg":"HS\\u0032\\u0035\\u0036"}'],
    ["an array", '[{"alg":"HS256"}]'],
    ["null", "null"],
    ["a string", '"HS256"'],
    ["text after the object", '{"alg":"HS256"}x'],
    ["a second object", '{"alg":"HS256"}{"alg":"HS256"}'],
    ["a NUL after the object", '{"alg":"HS256"}\0'],
    ["text before the object", 'x{"alg":"HS256"}'],
    ["a byte order mark", '\ufeff{"alg":"HS256"}'],
    ["an unclosed object", '{"alg":"HS256"'],
    ["a leading comma", '{,"alg":"HS256"}'],
    ["bytes that are not UTF-8", Buffer.from('{"alg":"HS256","kid":"\xff"}', "latin1")],
    [
      "a surrogate in UTF-8",
      Buffer.concat([Buffer.from('{"alg":"HS256","kid":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    ],
    ["UTF-16", Buffer.from('{"alg":"HS256"}', "utf16le")],
  ])("%s", (_what, json) => {
    expect(codeFor(json)).toBe("ERR_JWT_MALFORMED");
  });

  it.each(["", "!", "eyJhbGciOiJIUzI1NiJ9=", " eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJIUzI1NiJ9\n"])(
    "the segment %j",
    (text) => {
      expect(codeOf(() => parseHeader(text))).toBe("ERR_JWT_MALFORMED");
    },
  );
});

describe("parseHeader and JSON.parse", () => {
  const space = fc.stringMatching(/^[ \t\n\r]{0,2}$/);
  const members = fc.uniqueArray(
    fc.tuple(
      fc.constantFrom("alg", "typ", "kid"),
      fc.oneof(fc.constantFrom("HS256", "JWT", "none"), fc.string({ unit: "binary" })),
    ),
    { minLength: 1, maxLength: 3, selector: ([name]) => name },
  );

  it("agree on every header that parseHeader accepts", () => {
    fc.assert(
      fc.property(members, fc.array(space, { minLength: 14, maxLength: 14 }), (pairs, spaces) => {
        const gap = () => spaces.pop() ?? "";
        const inner = pairs.map(
          ([name, value]) => `${gap()}${JSON.stringify(name)}${gap()}:${gap()}${JSON.stringify(value)}${gap()}`,
        );
        const json = `${gap()}{${inner.join(",")}}`;
        const read = JSON.parse(json) as { alg?: string; typ?: string; kid?: string };
        const result = codeFor(json);
        if (result === "accepted") {
          expect(read.alg).toBe("HS256");
          expect(parse(json)).toEqual(read.kid === undefined ? {} : { kid: read.kid });
        } else if (result === "ERR_JWT_ALGORITHM") {
          expect(read.alg).not.toBe("HS256");
        } else {
          const kid = read.kid ?? "key-1";
          const kidRefused = kid === "" || kid.length > 256 || /\p{Cc}/u.test(kid);
          const typRefused = read.typ !== undefined && read.typ !== "JWT";
          const algRefused = /\p{Cc}/u.test(read.alg ?? "");
          expect(kidRefused || typRefused || algRefused || json.includes("\\")).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("comes to an end for texts that make careless patterns backtrack", () => {
    const long = 12_000;
    for (const json of [
      " ".repeat(long),
      `{${" ".repeat(long)}`,
      `{"alg":"HS256"${" ".repeat(long)}`,
      `{"alg":"${"x".repeat(long)}`,
      `{${'"alg":"HS256",'.repeat(long / 14)}`,
      `{"alg":"HS256"${',"kid":"x"'.repeat(long / 10)}`,
    ]) {
      expect(codeFor(json)).toBe("ERR_JWT_MALFORMED");
    }
  });
});
