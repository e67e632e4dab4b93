import { randomBytes } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { describe, expect, it } from "vitest";
import { type ClaimRules, checkClaims, issueClaims } from "../src/claims.js";
import { signCompact } from "../src/hs256.js";
import { encodeHeader, type JwtHeader, parseHeader } from "../src/jwt-header.js";
import { codeOf, mac, newKey, openToken, rawToken, segment } from "./helpers.js";
import { findPython, runPython } from "./python.js";

const key = newKey();
const other = newKey();
const now = Math.floor(Date.now() / 1000);
const headerSegment = encodeHeader("key-1");
const knownHeaders: ReadonlyMap<string, JwtHeader> = new Map([[headerSegment, parseHeader(headerSegment)]]);
const plain: ClaimRules = { maxTokenLifetimeSeconds: 3_600, clockSkewSeconds: 5, legacy: false };
const named: ClaimRules = { ...plain, issuer: "qarion", audience: "api" };
const claims = { sub: "user-1", name: "Zoë 日本 🔑", roles: ["a", "b"], nested: { x: null, y: 1.5, z: [true, {}] } };

const sign = (rules = named) => signCompact(headerSegment, issueClaims(claims, rules, 900, now), key);
function open(token: string, rules = named) {
  const payload = openToken(token, key, knownHeaders);
  checkClaims(payload, rules, now);
  return payload;
}

describe("jose", () => {
  it("verifies what we sign and reads the same claims", async () => {
    const { payload, protectedHeader } = await jwtVerify(sign(), key, {
      algorithms: ["HS256"],
      issuer: "qarion",
      audience: "api",
      requiredClaims: ["iat", "exp"],
      maxTokenAge: 3_600,
    });
    expect(payload).toEqual({ ...claims, iss: "qarion", aud: "api", iat: now, exp: now + 900 });
    expect(protectedHeader).toEqual({ alg: "HS256", typ: "JWT", kid: "key-1" });
  });

  it("refuses what we sign with another key, as we refuse what it signs with another", async () => {
    await expect(jwtVerify(sign(), other)).rejects.toBeInstanceOf(errors.JWSSignatureVerificationFailed);
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256" })
      .setIssuedAt(now)
      .setExpirationTime(now + 60)
      .sign(other);
    expect(codeOf(() => open(token, plain))).toBe("ERR_JWT_SIGNATURE");
  });

  it.each([
    ["alg alone", { alg: "HS256" }],
    ["alg and typ", { alg: "HS256", typ: "JWT" }],
    ["typ, kid and alg", { typ: "JWT", kid: "key-1", alg: "HS256" }],
    ["our own header", { alg: "HS256", typ: "JWT", kid: "key-1" }],
  ])("signs what we verify, with %s in the header", async (_what, header) => {
    const token = await new SignJWT(claims)
      .setProtectedHeader(header)
      .setIssuer("qarion")
      .setAudience(["web", "api"])
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + 900)
      .sign(key);
    expect(open(token)).toEqual({ ...claims, iss: "qarion", aud: ["web", "api"], iat: now, nbf: now, exp: now + 900 });
  });

  it("makes the same token, byte for byte, from the same header and claims", async () => {
    const issued = issueClaims(claims, plain, 900, now);
    const token = await new SignJWT(issued).setProtectedHeader({ alg: "HS256", typ: "JWT", kid: "key-1" }).sign(key);
    expect(signCompact(headerSegment, issued, key)).toBe(token);
  });

  it.each(["HS384", "HS512"])("signs %s, which we refuse by its algorithm", async (alg) => {
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg })
      .setExpirationTime(now + 60)
      .sign(randomBytes(64));
    expect(codeOf(() => open(token))).toBe("ERR_JWT_ALGORITHM");
  });
});

