import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JwtError } from "../src/index.js";
import { copyClaims } from "../src/json-claims.js";
import { codeOf } from "./helpers.js";

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;
const cyclicArray: unknown[] = [];
cyclicArray.push(cyclicArray);
const withHole = (): unknown[] => Object.assign(new Array(3), { 0: 1, 2: 3 });
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

describe("copyClaims", () => {
  it("gives an equal copy of every JSON object, which shares nothing with the original", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (claims) => {
        const copy = copyClaims(claims);
        expect(JSON.stringify(copy)).toBe(JSON.stringify(claims));
        for (const [name, value] of Object.entries(copy)) {
          if (typeof value === "object" && value !== null) expect(value).not.toBe(claims[name]);
        }
      }),
    );
  });

  it("says in JSON what it says in JavaScript, whatever it is given", () => {
    fc.assert(
      fc.property(
        fc.object({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withNullPrototype: true,
          withSparseArray: true,
          withTypedArray: true,
          withUnicodeString: true,
        }),
        (claims) => {
          if (codeOf(() => copyClaims(claims)) !== "accepted") return;
          const copy = copyClaims(claims);
          const text = JSON.stringify(copy);
          expect(JSON.stringify(JSON.parse(text))).toBe(text);
          expect(Object.keys(JSON.parse(text) as object).sort()).toEqual(Object.keys(claims).sort());
        },
      ),
    );
  });

  it.each([
    ["undefined", undefined],
    ["a function", () => 1],
    ["a symbol", Symbol("x")],
    ["a bigint", 1n],
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["a date", new Date(0)],
    ["a Map", new Map()],
    ["a Set", new Set()],
    ["a RegExp", /x/],
    ["bytes", Buffer.from("x")],
    ["a boxed string", new String("x")],
    [
      "a class instance",
      new (class Role {
        name = "x";
      })(),
    ],
    ["an object with toJSON", { toJSON: () => "x" }],
    ["a member under a symbol", { [Symbol("x")]: 1 }],
    ["a hidden member", Object.defineProperty({}, "x", { value: 1 })],
    ["a hole", withHole()],
    ["an array that is all holes", new Array(1_000_000_000)],
    ["an array with a name in it", Object.assign([1], { x: 1 })],
    ["an array with a name in place of a hole", Object.assign(withHole(), { x: 1 })],
    ["a cycle", cyclic],
    ["a cycle of arrays", cyclicArray],
    ["32 arrays within each other", nested(32)],
    ["a lone high surrogate", "a\ud83d"],
    ["a lone low surrogate", "\udd11a"],
    ["a lone surrogate in a name", { "\ud83d": 1 }],
  ])("refuses %s in a claim, at any depth, and names the claim", (_what, value) => {
    for (const claim of [value, [value], { inner: value }, { inner: [{ inner: value }] }]) {
      const attempt = () => copyClaims({ fine: 1, "the-claim": claim });
      expect(codeOf(attempt)).toBe("ERR_JWT_CLAIMS");
      expect(attempt).toThrow('Claim "the-claim"');
    }
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a string", "sub"],
    ["a number", 1],
    ["an array", [{ sub: "user-1" }]],
    ["a Map", new Map([["sub", "user-1"]])],
    [
      "a class instance",
      new (class Claims {
        sub = "user-1";
      })(),
    ],
    ["an object with a symbol", { sub: "user-1", [Symbol("x")]: 1 }],
    ["an object that inherits its members", Object.create({ sub: "user-1" }) as object],
    ["a function", () => ({ sub: "user-1" })],
  ])("refuses %s as the claims", (_what, claims) => {
    expect(codeOf(() => copyClaims(claims))).toBe("ERR_JWT_CLAIMS");
  });

  it("accepts objects without a prototype, those of another realm, shared ones and 31 arrays within each other", () => {
    const bare = Object.assign(Object.create(null) as Record<string, unknown>, { sub: "user-1" });
    expect(copyClaims(bare)).toEqual({ sub: "user-1" });
    const foreign = runInNewContext('({ sub: "user-1", roles: ["a"], nested: { x: null } })') as Record<
      string,
      unknown
    >;
    expect(copyClaims(foreign)).toEqual({ sub: "user-1", roles: ["a"], nested: { x: null } });
    const shared = { x: 1 };
    expect(copyClaims({ a: shared, b: [shared, shared] })).toEqual({ a: { x: 1 }, b: [{ x: 1 }, { x: 1 }] });
    expect(copyClaims({ a: nested(31) })).toEqual({ a: nested(31) });
  });

  it("copies an own __proto__ as an own property", () => {
    const copy = copyClaims(JSON.parse('{"__proto__":{"admin":true},"a":{"__proto__":{"admin":true}}}'));
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"admin":true},"a":{"__proto__":{"admin":true}}}');
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect((copy.a as { admin?: boolean }).admin).toBeUndefined();
  });

  it("reads a getter once, so that what was checked is what is signed", () => {
    let reads = 0;
    const copy = copyClaims({
      get role() {
        reads++;
        return reads === 1 ? "reader" : () => "admin";
      },
    });
    expect(JSON.stringify(copy)).toBe('{"role":"reader"}');
    expect(reads).toBe(1);
  });

  it("refuses a claim whose name is not well-formed Unicode", () => {
    expect(codeOf(() => copyClaims({ "role\ud83d": "reader" }))).toBe("ERR_JWT_CLAIMS");
    expect(copyClaims({ "rôle🔑": "reader" })).toEqual({ "rôle🔑": "reader" });
  });

  it("cuts and escapes the name of a claim that it refuses", () => {
    const message = (name: string): string => {
      try {
        copyClaims({ [name]: undefined });
      } catch (error) {
        if (JwtError.is(error)) return error.message;
        throw error;
      }
      return "";
    };
    expect(message("a\nb\u001b[31m")).toContain('"a\\nb\\u001b[31m"');
    expect(message("n".repeat(1_000)).length).toBeLessThan(300);
  });
});
