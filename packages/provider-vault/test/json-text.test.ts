import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonObject, memberText } from "../src/json-text.js";

describe("memberText", () => {
  it("cuts out each member as it stands, spaces or not", () => {
    const object = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue(), { noNullPrototype: true });
    fc.assert(
      fc.property(object, fc.constantFrom(0, 2, "\t"), (map, indent) => {
        const text = JSON.stringify(map, null, indent);
        for (const [name, value] of Object.entries(map)) {
          expect(JSON.parse(memberText(text, name) ?? "")).toEqual(JSON.parse(JSON.stringify(value)));
        }
        expect(memberText(text, `${Object.keys(map).join("")}x`)).toBeUndefined();
      }),
    );
  });

  it.each([
    ['{"a":12345678901234567890}', "12345678901234567890"],
    ['{"a":1e400,"b":2}', "1e400"],
    ['{"x":{"a":1},"y":"\\"a\\":2","a":[{"a":3}]}', '[{"a":3}]'],
    ['{"a":1,"a":2}', "2"],
    ['{"\\u0061":"}{,:"}', '"}{,:"'],
    [' { "a" : { } } ', "{ }"],
  ])("%s", (text, expected) => {
    expect(memberText(text, "a")).toBe(expected);
  });

  it("reads a value of a megabyte", () => {
    const value = '\\"x'.repeat(350_000);
    expect(memberText(JSON.stringify({ b: 1, a: value }), "a")).toBe(JSON.stringify(value));
  });
});

describe("jsonObject", () => {
  it.each(["", "null", "1", "[]", '"x"', "{", "<html>"])("takes %j for none", (text) => {
    expect(jsonObject(text)).toBeUndefined();
  });
});