describe("jsonwebtoken", () => {
  it("verifies what we sign and reads the same claims", () => {
    const payload = jsonwebtoken.verify(sign(), key, {
      algorithms: ["HS256"],
      issuer: "qarion",
      audience: "api",
      maxAge: 3_600,
    });
    expect(payload).toEqual({ ...claims, iss: "qarion", aud: "api", iat: now, exp: now + 900 });
    expect(() => jsonwebtoken.verify(sign(), other, { algorithms: ["HS256"] })).toThrow("invalid signature");
  });

  it("signs what we verify, with and without a kid", () => {
    for (const options of [{}, { keyid: "key-1" }]) {
      const token = jsonwebtoken.sign({ ...claims, iat: now }, key, {
        algorithm: "HS256",
        expiresIn: 900,
        issuer: "qarion",
        audience: "api",
        ...options,
      });
      expect(open(token)).toEqual({ ...claims, iss: "qarion", aud: "api", iat: now, exp: now + 900 });
    }
  });

  it("signs an expired token, which we tell as expired", () => {
    const token = jsonwebtoken.sign({ sub: "user-1" }, key, { algorithm: "HS256", expiresIn: -10 });
    expect(codeOf(() => open(token, plain))).toBe("ERR_JWT_EXPIRED");
  });
});

describe("what jose or jsonwebtoken accept and this codec must not", () => {
  const joseOpens = async (token: string) => {
    await jwtVerify(token, key, { algorithms: ["HS256"] });
    return "accepted";
  };
  const jsonwebtokenOpens = (token: string) => {
    jsonwebtoken.verify(token, key, { algorithms: ["HS256"] });
    return "accepted";
  };
  const body = JSON.stringify({ iat: now, exp: now + 60 });
  const header = '{"alg":"HS256"}';

  it("no exp at all", async () => {
    const token = rawToken(header, JSON.stringify({ iat: now }), key);
    expect([await joseOpens(token), jsonwebtokenOpens(token)]).toEqual(["accepted", "accepted"]);
    expect(codeOf(() => open(token, plain))).toBe("ERR_JWT_CLAIMS");
  });

  it("an exp of 1e400", async () => {
    const token = rawToken(header, `{"iat":${now},"exp":1e400}`, key);
    expect([await joseOpens(token), jsonwebtokenOpens(token)]).toEqual(["accepted", "accepted"]);
    expect(codeOf(() => open(token, plain))).toBe("ERR_JWT_CLAIMS");
  });

  it("an iat in the future", async () => {
    const token = rawToken(header, JSON.stringify({ iat: now + 1_000, exp: now + 2_000 }), key);
    expect([await joseOpens(token), jsonwebtokenOpens(token)]).toEqual(["accepted", "accepted"]);
    expect(codeOf(() => open(token, plain))).toBe("ERR_JWT_NOT_YET");
  });

  it("a signature with unused bits set, and one with padding (jose)", async () => {
    const token = rawToken(header, body, key);
    const bumped = token.slice(0, -1) + String.fromCharCode(token.charCodeAt(token.length - 1) + 1);
    for (const text of [bumped, `${token}=`]) {
      expect(await joseOpens(text)).toBe("accepted");
      expect(codeOf(() => open(text, plain))).toBe("ERR_JWT_MALFORMED");
    }
  });

  it("a crit that asks for what nobody does (jsonwebtoken)", () => {
    const token = rawToken('{"alg":"HS256","crit":["x"],"x":1}', body, key);
    expect(jsonwebtokenOpens(token)).toBe("accepted");
    expect(codeOf(() => open(token, plain))).toBe("ERR_JWT_MALFORMED");
  });

  it("an array as the payload (jsonwebtoken)", () => {
    const token = rawToken('{"alg":"HS256","typ":"JWT"}', "[]", key);
    expect(jsonwebtokenOpens(token)).toBe("accepted");
    expect(codeOf(() => open(token, plain))).toBe("ERR_JWT_MALFORMED");
  });
});

