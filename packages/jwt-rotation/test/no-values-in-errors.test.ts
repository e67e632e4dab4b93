import { createSecretKey } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { checkClaims, issueClaims } from "../src/claims.js";
import { signCompact } from "../src/hs256.js";
import { JwtError } from "../src/index.js";
import { encodeHeader } from "../src/jwt-header.js";
import { mac, openToken, rawToken, segment } from "./helpers.js";

const keyCanary = "canary-key-0123456789-0123456789-0123456789";
const claimCanary = "canary-claim-value";
const kidCanary = "canary-kid";
const key = createSecretKey(Buffer.from(keyCanary));
const otherKey = createSecretKey(Buffer.from(`${keyCanary}-other`));
const now = 1_700_000_000;
const rules = { issuer: "qarion", audience: "api", maxTokenLifetimeSeconds: 3_600, clockSkewSeconds: 5, legacy: false };
const good = { iat: now, exp: now + 60, iss: "qarion", aud: "api", sub: claimCanary };
const token = signCompact(encodeHeader(kidCanary), good, key);
const [header = "", payload = "", signature = ""] = token.split(".");
const wrapped = (claim: unknown) => ({ [claimCanary]: claim });

const refusals: readonly (readonly [string, () => unknown])[] = [
  ["another key", () => openToken(token, otherKey)],
  ["two segments", () => openToken(`${header}.${payload}`, key)],
  ["a signature with padding", () => openToken(`${token}=`, key)],
  ["a payload that is not JSON", () => openToken(rawToken('{"alg":"HS256"}', `{"sub":${claimCanary}`, key), key)],
  ["a payload that is an array", () => openToken(rawToken('{"alg":"HS256"}', JSON.stringify([claimCanary]), key), key)],
  ["an algorithm", () => openToken(`${segment(JSON.stringify({ alg: claimCanary }))}.${payload}.${signature}`, key)],
  [
    "a header member",
    () => openToken(`${segment(JSON.stringify({ alg: "HS256", [claimCanary]: "x" }))}.${payload}.${signature}`, key),
  ],
  ["a header that is not JSON", () => openToken(`${segment(claimCanary)}.${payload}.${signature}`, key)],
  ["a kid that is too long", () => openToken(`${encodeHeader(claimCanary.repeat(20))}.${payload}.${signature}`, key)],
  ["what is not a string", () => openToken({ token }, key)],
  ["an expired token", () => checkClaims(openToken(token, key), rules, now + 1_000)],
  ["a token from the future", () => checkClaims(openToken(token, key), rules, now - 1_000)],
  ["a wrong exp", () => checkClaims({ ...good, exp: claimCanary }, rules, now)],
  ["a wrong issuer", () => checkClaims({ ...good, iss: claimCanary }, rules, now)],
  ["a wrong audience", () => checkClaims({ ...good, aud: [claimCanary] }, rules, now)],
  ["a claim that is a function", () => issueClaims({ role: () => claimCanary }, rules, 60, now)],
  ["a claim that is a symbol", () => issueClaims({ role: Symbol(claimCanary) }, rules, 60, now)],
  ["a claim with a wrong name within", () => issueClaims({ role: wrapped(undefined) }, rules, 60, now)],
  ["a claim that is a lone surrogate", () => issueClaims({ role: `${claimCanary}\ud83d` }, rules, 60, now)],
  ["an issuer of the caller", () => issueClaims({ iss: claimCanary }, rules, 60, now)],
  ["an audience of the caller", () => issueClaims({ aud: claimCanary }, rules, 60, now)],
  ["a sub that is not a string", () => issueClaims({ sub: [claimCanary] }, rules, 60, now)],
  ["claims that are a string", () => issueClaims(claimCanary as unknown as Record<string, unknown>, rules, 60, now)],
  ["claims that are too long", () => signCompact(header, { pad: claimCanary.repeat(1_000) }, key)],
];

describe("no error tells a token, a claim's value, a key or what a stranger wrote", () => {
  it.each(refusals)("%s", (_what, attempt) => {
    let error: unknown;
    try {
      attempt();
    } catch (thrown) {
      error = thrown;
    }
    expect(JwtError.is(error)).toBe(true);
    if (!JwtError.is(error)) return;
    const told = [
      error.message,
      String(error),
      error.stack,
      error.hint,
      JSON.stringify(error),
      inspect(error, { depth: null, showHidden: true, getters: true }),
      inspect(error.cause, { depth: null, showHidden: true }),
      JSON.stringify(Object.getOwnPropertyDescriptors(error)),
    ].join("\n");
    const secrets = [
      claimCanary,
      kidCanary,
      keyCanary,
      header,
      payload,
      signature,
      segment(claimCanary),
      mac(`${header}.${payload}`, key),
    ];
    for (const secret of secrets) expect(told.includes(secret)).toBe(false);
    expect(told).not.toContain("canary");
  });
});
