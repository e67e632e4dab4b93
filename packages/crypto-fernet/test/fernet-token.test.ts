import { createDecipheriv, createHmac, createSecretKey, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { halvesOf, isSignedBy, openToken, parseToken, sealToken } from "../src/fernet-token.js";
import { base64url, bytesOf, handMadeToken, pkcs7, signed } from "./hand-made-token.js";

const material = randomBytes(32);
const key = base64url(material);
const halves = halvesOf(material);
const iv = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");

describe("halvesOf", () => {
  it("signs with the first 16 bytes and encrypts with the last", () => {
    expect(halves.signing.equals(createSecretKey(material.subarray(0, 16)))).toBe(true);
    expect(halves.encryption.equals(createSecretKey(material.subarray(16, 32)))).toBe(true);
  });

  it("keeps its own copy", () => {
    const mine = Uint8Array.from(material);
    const kept = halvesOf(mine);
    mine.fill(0);
    expect(kept.signing.equals(halves.signing) && kept.encryption.equals(halves.encryption)).toBe(true);
  });
});

describe("sealToken", () => {
  it("writes version, time, IV, blocks and HMAC in this order", () => {
    const bytes = bytesOf(sealToken(Buffer.from("hello"), halves, 0x01_02030405, iv));
    expect(bytes.length).toBe(1 + 8 + 16 + 16 + 32);
    expect(bytes.subarray(0, 9).toString("hex")).toBe("800000000102030405");
    expect(bytes.subarray(9, 25)).toEqual(iv);
    const decipher = createDecipheriv("aes-128-cbc", material.subarray(16), iv).setAutoPadding(false);
    expect(Buffer.concat([decipher.update(bytes.subarray(25, 41)), decipher.final()])).toEqual(
      pkcs7(Buffer.from("hello")),
    );
    const mac = createHmac("sha256", material.subarray(0, 16)).update(bytes.subarray(0, 41)).digest();
    expect(bytes.subarray(41)).toEqual(mac);
  });

  it("adds a whole block of padding to whole blocks, and to nothing", () => {
    const lengthOf = (count: number) => bytesOf(sealToken(Buffer.alloc(count), halves, 0, iv)).length - 57;
    expect([0, 1, 15, 16, 17, 32].map(lengthOf)).toEqual([16, 16, 16, 32, 32, 48]);
  });

  it("takes bytes that are a view of something larger", () => {
    const view = new Uint8Array(Buffer.from("<<hello>>")).subarray(2, 7);
    expect(sealToken(view, halves, 5, iv)).toBe(sealToken(Buffer.from("hello"), halves, 5, iv));
  });
});

describe("parseToken", () => {
  it("gives back time, what is signed, and the MAC of what sealToken wrote", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(4_294_967_295), (plaintext, seconds) => {
        const text = sealToken(plaintext, halves, seconds, iv);
        const token = parseToken(text);
        if (!token) return expect.unreachable();
        expect(token.seconds).toBe(seconds);
        expect(Buffer.concat([token.signed, token.mac])).toEqual(bytesOf(text));
        expect(token.mac.length).toBe(32);
        expect(isSignedBy(token, halves)).toBe(true);
        expect(openToken(token, halves)).toEqual(Buffer.from(plaintext));
      }),
    );
  });

  it("knows no version but 0x80", () => {
    for (let version = 0; version < 256; version += 1) {
      const text = handMadeToken({ key, blocks: pkcs7(Buffer.from("hello")), version });
      expect(parseToken(text) !== undefined).toBe(version === 0x80);
    }
  });

  it("takes whole blocks only, and one at least, whatever the MAC says", () => {
    const header = bytesOf(sealToken(Buffer.alloc(0), halves, 1, iv)).subarray(0, 25);
    for (let count = 0; count <= 64; count += 1) {
      const text = signed(Buffer.concat([header, Buffer.alloc(count, 7)]), key);
      expect(parseToken(text) !== undefined).toBe(count > 0 && count % 16 === 0);
    }
    for (let length = 0; length < 57; length += 1) {
      expect(parseToken(base64url(Buffer.alloc(length, 0x80)))).toBeUndefined();
    }
  });

  it("takes no time that a Date cannot hold: one flipped bit would make dates that throw", () => {
    const blocks = pkcs7(Buffer.from("hello"));
    const secondsOf = (seconds: bigint) => parseToken(handMadeToken({ key, blocks, seconds }))?.seconds;
    expect(secondsOf(0n)).toBe(0);
    expect(secondsOf(8_640_000_000_000n)).toBe(8_640_000_000_000);
    expect(secondsOf(8_640_000_000_001n)).toBeUndefined();
    expect(secondsOf(2n ** 63n)).toBeUndefined();
    expect(secondsOf(2n ** 64n - 1n)).toBeUndefined();
  });
});

describe("isSignedBy", () => {
  it("is for the key's first half alone to say", () => {
    const token = parseToken(sealToken(Buffer.from("hello"), halves, 1, iv));
    if (!token) return expect.unreachable();
    const other = halvesOf(randomBytes(32));
    expect(isSignedBy(token, { signing: halves.signing, encryption: other.encryption })).toBe(true);
    expect(isSignedBy(token, { signing: other.signing, encryption: halves.encryption })).toBe(false);
  });
});

describe("openToken", () => {
  it("opens no padding but PKCS #7, even signed by a holder of the key", () => {
    for (let last = 0; last < 256; last += 1) {
      const wrong = Buffer.alloc(16, 0xaa);
      wrong[15] = last;
      const blocks = [wrong, Buffer.alloc(16, last)];
      const valid = [last === 1, last >= 1 && last <= 16];
      for (const [index, block] of blocks.entries()) {
        const token = parseToken(handMadeToken({ key, blocks: block }));
        if (!token) return expect.unreachable();
        expect(isSignedBy(token, halves)).toBe(true);
        expect(openToken(token, halves) !== undefined).toBe(valid[index]);
      }
    }
  });
});
