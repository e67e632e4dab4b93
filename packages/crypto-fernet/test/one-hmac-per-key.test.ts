import { createHmac } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { fernetCipher, generateFernetKey } from "../src/index.js";
import { codeOf } from "./code-of.js";
import { base64url, bytesOf, handMadeToken, pkcs7 } from "./hand-made-token.js";

// The real function, counted.
vi.mock("node:crypto", async (importOriginal) => {
  const real = await importOriginal<typeof import("node:crypto")>();
  return { ...real, createHmac: vi.fn(real.createHmac) };
});

const keys = Array.from({ length: 5 }, generateFernetKey);
const cipher = fernetCipher({ keys, ttlSeconds: 3_600 });
const tokens = keys.map((key) => fernetCipher({ keys: [key] }).encrypt("hello"));
const foreign = fernetCipher({ keys: [generateFernetKey()] }).encrypt("hello");
const [first = ""] = keys;

/** The keys of the HMACs that the attempt computes, in their order, in hexadecimal. */
function hmacKeysOf(attempt: () => unknown): string[] {
  vi.mocked(createHmac).mockClear();
  codeOf(attempt);
  return vi.mocked(createHmac).mock.calls.map(([, key]) => {
    if (typeof key !== "object" || !("export" in key)) return expect.unreachable();
    return key.export().toString("hex");
  });
}

const signingHalves = keys.map((key) => bytesOf(key).subarray(0, 16).toString("hex"));

describe("opening a token computes one HMAC for each key, so that the time tells no more than their number:", () => {
  it.each(tokens.map((token, index) => [index, token] as const))("made with key %i", (_index, token) => {
    expect(hmacKeysOf(() => cipher.decryptBytes(token))).toEqual(signingHalves);
  });

  it("made with a key that the ring does not hold", () => {
    expect(hmacKeysOf(() => cipher.decryptBytes(foreign))).toEqual(signingHalves);
  });

  it("altered in its MAC, its time or its blocks", () => {
    for (const at of [-1, -32, 8, 30]) {
      const bytes = bytesOf(tokens[0] ?? "");
      bytes.writeUInt8((bytes.at(at) ?? 0) ^ 1, (bytes.length + at) % bytes.length);
      expect(hmacKeysOf(() => cipher.decryptBytes(base64url(bytes)))).toEqual(signingHalves);
    }
  });

  it("expired, or with wrong padding", () => {
    const expired = handMadeToken({ key: first, blocks: pkcs7(Buffer.from("x")), seconds: 1n });
    const padding = handMadeToken({ key: first, blocks: Buffer.alloc(16) });
    for (const token of [expired, padding]) {
      expect(hmacKeysOf(() => cipher.decryptBytes(token))).toEqual(signingHalves);
    }
  });

  it("and none for what is no token", () => {
    expect(hmacKeysOf(() => cipher.decryptBytes(`${foreign}\n`))).toEqual([]);
  });
});

describe("the last key costs as much as the first", () => {
  it("and the order of the keys changes no answer", () => {
    for (const shift of keys.keys()) {
      const turned = fernetCipher({ keys: [...keys.slice(shift), ...keys.slice(0, shift)] });
      expect(tokens.map((token) => turned.decrypt(token))).toEqual(keys.map(() => "hello"));
      expect(codeOf(() => turned.decrypt(foreign))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
    }
  });
});
