import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FernetCipherOptions, fernetCipher, generateFernetKey } from "../src/index.js";
import { codeOf } from "./code-of.js";
import { base64url, bytesOf } from "./hand-made-token.js";

const madeAtMs = Date.parse("2030-01-01T00:00:00Z");
const [current, previous] = [generateFernetKey(), generateFernetKey()];
const keys = [current, previous];

beforeEach(() => vi.useFakeTimers({ toFake: ["Date"], now: madeAtMs }));
afterEach(() => vi.useRealTimers());

/** What the cipher says of a token that is as old as this; below 0 it is dated in the future. */
function verdictAt(ageSeconds: number, options: Partial<FernetCipherOptions>): string {
  vi.setSystemTime(madeAtMs);
  const token = fernetCipher({ keys: [previous] }).encrypt("hello");
  vi.setSystemTime(madeAtMs + ageSeconds * 1_000);
  const cipher = fernetCipher({ keys, ...options });
  const verdicts = [codeOf(() => cipher.decrypt(token)), codeOf(() => cipher.decryptBytes(token))];
  expect(new Set(verdicts).size).toBe(1);
  return verdicts[0] ?? "";
}

describe("with ttlSeconds", () => {
  it.each([
    [0, "accepted"],
    [60, "accepted"],
    [60.999, "accepted"],
    [61, "ERR_CIPHER_EXPIRED"],
    [1e9, "ERR_CIPHER_EXPIRED"],
    [-1, "accepted"],
    [-60, "accepted"],
    [-60.001, "ERR_CIPHER_EXPIRED"],
    [-61, "ERR_CIPHER_EXPIRED"],
    [-1e9, "ERR_CIPHER_EXPIRED"],
  ])("60, a token %d s old is %s", (age, verdict) => {
    expect(verdictAt(age, { ttlSeconds: 60 })).toBe(verdict);
  });

  it("0, a token is good for the second in which it was made", () => {
    expect([0, 0.999, 1].map((age) => verdictAt(age, { ttlSeconds: 0 }))).toEqual([
      "accepted",
      "accepted",
      "ERR_CIPHER_EXPIRED",
    ]);
  });

  it("the MAC comes first: only an authentic token is told to be expired", () => {
    const token = fernetCipher({ keys: [current] }).encrypt("hello");
    const forged = bytesOf(token);
    forged[60] = (forged[60] ?? 0) ^ 1;
    const redated = bytesOf(token);
    redated[8] = (redated[8] ?? 0) ^ 0x40;
    vi.setSystemTime(madeAtMs + 3_600_000);
    const cipher = fernetCipher({ keys, ttlSeconds: 60 });
    expect(codeOf(() => cipher.decrypt(token))).toBe("ERR_CIPHER_EXPIRED");
    for (const bytes of [forged, redated]) {
      expect(codeOf(() => cipher.decrypt(base64url(bytes)))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
    }
  });

  it("rotating renews nothing, and takes tokens of any age, so that no expired row keeps an old key in use", () => {
    const cipher = fernetCipher({ keys, ttlSeconds: 60 });
    const token = fernetCipher({ keys: [previous] }).encrypt("hello");
    vi.setSystemTime(madeAtMs + 59_000);
    const rotated = cipher.rotate(token);
    expect(rotated.changed).toBe(true);
    expect(cipher.identify(rotated.ciphertext)?.createdAt).toEqual(new Date(madeAtMs));
    vi.setSystemTime(madeAtMs + 60_000);
    expect(cipher.decrypt(rotated.ciphertext)).toBe("hello");
    vi.setSystemTime(madeAtMs + 61_000);
    expect(codeOf(() => cipher.decrypt(rotated.ciphertext))).toBe("ERR_CIPHER_EXPIRED");
    const late = cipher.rotate(token);
    expect([late.changed, cipher.rotate(late.ciphertext).changed]).toEqual([true, false]);
    expect(codeOf(() => cipher.decrypt(late.ciphertext))).toBe("ERR_CIPHER_EXPIRED");
    expect(fernetCipher({ keys }).decrypt(late.ciphertext)).toBe("hello");
  });

  it.each([Number.NaN, -1, -0.001, Number.POSITIVE_INFINITY, "60", null, {}, 60n])(
    "%s is no time to live",
    (ttlSeconds) => {
      expect(() => fernetCipher({ keys, ttlSeconds: ttlSeconds as number })).toThrow(TypeError);
    },
  );
});

describe("without ttlSeconds", () => {
  it.each([0, 61, 1e9, -61, -1e9])("age does not matter: %d s", (age) => {
    expect(verdictAt(age, {})).toBe("accepted");
  });
});
