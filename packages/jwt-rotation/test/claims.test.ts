import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { type ClaimRules, checkClaims, defaultClockSkewSeconds, issueClaims } from "../src/claims.js";
import { codeOf } from "./helpers.js";

const now = 1_700_000_000;
const plain: ClaimRules = { maxTokenLifetimeSeconds: 3_600, clockSkewSeconds: 5, legacy: false };
const named: ClaimRules = { ...plain, issuer: "qarion", audience: "api" };
const legacy: ClaimRules = { ...plain, legacy: true };
const legacyNamed: ClaimRules = { ...named, legacy: true };
const good = { iat: now - 10, exp: now + 60 };
const check = (payload: Record<string, unknown>, rules: ClaimRules = plain, at = now) =>
  codeOf(() => checkClaims(payload, rules, at));
/** As it comes over the wire: only so can a payload hold what `JSON.parse` alone can make. */
const checkJson = (json: string, rules: ClaimRules = plain) =>
  check(JSON.parse(json) as Record<string, unknown>, rules);

describe("checkClaims: exp", () => {
  it("is required, in legacy tokens too", () => {
    expect(check({ iat: now })).toBe("ERR_JWT_CLAIMS");
    expect(check({ sub: "user-1" }, legacy)).toBe("ERR_JWT_CLAIMS");
    expect(() => checkClaims({ iat: now }, plain, now)).toThrow('Claim "exp" is required');
  });

  it("ends a token exactly at exp + skew, to the fraction of a second", () => {
    const payload = { iat: now, exp: now + 60 };
    expect(check(payload, plain, now + 64)).toBe("accepted");
    expect(check(payload, plain, now + 64.999)).toBe("accepted");
    expect(check(payload, plain, now + 65)).toBe("ERR_JWT_EXPIRED");
    expect(check(payload, plain, now + 65.001)).toBe("ERR_JWT_EXPIRED");
    expect(check(payload, { ...plain, clockSkewSeconds: 0 }, now + 59.999)).toBe("accepted");
    expect(check(payload, { ...plain, clockSkewSeconds: 0 }, now + 60)).toBe("ERR_JWT_EXPIRED");
    expect(check({ iat: now, exp: now + 0.5 }, { ...plain, clockSkewSeconds: 0 }, now + 0.4)).toBe("accepted");
    expect(check({ iat: now, exp: now + 0.5 }, { ...plain, clockSkewSeconds: 0 }, now + 0.5)).toBe("ERR_JWT_EXPIRED");
  });

  it("of zero and of long ago is expired", () => {
    for (const exp of [0, 1, now - 5, now - 1_000_000]) expect(check({ iat: now, exp })).toBe("ERR_JWT_EXPIRED");
  });

  it("may not lie further ahead than the maximum lifetime, whatever iat says", () => {
    expect(check({ iat: now, exp: now + 3_600 })).toBe("accepted");
    expect(check({ iat: now, exp: now + 3_600.5 })).toBe("ERR_JWT_CLAIMS");
    expect(check({ iat: now, exp: now + 3_601 })).toBe("ERR_JWT_CLAIMS");
    expect(check({ iat: now - 3_599, exp: now + 2 })).toBe("ERR_JWT_CLAIMS");
    expect(check({ iat: now - 3_599, exp: now + 1 })).toBe("accepted");
    expect(check({ iat: now + 5, exp: now + 3_605 })).toBe("accepted");
    expect(check({ exp: now + 3_605 }, legacy)).toBe("accepted");
    expect(check({ exp: now + 3_606 }, legacy)).toBe("ERR_JWT_CLAIMS");
    expect(check({ iat: 0, exp: now + 1 }, legacy)).toBe("ERR_JWT_CLAIMS");
    expect(check({ exp: Number.MAX_VALUE }, legacy)).toBe("ERR_JWT_CLAIMS");
  });
});

