import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64url, encodeBase64url } from "../../src/keys/index.js";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const forms = [{ padded: true }, { padded: false }] as const;

// RFC 4648 section 10, and bytes that need both characters which base64url has of its own.
const vectors: readonly (readonly [Buffer, string])[] = [
  [Buffer.from(""), ""],
  [Buffer.from("f"), "Zg=="],
  [Buffer.from("fo"), "Zm8="],
  [Buffer.from("foo"), "Zm9v"],
  [Buffer.from("foob"), "Zm9vYg=="],
  [Buffer.from("fooba"), "Zm9vYmE="],
  [Buffer.from("foobar"), "Zm9vYmFy"],
  [Buffer.of(0xfb, 0xef, 0xff), "--__"],
  [Buffer.of(0xff), "_w=="],
  [Buffer.of(0xfb, 0xe0), "--A="],
];

describe.each(vectors)("the bytes %j", (bytes, padded) => {
  const unpadded = padded.replaceAll("=", "");

  it("are written in one way, with padding or without", () => {
    expect(encodeBase64url(bytes, { padded: true })).toBe(padded);
    expect(encodeBase64url(bytes, { padded: false })).toBe(unpadded);
  });

  it("are read from that text, and from the other only where it is the same", () => {
    expect(decodeBase64url(padded, { padded: true })).toEqual(bytes);
    expect(decodeBase64url(unpadded, { padded: false })).toEqual(bytes);
    expect(decodeBase64url(unpadded, { padded: true })).toEqual(unpadded === padded ? bytes : undefined);
    expect(decodeBase64url(padded, { padded: false })).toEqual(unpadded === padded ? bytes : undefined);
  });
});

describe("encodeBase64url", () => {
  it("is plain base64 with - for + and _ for /", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const base64 = Buffer.from(bytes).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
        expect(encodeBase64url(bytes, { padded: true })).toBe(base64);
        expect(encodeBase64url(bytes, { padded: false })).toBe(base64.replace(/=*$/, ""));
      }),
    );
  });

  it("takes a view of something larger for what it shows", () => {
    const view = new Uint8Array(Buffer.from("xxfooxx")).subarray(2, 5);
    expect(encodeBase64url(view, { padded: true })).toBe("Zm9v");
  });
});

describe("decodeBase64url", () => {
  it("gives back all bytes that were encoded", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.constantFrom(...forms), (bytes, form) => {
        expect(decodeBase64url(encodeBase64url(bytes, form), form)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it("reads, of all texts of four characters, exactly those that encode something", () => {
    const sample = [..."AQgw4_-z=+/ \n"];
    const pairs = sample.flatMap((one) => sample.map((two) => one + two));
    const wrong = pairs
      .flatMap((start) => pairs.map((end) => start + end))
      .filter((text) => {
        const digits = text.replace(/={1,2}$/, "");
        const lastBits = alphabet.indexOf(digits.at(-1) ?? "");
        const isCanonical =
          /^[\w-]{2,4}$/.test(digits) && lastBits % ({ 2: 16, 3: 4 }[digits.length] ?? 1) === 0 && !/\n/.test(digits);
        return (decodeBase64url(text, { padded: true }) !== undefined) !== isCanonical;
      });
    expect(pairs).toHaveLength(169);
    expect(wrong).toEqual([]);
  });

  it("refuses unused last bits that are set, though Node decodes them to the same bytes", () => {
    for (const [length, spareBits] of [
      [1, 4],
      [2, 2],
      [31, 4],
      [32, 2],
    ] as const) {
      const text = encodeBase64url(randomBytes(length), { padded: false });
      const last = alphabet.indexOf(text.at(-1) ?? "");
      for (let bits = 1; bits < 2 ** spareBits; bits += 1) {
        const variant = text.slice(0, -1) + alphabet[last + bits];
        expect(Buffer.from(variant, "base64url")).toEqual(Buffer.from(text, "base64url"));
        expect(decodeBase64url(variant, { padded: false })).toBeUndefined();
        expect(
          decodeBase64url(variant.padEnd(Math.ceil(variant.length / 4) * 4, "="), { padded: true }),
        ).toBeUndefined();
      }
    }
  });

  it.each([
    ["the standard alphabet", ["+/+/", "--+_", "--_/"]],
    ["white space", [" Zm9v", "Zm9v ", "Zm9v\n", "Zm\n9v", "\tZm9v", "Zm9v\r\n"]],
    ["quotes", ['"Zm9v"', "'Zm9v'", "`Zm9v`"]],
    ["characters of no alphabet", ["Zm9*", "Zm9v!", "Zm.9v", "Zm9v,", "Zm9v\0", "Zm9é", "Ｚm9v", "Zm9v🔑"]],
    [
      "padding in a wrong place or number",
      ["=", "==", "====", "Zm9v=", "Zm9v====", "Zg=", "Zg===", "Z=g=", "=Zg=", "Zg==Zg=="],
    ],
    ["a single character left over", ["Z", "Zm9vZ", "Z===", "Zm9vZ==="]],
    ["what is escaped", ["Zg%3D%3D", "Zg&#61;&#61;"]],
  ])("refuses %s", (_what, texts) => {
    for (const text of texts) {
      for (const form of forms) expect(decodeBase64url(text, form), JSON.stringify(text)).toBeUndefined();
    }
  });

  it("reads nothing but what encodes to the very same text", () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom(...alphabet, "=", "+", "/", "\n"), maxLength: 12 }),
      fc.string({ unit: "binary", maxLength: 12 }),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(...forms), (each, form) => {
        const bytes = decodeBase64url(each, form);
        expect(bytes === undefined || encodeBase64url(bytes, form) === each).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
