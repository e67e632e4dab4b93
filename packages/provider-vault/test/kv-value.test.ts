import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mapOfValue, valueOfMap } from "../src/kv-value.js";

const single = { asBundle: false };

describe("a value and the map that keeps it", () => {
  it("text comes back as it was put, whatever it looks like", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.json(), fc.base64String());
    fc.assert(
      fc.property(text, (value) => {
        expect(valueOfMap(mapOfValue(value, single), single)).toBe(value);
      }),
    );
  });

  it("bytes come back as they were put", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (value) => {
        expect(Uint8Array.from(valueOfMap(mapOfValue(value, single), single) as Uint8Array)).toEqual(value);
      }),
    );
  });

  it("any other map is its own text", () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue()).filter((map) => !("value" in map));
    fc.assert(
      fc.property(object, (map) => {
        expect(valueOfMap(JSON.stringify(map), single)).toBe(JSON.stringify(map));
      }),
    );
  });

  it.each(['{"value":5}', '{"value":null}', '{"value":"x","other":1}', '{"value":"eA==","encoding":"hex"}', "{}"])(
    "%s is a map and no single value",
    (map) => {
      expect(valueOfMap(map, single)).toBe(map);
    },
  );

  it.each(["x", "eA=", "eA", "e A==", "eA==\n", "-_-_"])("base64 is read strictly: %j", (value) => {
    const map = JSON.stringify({ value, encoding: "base64" });
    expect(() => valueOfMap(map, single)).toThrow(expect.objectContaining({ code: "ERR_SECRETS_INVALID_VALUE" }));
  });

  it("a bundle is its own text both ways", () => {
    const bundle = { asBundle: true };
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (map) => {
        const text = JSON.stringify(map);
        expect(valueOfMap(mapOfValue(text, bundle), bundle)).toBe(text);
        expect(mapOfValue(Buffer.from(text), bundle)).toBe(text);
      }),
    );
  });

  it.each(["", "x", "[]", "null", '"CANARY"', '{"a":CANARY}', '{"a":1},"options":{"cas":0'])(
    "a bundle that is no JSON object is refused, and not shown: %s",
    (text) => {
      let error: unknown;
      try {
        mapOfValue(text, { asBundle: true });
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE" });
      expect(String((error as Error).stack)).not.toContain("CANARY");
    },
  );
});