describe("checkClaims: numeric dates", () => {
  const wrong = [
    "1e400",
    "-1e400",
    "-1",
    "-0.5",
    '"1700000060"',
    "null",
    "true",
    "[1700000060]",
    '{"valueOf":1}',
    '""',
  ];

  it.each(wrong)("refuses %s as exp, iat or nbf", (json) => {
    for (const rules of [plain, legacy]) {
      expect(checkJson(`{"iat":${now},"exp":${json}}`, rules)).toBe("ERR_JWT_CLAIMS");
      expect(checkJson(`{"exp":${now + 60},"iat":${json}}`, rules)).toBe("ERR_JWT_CLAIMS");
      expect(checkJson(`{"iat":${now},"exp":${now + 60},"nbf":${json}}`, rules)).toBe("ERR_JWT_CLAIMS");
    }
  });

  it("accepts fractions and exponents, as RFC 7519 section 2 allows", () => {
    expect(checkJson(`{"iat":${now}.25,"nbf":1.7e9,"exp":${now}.75e0}`)).toBe("accepted");
  });

  it("of any finite value give a verdict that agrees with the rules", () => {
    const near = fc.integer({ min: -8_000, max: 8_000 }).map((offset) => now + offset / 2);
    fc.assert(
      fc.property(
        near,
        fc.option(near, { nil: undefined }),
        fc.option(near, { nil: undefined }),
        fc.boolean(),
        (exp, iat, nbf, isLegacy) => {
          const payload = { exp, ...(iat === undefined ? {} : { iat }), ...(nbf === undefined ? {} : { nbf }) };
          const acceptable =
            exp + 5 > now &&
            exp <= now + 3_605 &&
            (iat === undefined ? isLegacy : iat <= now + 5 && exp - iat <= 3_600) &&
            (nbf === undefined || nbf <= now + 5);
          expect(check(payload, isLegacy ? legacy : plain) === "accepted").toBe(acceptable);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("checkClaims: iat and nbf", () => {
  it("requires iat unless the token is a legacy one", () => {
    expect(check({ exp: now + 60 })).toBe("ERR_JWT_CLAIMS");
    expect(check({ exp: now + 60 }, legacy)).toBe("accepted");
  });

  it("refuses an iat in the future beyond the skew, in legacy tokens too", () => {
    for (const rules of [plain, legacy]) {
      expect(check({ iat: now + 5, exp: now + 60 }, rules)).toBe("accepted");
      expect(check({ iat: now + 5.5, exp: now + 60 }, rules)).toBe("ERR_JWT_NOT_YET");
      expect(check({ iat: now + 3_600, exp: now + 7_200 }, rules)).toBe("ERR_JWT_NOT_YET");
    }
  });

  it("refuses an nbf in the future beyond the skew, and does not require one", () => {
    expect(check({ ...good, nbf: now - 100 })).toBe("accepted");
    expect(check({ ...good, nbf: now + 5 })).toBe("accepted");
    expect(check({ ...good, nbf: now + 5.5 })).toBe("ERR_JWT_NOT_YET");
    expect(check({ ...good, nbf: 1e300 })).toBe("ERR_JWT_NOT_YET");
  });

  it("accepts nothing by a clock or by rules that are not numbers", () => {
    expect(check(good, plain, Number.NaN)).toBe("ERR_JWT_EXPIRED");
    expect(check(good, { ...plain, clockSkewSeconds: Number.NaN })).toBe("ERR_JWT_EXPIRED");
    expect(check(good, { ...plain, maxTokenLifetimeSeconds: Number.NaN })).toBe("ERR_JWT_CLAIMS");
  });
});

describe("checkClaims: iss", () => {
  it("must be the configured issuer", () => {
    expect(check({ ...good, iss: "qarion", aud: "api" }, named)).toBe("accepted");
    for (const iss of ["Qarion", "qarion ", "", null, 1, ["qarion"], { qarion: true }]) {
      expect(check({ ...good, iss, aud: "api" }, named)).toBe("ERR_JWT_CLAIMS");
      expect(check({ ...good, iss, aud: "api" }, legacyNamed)).toBe("ERR_JWT_CLAIMS");
    }
  });

  it("may be missing from legacy tokens alone", () => {
    expect(check({ ...good, aud: "api" }, named)).toBe("ERR_JWT_CLAIMS");
    expect(check({ ...good, aud: "api" }, legacyNamed)).toBe("accepted");
  });

  it("is left alone without a configured issuer", () => {
    expect(check({ ...good, iss: "anyone" })).toBe("accepted");
  });
});

describe("checkClaims: aud", () => {
  it("must be or contain the configured audience", () => {
    for (const aud of ["api", ["api"], ["web", "api"]]) {
      expect(check({ ...good, iss: "qarion", aud }, named)).toBe("accepted");
    }
    for (const aud of [
      "API",
      "api ",
      "",
      null,
      1,
      [],
      ["web"],
      ["api", 1],
      [["api"]],
      { api: true },
      { 0: "api", length: 1 },
    ]) {
      expect(check({ ...good, iss: "qarion", aud }, named)).toBe("ERR_JWT_CLAIMS");
      expect(check({ ...good, iss: "qarion", aud }, legacyNamed)).toBe("ERR_JWT_CLAIMS");
    }
  });

  it("may be missing from legacy tokens alone", () => {
    expect(check({ ...good, iss: "qarion" }, named)).toBe("ERR_JWT_CLAIMS");
    expect(check({ ...good, iss: "qarion" }, legacyNamed)).toBe("accepted");
  });

  it("must be missing without a configured audience (RFC 7519 section 4.1.3)", () => {
    expect(check(good)).toBe("accepted");
    for (const aud of ["api", ["api"], [], "", null, ["undefined"]]) {
      for (const rules of [plain, legacy]) expect(check({ ...good, aud }, rules)).toBe("ERR_JWT_CLAIMS");
    }
  });
});

describe("checkClaims: order", () => {
  it("tells a token whose time is over as such, also when other claims are wrong", () => {
    expect(check({ iat: now - 100_000, exp: now - 10, iss: "other", aud: "other" }, named)).toBe("ERR_JWT_EXPIRED");
  });
});

describe("checkClaims: prototypes", () => {
  const polluted = Object.prototype as Record<string, unknown>;
  afterEach(() => {
    for (const name of ["exp", "iat", "iss", "aud"]) delete polluted[name];
  });

  it("takes no claim from a polluted prototype", () => {
    Object.assign(polluted, { exp: now + 60, iat: now, iss: "qarion", aud: "api" });
    expect(check({}, named)).toBe("ERR_JWT_CLAIMS");
    expect(check({ exp: now + 60 }, named)).toBe("ERR_JWT_CLAIMS");
    expect(check(good, named)).toBe("ERR_JWT_CLAIMS");
    expect(check({ ...good, iss: "qarion" }, named)).toBe("ERR_JWT_CLAIMS");
    expect(check({ ...good, iss: "qarion", aud: "api" }, named)).toBe("accepted");
  });

  it("takes no claim from a __proto__ claim", () => {
    expect(checkJson(`{"__proto__":{"exp":${now + 60},"iat":${now}}}`)).toBe("ERR_JWT_CLAIMS");
  });
});

describe("issueClaims", () => {
  const issue = (claims: Record<string, unknown>, rules = plain, expiresInSeconds = 900, at = now) =>
    issueClaims(claims, rules, expiresInSeconds, at);
  const refusal = (...args: Parameters<typeof issue>) => codeOf(() => issue(...args));

  it("adds iat and exp alone when neither issuer nor audience is configured", () => {
    expect(issue({ sub: "user-1" })).toEqual({ sub: "user-1", iat: now, exp: now + 900 });
  });

  it("adds the configured issuer and audience", () => {
    expect(issue({ sub: "user-1" }, named)).toEqual({
      sub: "user-1",
      iss: "qarion",
      aud: "api",
      iat: now,
      exp: now + 900,
    });
    expect(issue({ iss: "qarion", aud: "api" }, named)).toEqual({
      iss: "qarion",
      aud: "api",
      iat: now,
      exp: now + 900,
    });
  });

  it("writes whole seconds, rounded down, so that no token outlives what was asked", () => {
    expect(issue({}, plain, 900, now + 0.999)).toEqual({ iat: now, exp: now + 900 });
  });

  it.each([0, -1, 0.5, 900.5, 3_601, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    "refuses expiresInSeconds %d",
    (seconds) => {
      expect(refusal({}, plain, seconds)).toBe("ERR_JWT_CLAIMS");
    },
  );

  it.each([["900"], [undefined], [null], [900n]])("refuses expiresInSeconds %s of another type", (seconds) => {
    expect(codeOf(() => issueClaims({}, plain, seconds as unknown as number, now))).toBe("ERR_JWT_CLAIMS");
  });

  it("accepts expiresInSeconds from 1 to the maximum lifetime", () => {
    expect(issue({}, plain, 1).exp).toBe(now + 1);
    expect(issue({}, plain, 3_600).exp).toBe(now + 3_600);
  });

  it.each([
    ["exp", now + 60],
    ["iat", now],
    ["exp", undefined],
    ["sub", 42],
    ["sub", null],
    ["jti", 1],
    ["iss", 1],
    ["iss", ["qarion"]],
    ["nbf", "soon"],
    ["nbf", -1],
    ["nbf", Number.POSITIVE_INFINITY],
    ["nbf", null],
    ["aud", "api"],
    ["aud", ["api"]],
  ])("refuses the caller's own %s of %j and names it", (name, value) => {
    expect(refusal({ [name]: value })).toBe("ERR_JWT_CLAIMS");
    expect(() => issue({ [name]: value })).toThrow(`Claim "${name}"`);
  });

  it("refuses an iss or aud that differs from the configured one", () => {
    expect(refusal({ iss: "other" }, named)).toBe("ERR_JWT_CLAIMS");
    expect(refusal({ aud: "other" }, named)).toBe("ERR_JWT_CLAIMS");
    expect(refusal({ aud: ["api"] }, named)).toBe("ERR_JWT_CLAIMS");
  });

  it("leaves iss to the caller where none is configured, and nbf always", () => {
    expect(issue({ iss: "me", nbf: now + 10.5 })).toEqual({ iss: "me", nbf: now + 10.5, iat: now, exp: now + 900 });
  });

  it("refuses what is not JSON data and names the claim", () => {
    for (const value of [undefined, () => 1, 1n, Number.NaN, Symbol("x"), new Date(0), "\ud83d"]) {
      expect(() => issue({ role: value })).toThrow('Claim "role"');
    }
    expect(refusal(null as unknown as Record<string, unknown>)).toBe("ERR_JWT_CLAIMS");
    expect(refusal([] as unknown as Record<string, unknown>)).toBe("ERR_JWT_CLAIMS");
  });

  it("makes what checkClaims accepts over the wire, from its own instant to the last before exp + skew", () => {
    const names = fc.string().filter((name) => !["iat", "exp", "iss", "sub", "jti", "nbf", "aud"].includes(name));
    fc.assert(
      fc.property(
        fc.dictionary(names, fc.jsonValue()),
        fc.integer({ min: 1, max: 3_600 }),
        fc.double({ min: 0, max: 4e9, noNaN: true }),
        fc.constantFrom(plain, named, legacy, legacyNamed),
        (claims, expiresInSeconds, at, rules) => {
          const payload = JSON.parse(JSON.stringify(issue(claims, rules, expiresInSeconds, at))) as Record<
            string,
            unknown
          >;
          expect(check(payload, rules, at)).toBe("accepted");
          expect(check(payload, rules, Math.floor(at) + expiresInSeconds + 4)).toBe("accepted");
          expect(check(payload, rules, Math.floor(at) + expiresInSeconds + 5)).toBe("ERR_JWT_EXPIRED");
          for (const [name, value] of Object.entries(claims))
            expect(JSON.stringify(payload[name])).toBe(JSON.stringify(value));
        },
      ),
    );
  });

  it("does not change the caller's object and does not follow it later", () => {
    const roles = ["reader"];
    const claims = Object.freeze({ roles });
    const issued = issue(claims);
    roles.push("admin");
    expect(issued.roles).toEqual(["reader"]);
  });
});

describe("defaultClockSkewSeconds", () => {
  it("is small, since it lengthens every token and every key", () => {
    expect(defaultClockSkewSeconds).toBe(5);
  });
});
