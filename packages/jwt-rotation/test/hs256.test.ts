import { createSecretKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCompact, parsePayload, signCompact, verifySignature } from "../src/hs256.js";
import { encodeHeader, type JwtHeader, parseHeader } from "../src/jwt-header.js";
import { codeOf, mac, newKey, openToken, rawToken, segment } from "./helpers.js";

const key = newKey();
const headerSegment = encodeHeader("key-1");
const knownHeaders: ReadonlyMap<string, JwtHeader> = new Map([[headerSegment, parseHeader(headerSegment)]]);
const claims = { sub: "user-1", exp: 2_000_000_000, roles: ["a", "b"], nested: { deep: [{ x: 1 }] } };
const token = signCompact(headerSegment, claims, key);
const [header = "", payload = "", signature = ""] = token.split(".");

const headerJson = '{"alg":"HS256","typ":"JWT"}';
const openBothWays = (text: unknown) => [
  codeOf(() => openToken(text, key)),
  codeOf(() => openToken(text, key, knownHeaders)),
];

describe("signCompact", () => {
  it("puts exactly an HMAC-SHA256 of header and payload under them", () => {
    const other = newKey();
    const made = signCompact(headerSegment, { sub: "user-1" }, other);
    const signingInput = `${headerSegment}.${segment('{"sub":"user-1"}')}`;
    expect(made).toBe(`${signingInput}.${mac(signingInput, other)}`);
  });

  it("makes what parseCompact, verifySignature and parsePayload open, for any JSON object", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ stringUnit: "grapheme" })),
        (object) => {
          const made = signCompact(headerSegment, object, key);
          expect(JSON.stringify(openToken(made, key))).toBe(JSON.stringify(object));
          expect(JSON.stringify(openToken(made, key, knownHeaders))).toBe(JSON.stringify(object));
        },
      ),
    );
  });

  it("signs the longest token that can be verified and refuses a longer one", () => {
    const withLength = (length: number) => signCompact(headerSegment, { pad: "x".repeat(length) }, key);
    const fits = Math.floor(((16_384 - headerSegment.length - 2 - 43) * 3) / 4) - '{"pad":""}'.length;
    expect(openToken(withLength(fits), key)).toEqual({ pad: "x".repeat(fits) });
    expect(codeOf(() => withLength(fits + 3))).toBe("ERR_JWT_CLAIMS");
  });
});

describe("the token of RFC 7515 appendix A.1", () => {
  it("opens with the key of the RFC, line breaks in its header and payload included", () => {
    const rfcKey = createSecretKey(
      Buffer.from(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        "base64url",
      ),
    );
    const rfcToken = [
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    ].join(".");
    expect(openToken(rfcToken, rfcKey)).toEqual({ iss: "joe", exp: 1_300_819_380, "http://example.com/is_root": true });
    expect(codeOf(() => openToken(rfcToken, key))).toBe("ERR_JWT_SIGNATURE");
  });
});

