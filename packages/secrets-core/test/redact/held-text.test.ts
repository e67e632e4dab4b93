import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeldText } from "../../src/redact/held-text.js";

describe("held text", () => {
  it("is taken from the front, however it came in", () => {
    const step = fc.oneof(fc.string({ maxLength: 5 }), fc.nat(8));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const held = new HeldText();
        let expected = "";
        for (const step of steps) {
          if (typeof step === "string") {
            held.add(step);
            expected += step;
          } else {
            expect(held.take(step)).toBe(expected.slice(0, step));
            expected = expected.slice(step);
          }
          expect(held.length).toBe(expected.length);
        }
      }),
    );
  });

  it("is taken without a copy of what stays", () => {
    // Copies would be 10^11 pieces in all.
    const pieces = 500_000;
    const held = new HeldText();
    for (let piece = 0; piece < pieces; piece += 1) held.add("a");
    for (let piece = 0; piece < pieces; piece += 1) held.take(1);
    expect(held.length).toBe(0);
  });
});
