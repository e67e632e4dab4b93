import { describe, expect, it } from "vitest";
import type { DeferredText } from "../../src/redact/long-patterns.js";
import { PatternMatcher } from "../../src/redact/pattern-matcher.js";
import { formsOf } from "../../src/redact/secret-forms.js";

const label = (name: string) => `<${name}>`;
const matcherOf = (...patterns: string[]) => new PatternMatcher(new Map(patterns.map((pattern) => [pattern, pattern])));

function inOneGo(matcher: PatternMatcher, text: string, replace = label): string {
  const scanner = matcher.scanner(replace);
  return scanner.push(text) + scanner.end();
}

describe("a deferred pattern", () => {
  const whole = "beginning-of-a-long-text-and-its-end";

  it("is found as any other, and made once, when its beginning was seen", () => {
    let made = 0;
    const deferred: DeferredText = {
      start: whole.slice(0, 20),
      whole: () => {
        made += 1;
        return whole;
      },
    };
    const matcher = new PatternMatcher([[deferred, "late"]]);
    expect(inOneGo(matcher, "beginning-of-a- other text")).toBe("beginning-of-a- other text");
    expect(made).toBe(0);
    for (let round = 0; round < 3; round += 1)
      expect(inOneGo(matcher, `${whole.slice(0, -1)} ${whole}`)).toBe(`${whole.slice(0, -1)} <late>`);
    expect(made).toBe(1);
  });

  it("that equals another one is one pattern, with the label of the last", () => {
    const deferred = { start: whole, whole: () => whole };
    expect(
      inOneGo(
        new PatternMatcher([
          [whole, "first"],
          [deferred, "second"],
          [deferred, "last"],
        ]),
        whole,
      ),
    ).toBe("<last>");
  });
});

describe("text that is made to cost much", () => {
  // Each of these takes minutes or more where the work for a text grows with its length times that of a pattern.
  const length = 2 ** 18;
  const repeat = (motif: string, to: number) => motif.repeat(Math.ceil(to / motif.length)).slice(0, to);

  function fibonacci(to: number): string {
    let [one, other] = ["a", "ab"];
    while (other.length < to) [one, other] = [other, other + one];
    return other.slice(0, to);
  }

  it.each<[string, (to: number) => string]>([
    ["of one letter", (to) => repeat("a", to)],
    ["of a short period", (to) => repeat("aab", to)],
    ["of a period longer than a head", (to) => repeat(`${"a".repeat(40)}b`, to)],
    ["that overlaps itself in many ways", fibonacci],
  ])("%s is read in one pass", (_, text) => {
    const pattern = `${text(length)}|`;
    const matcher = matcherOf(pattern);
    expect(inOneGo(matcher, text(2 * length))).toBe(text(2 * length));
    const scanner = matcher.scanner(() => "#");
    let output = "";
    const flood = text(length) + pattern;
    for (let from = 0; from < flood.length; from += 11) output += scanner.push(flood.slice(from, from + 11));
    output += scanner.end();
    expect(output.endsWith("#")).toBe(true);
    expect(output.length).toBe(length + 1);
  });

  it("covers overlapping matches in one pass too", () => {
    expect(inOneGo(matcherOf("a".repeat(length)), "a".repeat(3 * length), () => "#")).toBe("#");
  });

  it("and the beginning that a thousand patterns share is compared once", () => {
    const shared = `-----BEGIN PRIVATE KEY-----\n${"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC".repeat(4)}`;
    const matcher = matcherOf(...Array.from({ length: 5_000 }, (_, index) => `${shared}${index} end`));
    expect(inOneGo(matcher, shared.repeat(2_000))).toBe(shared.repeat(2_000));
    expect(inOneGo(matcher, `${shared}4321 end`, () => "#")).toBe("#");
  });
});

describe("the memory of a matcher", () => {
  const mixed = (length: number) =>
    Array.from({ length }, (_, index) => String.fromCharCode(33 + ((index * index * 31 + index * 7) % 90))).join("");
  const matcherOfValue = (value: string) => {
    const forms = [...formsOf(value, 8)];
    return { forms, matcher: new PatternMatcher(forms.map((form) => [form, "X"])) };
  };
  const textOf = (form: string | DeferredText) => (typeof form === "string" ? form : form.whole());

  it("does not grow with a long value that was not seen", () => {
    expect(matcherOfValue(mixed(2 ** 20)).matcher.byteLength).toBeLessThan(16_384);
  });

  it("is a small multiple of the forms once all of them were seen", () => {
    const { forms, matcher } = matcherOfValue(mixed(2 ** 16));
    const texts = new Set(forms.map(textOf));
    for (const text of texts) expect(inOneGo(matcher, text)).toBe("<X>");
    const total = [...texts].reduce((sum, { length }) => sum + length, 0);
    expect(matcher.byteLength).toBeGreaterThan(total);
    expect(matcher.byteLength).toBeLessThan(7 * total);
  });

  it("is one for many short ones", () => {
    const members = Array.from({ length: 1_000 }, (_, index) => [`password_${index}`, mixed(30 + index).slice(-24)]);
    const { forms, matcher } = matcherOfValue(JSON.stringify(Object.fromEntries(members)));
    const total = [...new Set(forms.map(textOf))].reduce((sum, { length }) => sum + length, 0);
    expect(matcher.byteLength).toBeLessThan(4 * total);
  });
});