describe("parseCompact", () => {
  it("takes a token apart without judging its signature", () => {
    const forged = `${header}.${payload}.${"A".repeat(43)}`;
    const jwt = parseCompact(forged);
    expect(jwt.header).toEqual({ kid: "key-1" });
    expect(jwt.signingInput).toBe(`${header}.${payload}`);
    expect(jwt.signature).toEqual(Buffer.alloc(32));
    expect(verifySignature(jwt, key)).toBe(false);
  });

  it("takes a header segment that it knows from the map and parses any other", () => {
    expect(parseCompact(token, knownHeaders).header).toBe(knownHeaders.get(headerSegment));
    expect(parseCompact(token).header).not.toBe(knownHeaders.get(headerSegment));
    expect(parseCompact(rawToken(headerJson, "{}", key), knownHeaders).header).toEqual({});
  });

  it.each([
    undefined,
    null,
    0,
    true,
    {},
    [],
    Symbol("x"),
    1n,
    () => token,
    new String(token),
    Buffer.from(token),
    [token],
  ])("refuses what is not a string: %s", (value) => {
    expect(codeOf(() => parseCompact(value))).toBe("ERR_JWT_MALFORMED");
  });

  it.each([
    ["nothing", ""],
    ["a full stop", "."],
    ["two full stops", ".."],
    ["one segment", header],
    ["two segments", `${header}.${payload}`],
    ["no header", `.${payload}.${signature}`],
    ["no payload", `${header}..${signature}`],
    ["no payload, rightly signed", `${header}..${mac(`${header}.`, key)}`],
    ["no signature", `${header}.${payload}.`],
    ["a fourth segment", `${token}.${signature}`],
    ["an empty fourth segment", `${token}.`],
    ["an empty segment before", `.${token}`],
    ["five segments, as encrypted tokens have", `${header}.${payload}.${payload}.${payload}.${signature}`],
    [
      "five segments, before their algorithm is looked at",
      `${segment('{"alg":"dir"}')}.${payload}..${payload}.${signature}`,
    ],
    ["JSON serialization", JSON.stringify({ protected: header, payload, signature })],
    ["a scheme before it", `Bearer ${token}`],
    ["a space before it", ` ${token}`],
    ["a space after it", `${token} `],
    ["a line feed after it", `${token}\n`],
    ["a NUL after it", `${token}\0`],
    ["a byte order mark before it", `\ufeff${token}`],
    ["quotes around it", `"${token}"`],
    ["padding after the signature", `${token}=`],
    ["padding after every segment", `${header}=.${payload}=.${signature}=`],
    ["an ideographic full stop", token.replace(".", "\u3002")],
    [
      "a signature cut by a byte",
      `${header}.${payload}.${segment(Buffer.from(signature, "base64url").subarray(0, 31))}`,
    ],
    [
      "a signature of 33 bytes",
      `${header}.${payload}.${segment(Buffer.concat([Buffer.from(signature, "base64url"), Buffer.from("A")]))}`,
    ],
    ["a signature of 48 bytes, as HS384 has", `${header}.${payload}.${segment(Buffer.alloc(48))}`],
  ])("refuses %s", (_what, text) => {
    expect(openBothWays(text)).toEqual(["ERR_JWT_MALFORMED", "ERR_JWT_MALFORMED"]);
  });

  it("refuses the three other texts of a signature that differ in unused bits alone", () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const twins = [...alphabet]
      .map((last) => signature.slice(0, -1) + last)
      .filter((text) => Buffer.from(text, "base64url").equals(Buffer.from(signature, "base64url")));
    expect(twins).toHaveLength(4);
    const results = twins.map((text) => codeOf(() => openToken(`${header}.${payload}.${text}`, key, knownHeaders)));
    expect(results.filter((result) => result === "accepted")).toHaveLength(1);
    expect(results.filter((result) => result === "ERR_JWT_MALFORMED")).toHaveLength(3);
  });

  it("refuses unused bits, padding, white space and plain base64 in a payload even when the signature covers them", () => {
    const signed = (text: string) => `${header}.${text}.${mac(`${header}.${text}`, key)}`;
    expect(codeOf(() => openToken(signed(segment('{"a":1}')), key))).toBe("accepted"); // 7 bytes: 4 unused bits
    const base = segment('{"a":1}');
    const wrong = [
      `${base.slice(0, -1)}${String.fromCharCode(base.charCodeAt(base.length - 1) + 1)}`,
      `${base}==`,
      `${base} `,
      `${base}\n`,
      `${base.slice(0, 4)} ${base.slice(4)}`,
      `?${base}`,
      segment('{"a":"\u{1f511}>>>???"}').replaceAll("-", "+").replaceAll("_", "/"),
    ];
    for (const text of wrong) expect(openBothWays(signed(text))).toEqual(["ERR_JWT_MALFORMED", "ERR_JWT_MALFORMED"]);
  });

  it("refuses a token of more than 16 KiB before it looks into it", () => {
    const withLength = (length: number) => `${header}.${segment(`{"pad":"${"x".repeat(length)}"}`)}`;
    const fits = withLength(12_000);
    expect(codeOf(() => openToken(`${fits}.${mac(fits, key)}`, key))).toBe("accepted");
    const tooLong = withLength(12_300);
    expect(codeOf(() => openToken(`${tooLong}.${mac(tooLong, key)}`, key))).toBe("ERR_JWT_MALFORMED");
    for (const huge of ["A".repeat(50_000_000), ".".repeat(50_000_000)]) {
      expect(codeOf(() => parseCompact(huge))).toBe("ERR_JWT_MALFORMED");
    }
  });

  it.each([
    ["none without a signature", `${segment('{"alg":"none","typ":"JWT"}')}.${payload}.`],
    ["none with an HMAC", rawToken('{"alg":"none"}', "{}", key)],
    [
      "HS384 with a signature of 48 bytes",
      `${segment('{"alg":"HS384","typ":"JWT"}')}.${payload}.${segment(Buffer.alloc(48))}`,
    ],
    [
      "RS256 with a signature of 256 bytes",
      `${segment('{"alg":"RS256","kid":"key-1"}')}.${payload}.${segment(Buffer.alloc(256))}`,
    ],
    ["RS256 with an HMAC", rawToken('{"alg":"RS256"}', "{}", key)],
    ["hs256 with an HMAC", rawToken('{"alg":"hs256"}', "{}", key)],
    ["'HS256 ' with an HMAC", rawToken('{"alg":"HS256 "}', "{}", key)],
  ])("tells of another algorithm as such: %s", (_what, text) => {
    expect(openBothWays(text)).toEqual(["ERR_JWT_ALGORITHM", "ERR_JWT_ALGORITHM"]);
  });

  it.each([
    ["crit", '{"alg":"HS256","crit":["exp"]}'],
    ["an unknown crit", '{"alg":"HS256","crit":["x"],"x":true}'],
    ["b64 false", '{"alg":"HS256","b64":false,"crit":["b64"]}'],
    ["jwk", '{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}'],
    ["a duplicate alg", '{"alg":"none","alg":"HS256"}'],
    ["an escaped alg", '{"\\u0061lg":"HS256"}'],
    ["another typ", '{"alg":"HS256","typ":"at+jwt"}'],
  ])("refuses a rightly signed header with %s", (_what, json) => {
    expect(openBothWays(rawToken(json, "{}", key))).toEqual(["ERR_JWT_MALFORMED", "ERR_JWT_MALFORMED"]);
  });
});

