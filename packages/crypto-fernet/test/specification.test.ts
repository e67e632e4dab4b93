import { readFileSync } from "node:fs";
import { sharedVectors } from "@qarion-testing/support";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { halvesOf, sealToken } from "../src/fernet-token.js";
import { fernetCipher } from "../src/index.js";
import { codeOf } from "./code-of.js";
import { bytesOf } from "./hand-made-token.js";

interface Vector {
  readonly token: string;
  readonly now: string;
  readonly secret: string;
}

const folder = sharedVectors("fernet");
const read = <T extends object>(file: string) =>
  folder === undefined ? [] : (JSON.parse(readFileSync(`${folder}/${file}.json`, "utf8")) as (Vector & T)[]);
const generate = read<{ iv: number[]; src: string }>("generate");
const verify = read<{ ttl_sec: number; src: string }>("verify");
const invalid = read<{ ttl_sec: number; desc: string }>("invalid");

const reasons: Readonly<Record<string, string>> = {
  "incorrect mac": "ERR_CIPHER_AUTHENTICATION_FAILED",
  "too short": "ERR_CIPHER_MALFORMED",
  "invalid base64": "ERR_CIPHER_MALFORMED",
  "payload size not multiple of block size": "ERR_CIPHER_MALFORMED",
  "payload padding error": "ERR_CIPHER_MALFORMED",
  "far-future TS (unacceptable clock skew)": "ERR_CIPHER_EXPIRED",
  "expired TTL": "ERR_CIPHER_EXPIRED",
  "incorrect IV (causes padding error)": "ERR_CIPHER_MALFORMED",
};

const title = "the vectors of the Fernet specification";
const absent = folder === undefined ? " (skipped: no ../shared/vectors/fernet beside the workspace)" : "";

describe.skipIf(folder === undefined)(`${title}${absent}`, () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["Date"] }));
  afterEach(() => vi.useRealTimers());

  it("are all there", () => {
    expect([generate.length, verify.length, invalid.map(({ desc }) => desc)]).toEqual([1, 1, Object.keys(reasons)]);
  });

  it.each(generate)("generate: the same token from the same time and IV", ({ token, now, iv, src, secret }) => {
    const seconds = Date.parse(now) / 1_000;
    expect(sealToken(Buffer.from(src), halvesOf(bytesOf(secret)), seconds, Uint8Array.from(iv))).toBe(token);
  });

  it.each(verify)("verify: the token opens within its time to live", ({ token, now, ttl_sec, src, secret }) => {
    vi.setSystemTime(now);
    expect(fernetCipher({ keys: [secret], ttlSeconds: ttl_sec }).decrypt(token)).toBe(src);
  });

  it.each(invalid)("invalid: $desc", ({ token, now, ttl_sec, secret, desc }) => {
    vi.setSystemTime(now);
    const cipher = fernetCipher({ keys: [secret], ttlSeconds: ttl_sec });
    expect(codeOf(() => cipher.decrypt(token))).toBe(reasons[desc]);
    expect(codeOf(() => cipher.decryptBytes(token))).toBe(reasons[desc]);
    const isOnlyTooOld = reasons[desc] === "ERR_CIPHER_EXPIRED"; // rotating asks for no age, as pyca's
    expect(codeOf(() => cipher.rotate(token))).toBe(isOnlyTooOld ? "accepted" : reasons[desc]);
  });
});
