import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PatternMatcher } from "../../src/redact/pattern-matcher.js";

const label = (name: string) => `<${name}>`;
const matcherOf = (...patterns: string[]) => new PatternMatcher(new Map(patterns.map((pattern) => [pattern, pattern])));

function inOneGo(matcher: PatternMatcher, text: string, replace = label): string {
  const scanner = matcher.scanner(replace);
  return scanner.push(text) + scanner.end();
}

/** What the rule says, the slow way: every place that some occurrence covers, told by the label that starts first. */
function covered(patterns: readonly string[], text: string): boolean[] {
  const places = Array.from(text, () => false).slice(0, 0);
  for (let index = 0; index < text.length; index += 1) places.push(false);
  for (const pattern of patterns) {
    for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1))
      places.fill(true, at, at + pattern.length);
  }
  return places;
}

const smallText = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 40 });
const smallPatterns = fc.uniqueArray(fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 6 }), {
  minLength: 1,
  maxLength: 8,
});

describe("a pattern matcher", () => {
  it("replaces each match by its label", () => {
    expect(inOneGo(matcherOf("secret", "other"), "a secret, another secret")).toBe("a <secret>, an<other> <secret>");
  });

  it("makes one of matches that overlap, with the label of the first", () => {
    expect(inOneGo(matcherOf("abcd", "cdef"), "xabcdefx")).toBe("x<abcd>x");
    expect(inOneGo(matcherOf("bc", "abcde"), "xabcdex")).toBe("x<abcde>x");
  });

  it("leaves exactly what no occurrence covers", () => {
    fc.assert(
      fc.property(smallPatterns, smallText, (patterns, text) => {
        const places = covered(patterns, text);
        const expected = Array.from({ length: text.length }, (_, index) => (places[index] ? "" : text[index])).join("");
        expect(inOneGo(matcherOf(...patterns), text, () => "")).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it("says the same however a text is cut into chunks", () => {
    fc.assert(
      fc.property(smallPatterns, fc.array(smallText, { maxLength: 8 }), (patterns, chunks) => {
        const matcher = matcherOf(...patterns);
        const scanner = matcher.scanner(label);
        const pieces = chunks.map((chunk) => scanner.push(chunk));
        expect(pieces.join("") + scanner.end()).toBe(inOneGo(matcher, chunks.join("")));
      }),
      { numRuns: 2_000 },
    );
  });

  it("holds back no more than may still become a match", () => {
    const scanner = matcherOf("secret").scanner(label);
    expect(scanner.push("nothing here")).toBe("nothing here");
    expect(scanner.holdsBack).toBe(false);
    expect(scanner.push("then sec")).toBe("then ");
    expect(scanner.push("tor")).toBe("sector");
  });

  it("without patterns hands everything on", () => {
    expect(inOneGo(new PatternMatcher(new Map()), "text")).toBe("text");
  });
});