describe("verifySignature", () => {
  it("says no for another key, also for one that differs in one bit", () => {
    const bytes = key.export();
    const jwt = parseCompact(token);
    expect(verifySignature(jwt, key)).toBe(true);
    expect(verifySignature(jwt, newKey())).toBe(false);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const other = Buffer.from(bytes);
      other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verifySignature(jwt, createSecretKey(other))).toBe(false);
    }
  });
});

describe("a token altered in one place is refused", () => {
  it("with any single bit of any character flipped", () => {
    for (let index = 0; index < token.length; index++) {
      for (let bit = 0; bit < 16; bit++) {
        const altered =
          token.slice(0, index) + String.fromCharCode(token.charCodeAt(index) ^ (1 << bit)) + token.slice(index + 1);
        expect(openBothWays(altered), `bit ${bit} of character ${index}`).not.toContain("accepted");
      }
    }
  });

  it("with any single bit of the decoded header, payload or signature flipped", () => {
    const parts = [header, payload, signature];
    parts.forEach((part, which) => {
      const bytes = Buffer.from(part, "base64url");
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const other = Buffer.from(bytes);
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const altered = parts.with(which, segment(other)).join(".");
        expect(openBothWays(altered), `bit ${bit} of segment ${which}`).not.toContain("accepted");
      }
    });
  });

  it("by any replacement, insertion, deletion or exchange of text", () => {
    const position = fc.nat({ max: token.length });
    const text = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom("=", ".", " ", "-", "_", "A", "\n", "=="));
    fc.assert(
      fc.property(position, fc.nat({ max: 3 }), text, (at, removed, inserted) => {
        const altered = token.slice(0, at) + inserted + token.slice(at + removed);
        fc.pre(altered !== token);
        expect(openBothWays(altered)).not.toContain("accepted");
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(position, position, (a, b) => {
        const characters = [...token];
        [characters[a], characters[b]] = [characters[b] ?? "", characters[a] ?? ""];
        const altered = characters.join("");
        fc.pre(altered !== token);
        expect(openBothWays(altered)).not.toContain("accepted");
      }),
      { numRuns: 1_000 },
    );
  });

  it("by parts of another token of the same key", () => {
    const other = signCompact(encodeHeader("key-2"), { ...claims, sub: "user-2" }, key).split(".");
    for (const which of [0, 1, 2]) {
      expect(
        openBothWays(
          token
            .split(".")
            .with(which, other[which] ?? "")
            .join("."),
        ),
      ).not.toContain("accepted");
    }
  });

  it("and no text at all makes the codec throw anything but a JwtError", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: "binary" }).map(segment),
      fc.constantFrom(header, payload, signature, ".", "="),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.constantFrom("", "."), (pieces, glue) => {
        const text = pieces.join(glue);
        fc.pre(text !== token);
        expect(openBothWays(text)).not.toContain("accepted");
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("parsePayload", () => {
  const open = (json: string | Uint8Array) => openToken(rawToken(headerJson, json, key), key);

  it.each([
    ["an array", '[{"sub":"user-1"}]'],
    ["an empty array", "[]"],
    ["null", "null"],
    ["a number", "1"],
    ["a string", '"sub"'],
    ["true", "true"],
    ["text that is not JSON", "sub=user-1"],
    ["a trailing comma", '{"sub":"user-1",}'],
    ["text after the object", "{}x"],
    ["NaN", '{"exp":NaN}'],
    ["a bare line feed in a string", '{"sub":"\n"}'],
    ["a byte order mark", "\ufeff{}"],
    ["UTF-16", Buffer.from("{}", "utf16le")],
    ["a byte that is not UTF-8", Buffer.from('{"sub":"\xff"}', "latin1")],
    ["an overlong form", Buffer.concat([Buffer.from('{"sub":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')])],
    [
      "a surrogate in UTF-8",
      Buffer.concat([Buffer.from('{"sub":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    ],
    ["a cut character", Buffer.from('{"sub":"é').subarray(0, -1)],
  ])("refuses a rightly signed payload that is %s", (_what, json) => {
    expect(codeOf(() => open(json))).toBe("ERR_JWT_MALFORMED");
  });

  it("reads white space, escapes and text outside ASCII as JSON does", () => {
    expect(open(' {\n"sub" : "\\u00e9\\ud83d\\udd11" , "n":"日本" }\t')).toEqual({ sub: "é🔑", n: "日本" });
    expect(open("{}")).toEqual({});
  });

  it("takes the last of two members with one name (RFC 7519 section 4)", () => {
    expect(open('{"sub":"first","sub":"last"}')).toEqual({ sub: "last" });
  });

  it("freezes the payload to its depths", () => {
    const opened = openToken(token, key) as typeof claims;
    expect(opened).toEqual(claims);
    for (const part of [opened, opened.roles, opened.nested, opened.nested.deep, opened.nested.deep[0]]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(() => opened.roles.push("admin")).toThrow(TypeError);
    expect(() => Object.assign(opened, { sub: "user-2" })).toThrow(TypeError);
  });

  it("gives each caller a payload of its own", () => {
    const jwt = parseCompact(token);
    expect(parsePayload(jwt)).not.toBe(parsePayload(jwt));
  });

  it("freezes a payload that nests deeper than the stack would carry", () => {
    const depth = 6_000;
    let inner = open(`{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`).a;
    let seen = 0;
    for (; Array.isArray(inner); inner = inner[0] as unknown) {
      if (Object.isFrozen(inner)) seen++;
    }
    expect(seen).toBe(depth);
  });

  it("keeps a __proto__ claim as a plain own property that changes no prototype", () => {
    const opened = open('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}');
    expect(Object.hasOwn(opened, "__proto__")).toBe(true);
    expect(Object.getPrototypeOf(opened)).toBe(Object.prototype);
    expect(opened.admin).toBeUndefined();
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
    expect({ ...opened }.admin).toBeUndefined();
  });
});
