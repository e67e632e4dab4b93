import { isDeepStrictEqual } from "node:util";
import { runInNewContext } from "node:vm";
import type { CipherContext } from "@qarion/secrets-core/keys";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aesGcmCipher, generateAesKey } from "../src/index.js";
import { codeOf, errorOf } from "./cipher-errors.js";

const cipher = aesGcmCipher({ keys: [generateAesKey()] });

// A small alphabet makes contexts that look alike when their parts are put in a row: bytes of lengths, separators,
// characters of two, three and four bytes, and one letter composed and decomposed.
const character = fc.constantFrom("a", "b", "c", "\0", "\u0001", ".", "=", "é", "e\u0301", "\ufffd", "😀", "column");
const text = fc.string({ unit: character, maxLength: 4 });
const name = fc
  .oneof(fc.constantFrom("column", "row", "__proto__", "constructor", "1", "10", "2"), text)
  .filter(Boolean);
const context: fc.Arbitrary<CipherContext> = fc.dictionary(name, text, { maxKeys: 4 });

/** The same contents in another split, with a member less, more or renamed. */
const lookAlike = (of: CipherContext): fc.Arbitrary<CipherContext> => {
  const parts = Object.entries(of).flat().join("");
  return fc.oneof(
    fc.nat({ max: Math.max(parts.length - 1, 0) }).map((at) => ({ [parts.slice(0, at + 1)]: parts.slice(at + 1) })),
    name.map((added) => ({ ...of, [added]: "" })),
    fc.constant(Object.fromEntries(Object.entries(of).slice(1))),
    fc.constant(Object.fromEntries(Object.entries(of).map(([key, value]) => [value || "x", key]))),
    context,
  );
};

const sorted = (of: CipherContext) => Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1));
const canBeBound = (of: CipherContext) =>
  Object.entries(of).every(([key, value]) => key !== "" && key.isWellFormed() && value.isWellFormed());

