import { randomBytes } from "node:crypto";
import { fakeSecret } from "@qarion/secrets-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aesGcmCipher, aesKeyKind, generateAesKey } from "../src/index.js";
import { codeOf, errorOf } from "./cipher-errors.js";

/** With which both alphabets are needed and the padding shows. */
const bytes = Buffer.from(`${"fbefbe".repeat(10)}fbff`, "hex");
const standard = bytes.toString("base64");
const urlsafe = `${bytes.toString("base64url")}=`;
const hint = "An AES-256 key is 32 bytes in base64: 43 characters, or 44 with padding.";

const keyIdOf = (key: string | Uint8Array) => aesGcmCipher({ keys: [key] }).status()[0]?.keyId;
const asBytes = (text: string) => Buffer.from(text, "latin1");

describe("generateAesKey", () => {
  it("makes 32 bytes in urlsafe base64 with padding, and never the same", () => {
    const keys = Array.from({ length: 1_000 }, generateAesKey);
    expect(new Set(keys).size).toBe(1_000);
    for (const key of keys) {
      expect(key).toMatch(/^[A-Za-z0-9_-]{43}=$/);
      expect(Buffer.from(key, "base64url")).toHaveLength(32);
      expect(aesKeyKind.problem(asBytes(key))).toBeUndefined();
    }
  });
});

describe("a key", () => {
  it("has the alphabets that the test needs", () => {
    expect(standard).toMatch(/[+].*[/]|[/].*[+]/);
    expect(urlsafe).toMatch(/-.*_|_.*-/);
  });

  it.each([
    ["standard base64 with padding", standard],
    ["standard base64 without padding", standard.slice(0, 43)],
    ["urlsafe base64 with padding", urlsafe],
    ["urlsafe base64 without padding", urlsafe.slice(0, 43)],
  ])("is %s", (_, text) => {
    expect(keyIdOf(text)).toBe(keyIdOf(bytes));
    expect(keyIdOf(fakeSecret(text) as never)).toBe(keyIdOf(bytes));
    expect(aesKeyKind.problem(asBytes(text))).toBeUndefined();
  });

  it("is 32 bytes", () => {
    expect(keyIdOf(new Uint8Array(bytes))).toBe(keyIdOf(bytes));
  });

  it("is the same for every 32 bytes, in every form", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (material) => {
        fc.pre(material.some((byte) => byte !== 0));
        const text = Buffer.from(material);
        const ids = [material, text.toString("base64"), text.toString("base64url")].map(keyIdOf);
        expect(new Set(ids).size).toBe(1);
      }),
    );
  });

  // For a list an empty or blank value is "The current key is empty."; for the kind of secret it is no key like others.
  const notKeys: [string, string, string][] = [
    ["white space before it", ` ${urlsafe}`, `${hint} This one has white space around it.`],
    ["a line end after it", `${urlsafe}\n`, `${hint} This one has white space around it.`],
    ["double quotes", `"${urlsafe}"`, `${hint} This one stands in quotes.`],
    ["single quotes", `'${urlsafe}'`, `${hint} This one stands in quotes.`],
    ["hexadecimal", bytes.toString("hex"), `${hint} This one is in hexadecimal: write it in base64.`],
    [
      "hexadecimal in capitals",
      bytes.toString("hex").toUpperCase(),
      `${hint} This one is in hexadecimal: write it in base64.`,
    ],
    ["16 bytes", randomBytes(16).toString("base64url"), hint],
    ["24 bytes", randomBytes(24).toString("base64url"), hint],
    ["31 bytes", randomBytes(31).toString("base64"), hint],
    ["33 bytes", randomBytes(33).toString("base64"), hint],
    ["64 bytes", randomBytes(64).toString("base64"), hint],
    ["32 characters that are no base64 of a key", "k".repeat(32), hint],
    ["both alphabets in one", `-${standard.slice(1)}`, hint],
    ["unused bits that are set", `${urlsafe.slice(0, 42)}9=`, hint],
    ["padding of two", `${urlsafe}=`, hint],
    ["white space inside", `${urlsafe.slice(0, 20)}\n${urlsafe.slice(20)}`, hint],
    ["a character that is not of base64", `${urlsafe.slice(0, 20)}!${urlsafe.slice(21)}`, hint],
    ["letters of another script", `${urlsafe.slice(0, 42)}й`, hint],
    ["bytes that are all zero", Buffer.alloc(32).toString("base64"), "All bytes of the key are zero."],
  ];

  it.each(notKeys)("is not: %s", (_, text, expected) => {
    const error = errorOf(() => aesGcmCipher({ keys: [text] }));
    expect(error).toMatchObject({ code: "ERR_CIPHER_INVALID_KEY", hint: expected });
    expect(codeOf(() => aesGcmCipher({ keys: [urlsafe, text] }))).toBe("ERR_CIPHER_INVALID_KEY");
    expect(aesKeyKind.problem(Buffer.from(text, "utf8"))).toBe(expected);
  });

  it("is not: bytes of any other number, or zero throughout", () => {
    for (const length of [1, 16, 31, 33, 43, 44, 64]) {
      const error = errorOf(() => aesGcmCipher({ keys: [randomBytes(length)] }));
      expect(error).toMatchObject({ code: "ERR_CIPHER_INVALID_KEY", hint: `${hint} As bytes it has exactly 32.` });
    }
    expect(errorOf(() => aesGcmCipher({ keys: [new Uint8Array(32)] })).hint).toBe("All bytes of the key are zero.");
  });
});

describe("the kind of secret", () => {
  it("is called aes-256-key and makes keys that it finds no fault with", () => {
    expect(aesKeyKind.name).toBe("aes-256-key");
    expect(aesKeyKind.problem(asBytes(aesKeyKind.generate()))).toBeUndefined();
    expect(aesKeyKind.generate()).not.toBe(aesKeyKind.generate());
  });

  it("finds fault with an empty value and with bytes that are not text", () => {
    expect(aesKeyKind.problem(new Uint8Array(0))).toBe(hint);
    expect(aesKeyKind.problem(asBytes(" \n"))).toMatch(/white space/);
    expect(aesKeyKind.problem(bytes)).toBe(hint);
  });
});