describe("tokens in the byte form of PyJWT, written by hand since PyJWT itself is not among the oracles", () => {
  // json.dumps(..., separators=(",", ":")), where text outside ASCII is escaped.
  const body = `{"sub":"user-1","name":"Zo\\u00eb \\u65e5\\u672c","exp":${now + 900}}`;
  const read = { sub: "user-1", name: "Zoë 日本", exp: now + 900 };
  const legacy = { ...plain, legacy: true };

  it.each([
    ["sorted members, as PyJWT 2.x writes them", '{"alg":"HS256","typ":"JWT"}'],
    ["typ first, as PyJWT 1.x writes them", '{"typ":"JWT","alg":"HS256"}'],
  ])("are accepted under the legacy rule for kid-less tokens: %s", (_what, header) => {
    const token = rawToken(header, body, key);
    expect(open(token, legacy)).toEqual(read);
    expect(codeOf(() => open(token, plain))).toBe("ERR_JWT_CLAIMS");
  });

  it("are accepted with a kid and every claim under the strict rule", () => {
    const token = rawToken(
      '{"alg":"HS256","kid":"key-1","typ":"JWT"}',
      `{"sub":"user-1","iat":${now},"exp":${now + 900}}`,
      key,
    );
    expect(open(token, plain)).toEqual({ sub: "user-1", iat: now, exp: now + 900 });
  });

  it("and what we sign keeps to what PyJWT demands: no aud unless configured, string sub, iss and jti, whole iat and exp", () => {
    const [header = "", payload = "", signature = ""] = sign(plain).split(".");
    const decoded = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
    expect(Object.hasOwn(decoded, "aud")).toBe(false);
    expect(Number.isInteger(decoded.iat) && Number.isInteger(decoded.exp)).toBe(true);
    for (const name of ["sub", "iss", "jti"]) {
      expect(codeOf(() => issueClaims({ [name]: 42 }, plain, 900, now))).toBe("ERR_JWT_CLAIMS");
    }
    expect(signature).toBe(mac(`${header}.${payload}`, key));
    expect(header).toBe(segment('{"alg":"HS256","typ":"JWT","kid":"key-1"}'));
  });
});

describe("joserfc (Python)", () => {
  const python = findPython("joserfc");
  const program = `
import base64, json, sys
from joserfc import jwk, jwt
given = json.load(sys.stdin)
key = jwk.OctKey.import_key(base64.b64decode(given["key"]))
def read(token):
    try:
        decoded = jwt.decode(token, key, algorithms=["HS256"])
        jwt.JWTClaimsRegistry(leeway=5, iss={"essential": True, "value": "qarion"}, aud={"essential": True, "value": "api"}, exp={"essential": True}).validate(decoded.claims)
        return {"header": decoded.header, "claims": decoded.claims}
    except Exception as error:
        return {"error": type(error).__name__}
print(json.dumps({
    "tokens": [jwt.encode(each["header"], each["claims"], key) for each in given["sign"]],
    "read": [read(token) for token in given["verify"]],
}))
`;
  const unlessAbsent = python === undefined ? it.skip : it;
  const title = python === undefined ? " (skipped: no Python with joserfc found)" : "";

  unlessAbsent(`verifies what we sign, refuses it altered, and signs what we verify${title}`, () => {
    const claimsForUs = { ...claims, iss: "qarion", aud: "api", iat: now, exp: now + 900 };
    const token = sign();
    const altered = `${token.slice(0, -10)}AAAAAAAAAA`;
    const headers = [{ alg: "HS256" }, { alg: "HS256", kid: "key-1" }, { typ: "JWT", alg: "HS256", kid: "key-1" }];
    const result = runPython(python ?? "", program, {
      key: key.export().toString("base64"),
      sign: headers.map((header) => ({ header, claims: claimsForUs })),
      verify: [token, altered],
    }) as { tokens: string[]; read: unknown[] };

    expect(result.read).toEqual([
      { header: { alg: "HS256", typ: "JWT", kid: "key-1" }, claims: claimsForUs },
      { error: "BadSignatureError" },
    ]);
    expect(result.tokens).toHaveLength(headers.length);
    for (const made of result.tokens) expect(open(made)).toEqual(claimsForUs);
  });
});