describe("a ciphertext opens with the very pairs that it was made with", () => {
  it("for any context, whatever the order of its members and the prototype they stand on", () => {
    fc.assert(
      fc.property(context, (bound) => {
        const ciphertext = cipher.encrypt("value", bound);
        const reversed = Object.fromEntries(Object.entries(bound).reverse());
        expect(cipher.decrypt(ciphertext, { ...bound })).toBe("value");
        expect(cipher.decrypt(ciphertext, reversed)).toBe("value");
        expect(cipher.decrypt(ciphertext, Object.assign(Object.create(null), bound))).toBe("value");
        expect(cipher.decrypt(cipher.encrypt("value", reversed), bound)).toBe("value");
      }),
      { numRuns: 300 },
    );
  });

  it("and with no others, however alike the two look in a row", () => {
    const pair = context.chain((one) => fc.tuple(fc.constant(one), lookAlike(one)));
    fc.assert(
      fc.property(pair, ([one, other]) => {
        fc.pre(canBeBound(other) && !isDeepStrictEqual(sorted(one), sorted(other)));
        for (const [made, given] of [
          [one, other],
          [other, one],
        ] as const) {
          const ciphertext = cipher.encrypt("value", made);
          expect(codeOf(() => cipher.decrypt(ciphertext, given))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
          expect(codeOf(() => cipher.rotate(ciphertext, given))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
        }
      }),
      { numRuns: 1_000 },
    );
  });

  const alike: [string, CipherContext, CipherContext][] = [
    ["a letter moved from value to name", { a: "bc" }, { ab: "c" }],
    ["two members or one", { a: "b", c: "d" }, { a: "bcd" }],
    ["two empty values or one", { a: "", b: "" }, { a: "" }],
    ["two empty values or one name of both", { a: "", b: "" }, { ab: "" }],
    ["values swapped", { a: "x", b: "y" }, { a: "y", b: "x" }],
    ["name and value swapped", { a: "b" }, { b: "a" }],
    ["an empty column or none", { column: "" }, {}],
    ["an empty member or none", { a: "" }, {}],
    ["case", { column: "T.c" }, { column: "t.c" }],
    ["white space", { column: "t.c" }, { column: "t.c " }],
    ["composed or decomposed", { column: "\u00e9" }, { column: "e\u0301" }],
    ["a NUL inside", { column: "a\0b" }, { column: "a" }],
    ["the separators of JSON", { a: 'x","b":"y' }, { a: "x", b: "y" }],
    ["an own __proto__", JSON.parse('{"__proto__":"x"}'), {}],
    ["a replacement character", { column: "\ufffd" }, { column: "\ufffd\ufffd" }],
    ["another column", { column: "a", row: "1" }, { column: "b", row: "1" }],
    ["another row", { column: "a", row: "1" }, { column: "a", row: "2" }],
    ["a row of no column", { column: "a", row: "1" }, { row: "1" }],
    ["a column of no row", { column: "a", row: "1" }, { column: "a" }],
  ];
  it.each(alike)("%s", (_, one, other) => {
    expect(codeOf(() => cipher.decrypt(cipher.encrypt("value", one), other))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
    expect(codeOf(() => cipher.decrypt(cipher.encrypt("value", other), one))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
  });

  it("an empty context is none", () => {
    expect(cipher.decrypt(cipher.encrypt("value"), {})).toBe("value");
    expect(cipher.decrypt(cipher.encrypt("value", {}))).toBe("value");
    expect(cipher.decrypt(cipher.encrypt("value", undefined), Object.create(null))).toBe("value");
  });

  it("members of the prototype are no members", () => {
    const inheriting = Object.create({ column: "inherited" }, { row: { value: "1", enumerable: true } });
    expect(cipher.decrypt(cipher.encrypt("value", inheriting), { row: "1" })).toBe("value");
    expect(cipher.decrypt(cipher.encrypt("value", { row: "1" }), inheriting)).toBe("value");
    expect(codeOf(() => cipher.decrypt(cipher.encrypt("value", inheriting), { column: "inherited", row: "1" }))).toBe(
      "ERR_CIPHER_AUTHENTICATION_FAILED",
    );
  });

  it("members that are not enumerable are no members, and pick no key", () => {
    for (const value of ["hidden", 5]) {
      const hidden: CipherContext = Object.defineProperty({ row: "1" }, "column", { value, enumerable: false });
      expect(cipher.decrypt(cipher.encrypt("value", hidden), { row: "1" })).toBe("value");
    }
  });

  it("members are read once: a getter that changes its mind cannot part the key from the associated data", () => {
    let reads = 0;
    const changing: CipherContext = {
      get column() {
        reads += 1;
        return `read ${reads}`;
      },
    };
    expect(cipher.decrypt(cipher.encrypt("value", changing), { column: "read 1" })).toBe("value");
  });

  it("objects of another realm are objects", () => {
    const foreign = runInNewContext("({ column: 'a' })") as CipherContext;
    expect(cipher.decrypt(cipher.encrypt("value", foreign), { column: "a" })).toBe("value");
  });
});

const notStrings = [1, 0, true, null, undefined, {}, [], new Date(0), new String("x"), Symbol("x"), 1n, () => "x"];

describe("a context that cannot be bound is refused", () => {
  const bad: [string, unknown][] = [
    ...notStrings.map((value): [string, unknown] => [`a member that is ${typeof value} ${tagOf(value)}`, { a: value }]),
    ["null", null],
    ["text", "column"],
    ["a number", 1],
    ["a list", ["column"]],
    ["an empty list", []],
    ["a function", () => ({})],
    ["a Map, whose entries would not be bound", new Map([["column", "a"]])],
    ["a Set", new Set(["a"])],
    ["URLSearchParams", new URLSearchParams({ column: "a" })],
    ["a promise that nobody waited for", Promise.resolve({ column: "a" })],
    ["a text object", new String("column")],
    ["bytes", Buffer.from("column")],
    ["an empty name", { "": "a" }],
    ["an empty name beside a good one", { column: "a", "": "" }],
    ["a high surrogate alone in a value", { a: "x\ud83d" }],
    ["a low surrogate alone in a value", { a: "\ude00x" }],
    ["a high surrogate alone in a name", { "x\ud83d": "a" }],
    ["a low surrogate alone in a name", { "\ude00x": "a" }],
    ["halves that only name and value in a row would make whole", { "x\ud83d": "\ude00x" }],
    ["a column that is longer than 1,000 bytes", { column: "x".repeat(1_001) }],
    ["a column that is longer than 1,000 bytes in UTF-8", { column: "é".repeat(501) }],
  ];

  it.each(bad)("%s", (_, value) => {
    const given = value as CipherContext;
    const ciphertext = cipher.encrypt("value");
    for (const run of [
      () => cipher.encrypt("value", given),
      () => cipher.decrypt(ciphertext, given),
      () => cipher.decryptBytes(ciphertext, given),
      () => cipher.rotate(ciphertext, given),
    ]) {
      const error = errorOf(run);
      expect(error.code).toBe("ERR_CIPHER_CONTEXT");
      expect(error.hint).toBeTruthy();
    }
  });

  it("the hint names the member and not what it holds", () => {
    const context = { tenant: 4_217 } as unknown as CipherContext;
    expect(errorOf(() => cipher.encrypt("value", context)).message).toMatch(/"tenant"/);
    expect(errorOf(() => cipher.encrypt("value", context)).message).not.toMatch(/4217/);
  });

  it("a column of 1,000 bytes is bound, and longer texts are in every other member", () => {
    const long: CipherContext = { column: "é".repeat(500), row: "x".repeat(100_000), ["n".repeat(100_000)]: "" };
    expect(cipher.decrypt(cipher.encrypt("value", long), { ...long })).toBe("value");
  });
});

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value);
}
