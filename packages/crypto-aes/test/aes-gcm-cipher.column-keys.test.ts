import type { KeyObject } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { aesGcmCipher, generateAesKey } from "../src/index.js";

// The derivation itself stays; it is only watched.
const derived: { readonly column: string; readonly key: WeakRef<KeyObject> }[] = [];
vi.mock("../src/qs1-format.js", async (importOriginal) => {
  const original = await importOriginal<typeof import("../src/qs1-format.js")>();
  return {
    ...original,
    columnKey: (material: Uint8Array, column: string) => {
      const key = original.columnKey(material, column);
      derived.push({ column, key: new WeakRef(key) });
      return key;
    },
  };
});

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const [current, previous] = [generateAesKey(), generateAesKey()];

describe("column keys", () => {
  beforeEach(() => void derived.splice(0));

  it("are derived once for each key and column", () => {
    const cipher = aesGcmCipher({ keys: [current, previous] });
    const old = aesGcmCipher({ keys: [previous] }).encrypt("x", { column: "a", row: "7" });
    derived.splice(0);
    for (let row = 0; row < 50; row += 1) {
      for (const column of ["a", "b"]) {
        const context = { column, row: String(row) };
        expect(cipher.decrypt(cipher.encrypt("x", context), context)).toBe("x");
      }
      cipher.decrypt(cipher.encrypt("x"));
      cipher.rotate(old, { column: "a", row: "7" });
    }
    expect(derived.map(({ column }) => column).sort()).toEqual(["", "a", "a", "b"]);
  });

  it("do not fill the memory when columns are made up", async () => {
    const cipher = aesGcmCipher({ keys: [current] });
    for (let index = 0; index < 5_500; index += 1) cipher.encrypt("x", { column: `made up ${index}` });
    expect(derived).toHaveLength(5_500);
    await new Promise((resolve) => setImmediate(resolve)); // what a WeakRef has handed out lives to the end of its job
    collectGarbage();
    const alive = derived.filter(({ key }) => key.deref() !== undefined);
    expect(alive.length).toBeLessThanOrEqual(1_000);
    expect(alive.length).toBeGreaterThanOrEqual(500); // those since the cache was last emptied: it does hold some
    expect(cipher.decrypt(cipher.encrypt("x", { column: "made up 0" }), { column: "made up 0" })).toBe("x");
  });
});
