import { createHash } from "node:crypto";
import { fakeSecret } from "@qarion/secrets-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deriveFernetKey, fernetCipher, fernetKeyKind, generateFernetKey } from "../src/index.js";
import { codeOf, hintOf } from "./code-of.js";
import { base64url, bytesOf } from "./hand-made-token.js";

const bytes = Buffer.from("00fbefbeffff10111213141516171819abacadaeafb0b1b2b3b4b5b6b7b8ff7f", "hex");
const key = base64url(bytes);
const form = "A Fernet key is 32 bytes in urlsafe base64 with padding: 44 characters.";

describe("generateFernetKey", () => {
  it("gives 32 bytes in urlsafe base64 with padding, never the same twice", () => {
    const keys = Array.from({ length: 1_000 }, generateFernetKey);
    for (const each of keys) {
      expect(each).toMatch(/^[A-Za-z0-9_-]{43}=$/);
      expect(base64url(bytesOf(each))).toBe(each);
    }
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("gives keys that use every bit", () => {
    const keys = Array.from({ length: 200 }, () => bytesOf(generateFernetKey()));
    const everSet = Buffer.alloc(32, 0).map((_, at) => keys.reduce((bits, each) => bits | (each[at] ?? 0), 0));
    const alwaysSet = Buffer.alloc(32, 0).map((_, at) => keys.reduce((bits, each) => bits & (each[at] ?? 0), 255));
    expect([...everSet]).toEqual(Array(32).fill(255));
    expect([...alwaysSet]).toEqual(Array(32).fill(0));
  });
});

describe("deriveFernetKey", () => {
  it.each([
    ["correct horse battery staple", "xLvLH77JnWW_WdhcjLYu4tuWPw_hBvSD2a-nO9Tjmoo="],
    ["clé-🔑-鍵", "GirWVBdooak40k8eWha6ce5jFaUi3z5Fc65R8on6QFA="],
  ])("never changes: rows are stored under it (%s)", (secret, derived) => {
    expect(deriveFernetKey(secret)).toBe(derived);
  });

  it("is urlsafe base64 of the SHA-256 of the secret's UTF-8 bytes, white space included", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", minLength: 1 }).filter((secret) => secret.trim() !== ""),
        (secret) => {
          const digest = createHash("sha256").update(Buffer.from(secret, "utf8")).digest();
          expect(deriveFernetKey(secret)).toBe(base64url(digest));
        },
      ),
    );
    expect(deriveFernetKey("s3cret")).not.toBe(deriveFernetKey("s3cret\n"));
    expect(deriveFernetKey("é")).not.toBe(deriveFernetKey("e\u0301"));
  });

  it("gives what the cipher takes", () => {
    const cipher = fernetCipher({ keys: [deriveFernetKey("a secret")] });
    expect(cipher.decrypt(cipher.encrypt("text"))).toBe("text");
  });

  it.each([
    ["an empty secret", ""],
    ["spaces", "   "],
    ["a newline", "\r\n\t"],
    ["nothing", undefined],
    ["null", null],
    ["a number", 7],
    ["bytes", Buffer.from("secret")],
  ])("makes no key from %s: its digest would be one that all know", (_what, secret) => {
    expect(codeOf(() => deriveFernetKey(secret as string))).toBe("ERR_CIPHER_INVALID_KEY");
  });

  it.each(["\ud83d", "secret\udd11", "\udd11\ud83d"])(
    "makes no key from half of a surrogate pair, which has no UTF-8 bytes: different secrets would give one key (%j)",
    (secret) => {
      expect(codeOf(() => deriveFernetKey(secret))).toBe("ERR_CIPHER_INVALID_KEY");
    },
  );
});

const notKeys: readonly (readonly [string, string, string])[] = [
  ["white space around it", `${key}\n`, "This one has white space around it."],
  ["white space before it", ` ${key}`, "This one has white space around it."],
  ["double quotes", `"${key}"`, "This one stands in quotes."],
  ["single quotes", `'${key}'`, "This one stands in quotes."],
  [
    "the standard alphabet",
    bytes.toString("base64"),
    "This one is of the standard alphabet: write - for + and _ for /.",
  ],
  ["no padding", bytes.toString("base64url"), "This one lacks the = at its end."],
  ["hexadecimal", bytes.toString("hex"), ""],
  ["31 bytes", base64url(bytes.subarray(1)), ""],
  ["33 bytes", base64url(Buffer.concat([bytes, Buffer.of(1)])), ""],
  ["64 bytes", base64url(Buffer.concat([bytes, bytes])), ""],
  ["32 characters", "an unencoded key of 32 characters", ""],
  ["two signs of padding", `${key}=`, ""],
  ["white space within", `${key.slice(0, 20)}\n${key.slice(20)}`, ""],
  ["a character that is not base64", `${key.slice(0, 20)}!${key.slice(20)}`, ""],
  ["unused bits that are set", `${key.slice(0, 42)}9=`, ""],
  ["a NUL", `${key}\0`, ""],
  ["a token", `gAAAAA${"A".repeat(94)}`, ""],
];

