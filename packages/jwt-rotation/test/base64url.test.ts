import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64url } from "../src/base64url.js";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

describe("decodeBase64url", () => {
  it("gives the bytes of their one canonical form", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
        expect(decodeBase64url(Buffer.from(bytes).toString("base64url"))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it("accepts 4 of 64 last characters after one byte and 16 of 64 after two: those with no unused bit set", () => {
    const accepted = (prefix: string) => [...alphabet].filter((last) => decodeBase64url(prefix + last) !== undefined);
    expect(accepted("A")).toEqual([..."AQgw"]);
    expect(accepted("AA")).toEqual([..."AEIMQUYcgkosw048"]);
    expect(accepted("AAA")).toHaveLength(64);
  });

  it.each([
    ["nothing", ""],
    ["a lone character", "A"],
    ["padding", "QQ=="],
    ["padding after whole groups", "QUFB===="],
    ["the alphabet of plain base64", "+/+/"],
    ["a space", "QUF B"],
    ["a line feed at the end", "QUFB\n"],
    ["a NUL", "QUFB\0"],
    ["a full stop", "QUFB."],
    ["a letter outside ASCII with the low byte of another", "QUF\u0142"],
  ])("refuses %s", (_what, text) => {
    expect(decodeBase64url(text)).toBeUndefined();
  });

  it("accepts nothing but what it would write itself", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...alphabet, "=", " ", "+", "/", "\n", "é"), maxLength: 12 }),
        (text) => {
          const bytes = decodeBase64url(text);
          if (bytes !== undefined) expect(bytes.toString("base64url")).toBe(text);
          else expect(text === "" || !/^[\w-]+$/.test(text) || text.length % 4 !== 0).toBe(true);
        },
      ),
    );
  });
});