describe("a key that is refused", () => {
  it.each(notKeys)("has %s, and the hint says so", (_what, value, problem) => {
    const hint = problem === "" ? form : `${form} ${problem}`;
    expect(codeOf(() => fernetCipher({ keys: [value] }))).toBe("ERR_CIPHER_INVALID_KEY");
    expect(hintOf(() => fernetCipher({ keys: [value] }))).toBe(hint);
    expect(hintOf(() => fernetCipher({ keys: [key, value] }))).toBe(hint);
    expect(hintOf(() => fernetCipher({ keys: [fakeSecret(value)] }))).toBe(hint);
    expect(fernetKeyKind.problem(Buffer.from(value))).toBe(hint);
  });

  it("has unused bits that decode to the same bytes: the text above differs in nothing else", () => {
    expect(bytesOf(`${key.slice(0, 42)}9=`)).toEqual(bytesOf(key));
  });

  it("is any text but the one way to write 32 bytes", () => {
    const other = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 48 }).map(base64url),
      fc
        .tuple(fc.nat(43), fc.string({ minLength: 1, maxLength: 1 }))
        .map(([at, c]) => key.slice(0, at) + c + key.slice(at + 1)),
    );
    fc.assert(
      fc.property(other, (text) => {
        const decoded = bytesOf(text);
        const isKey = decoded.length === 32 && base64url(decoded) === text && !decoded.equals(Buffer.alloc(32));
        expect(codeOf(() => fernetCipher({ keys: [text] }))).toBe(isKey ? "accepted" : "ERR_CIPHER_INVALID_KEY");
      }),
      { numRuns: 2_000 },
    );
  });

  it("is all zero, as text or as bytes", () => {
    for (const zero of [base64url(Buffer.alloc(32)), new Uint8Array(32)]) {
      expect(codeOf(() => fernetCipher({ keys: [zero] }))).toBe("ERR_CIPHER_INVALID_KEY");
      expect(hintOf(() => fernetCipher({ keys: [zero] }))).toBe("All bytes of the key are zero.");
    }
    expect(fernetKeyKind.problem(Buffer.from(base64url(Buffer.alloc(32))))).toBe("All bytes of the key are zero.");
    const almost = Buffer.alloc(32);
    almost[31] = 1;
    expect(codeOf(() => fernetCipher({ keys: [almost] }))).toBe("accepted");
  });

  it("is the one that others derive from an empty secret, as text or as bytes", () => {
    const ofNothing = createHash("sha256").update("").digest();
    for (const known of [base64url(ofNothing), ofNothing]) {
      expect(codeOf(() => fernetCipher({ keys: [known] }))).toBe("ERR_CIPHER_INVALID_KEY");
      expect(codeOf(() => fernetCipher({ keys: [key, known] }))).toBe("ERR_CIPHER_INVALID_KEY");
    }
    expect(fernetKeyKind.problem(Buffer.from(base64url(ofNothing)))).toMatch(/empty secret/);
    ofNothing[31] = (ofNothing[31] ?? 0) ^ 1;
    expect(codeOf(() => fernetCipher({ keys: [ofNothing] }))).toBe("accepted");
  });

  it.each([1, 16, 31, 33, 44, 64])("is %i bytes long", (length) => {
    const wrong = Buffer.alloc(length, 7);
    for (const keys of [[wrong], [key, wrong]]) {
      expect(codeOf(() => fernetCipher({ keys }))).toBe("ERR_CIPHER_INVALID_KEY");
      expect(hintOf(() => fernetCipher({ keys }))).toBe(`${form} As bytes it has exactly 32.`);
    }
  });
});

describe("fernetKeyKind", () => {
  it("is named, and finds no problem with what it generates", () => {
    expect(fernetKeyKind.name).toBe("fernet-key");
    for (let round = 0; round < 100; round += 1) {
      expect(fernetKeyKind.problem(new TextEncoder().encode(fernetKeyKind.generate()))).toBeUndefined();
    }
  });

  it("finds a problem with the raw bytes of a key: a store holds the text", () => {
    expect(fernetKeyKind.problem(bytes)).toContain(form);
    expect(fernetKeyKind.problem(new Uint8Array(0))).toBe(form);
  });

  it("never repeats the value in its answer", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), (value) => {
        expect(fernetKeyKind.problem(Buffer.from(value))?.replace(form, "")).not.toContain(value);
      }),
    );
  });
});
