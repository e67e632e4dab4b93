import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PatternMatcher } from "../../src/redact/pattern-matcher.js";
import { NaiveMatcher } from "./naive-matcher.js";

const label = (name: string) => `<${name}>`;
const matcherOf = (...patterns: string[]) => new PatternMatcher(new Map(patterns.map((pattern) => [pattern, pattern])));

function inOneGo(matcher: PatternMatcher, text: string, replace = label): string {
  const scanner = matcher.scanner(replace);
  return scanner.push(text) + scanner.end();
}

const smallText = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 40 });
const smallPatterns = fc.uniqueArray(fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 6 }), {
  minLength: 1,
  maxLength: 8,
});

/** Patterns short and long that begin alike, hold each other and repeat themselves, with text made of pieces of them. */
const hostile = fc
  .record({
    motifs: fc.array(fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 3,
    }),
    shapes: fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 14 }), { minLength: 1, maxLength: 6 }),
    cuts: fc.array(fc.record({ shape: fc.nat(), length: fc.integer({ min: 1, max: 50 }), tail: smallText })),
    pieces: fc.array(fc.record({ pattern: fc.nat(), from: fc.nat(30), to: fc.nat(70), other: smallText }), {
      maxLength: 8,
    }),
    chunkLengths: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 }),
  })
  .map(({ motifs, shapes, cuts, pieces, chunkLengths }) => {
    const at = <T>(items: readonly T[], index: number) => items[index % items.length] as T;
    const texts = shapes.map((shape) => shape.map((index) => at(motifs, index)).join(""));
    const derived = cuts.slice(0, 4).map(({ shape, length, tail }) => at(texts, shape).slice(0, length) + tail);
    const patterns = [...new Set([...texts, ...derived])];
    const text = pieces
      .map(
        ({ pattern, from, to, other }) => at(patterns, pattern).slice(from % 5 === 0 ? 0 : from, to) + other.slice(30),
      )
      .join("");
    const chunks: string[] = [];
    for (let from = 0; from < text.length; from += at(chunkLengths, chunks.length - 1))
      chunks.push(text.slice(from, from + at(chunkLengths, chunks.length)));
    return { patterns, text, chunks };
  });

const minBeginnings = fc.constantFrom(Number.POSITIVE_INFINITY, 17, 20, 30);

describe("a pattern matcher", () => {
  it("replaces each match by its label", () => {
    expect(inOneGo(matcherOf("secret", "other"), "a secret, another secret")).toBe("a <secret>, an<other> <secret>");
  });

  it("makes one of matches that overlap, with the label of the first", () => {
    expect(inOneGo(matcherOf("abcd", "cdef"), "xabcdefx")).toBe("x<abcd>x");
    expect(inOneGo(matcherOf("bc", "abcde"), "xabcdex")).toBe("x<abcde>x");
  });

  it("and of several that start first with the label of the longest", () => {
    expect(inOneGo(matcherOf("abc", "abcde", "abcdefg"), "xabcdefx")).toBe("x<abcde>fx");
    const long = "a-pattern-longer-than-its-head";
    expect(inOneGo(matcherOf(long, `${long}-yet`, long.slice(0, 10)), `x${long}-yet`)).toBe(`x<${long}-yet>`);
  });

  it("keeps matches apart that only touch", () => {
    expect(inOneGo(matcherOf("abcd", "efgh"), "abcdefgh")).toBe("<abcd><efgh>");
  });

  it("leaves exactly what no occurrence covers", () => {
    fc.assert(
      fc.property(smallPatterns, smallText, (patterns, text) => {
        const places = new NaiveMatcher(patterns).covered(text);
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

  it("finds what indexOf finds, at every chunk all that can be told by then", () => {
    fc.assert(
      fc.property(hostile, ({ patterns, text, chunks }) => {
        const naive = new NaiveMatcher(patterns);
        const scanner = matcherOf(...patterns).scanner(label);
        let read = "";
        let output = "";
        for (const chunk of chunks) {
          read += chunk;
          output += scanner.push(chunk);
          expect(output).toBe(naive.redacted(read.slice(0, naive.heldFrom(read)), label));
          expect(scanner.holdsBack).toBe(naive.heldFrom(read) < read.length);
        }
        expect(read).toBe(text);
        expect(output + scanner.end()).toBe(naive.redacted(text, label));
      }),
      { numRuns: 2_000 },
    );
  });

  it("finds the beginnings of patterns that are long enough", () => {
    fc.assert(
      fc.property(hostile, minBeginnings, ({ patterns, text, chunks }, minBeginning) => {
        const scanner = new PatternMatcher(new Map(patterns.map((pattern) => [pattern, ""])), minBeginning).scanner(
          () => "#",
        );
        const output = chunks.map((chunk) => scanner.push(chunk)).join("") + scanner.end();
        expect(output).toBe(new NaiveMatcher(patterns, minBeginning).redacted(text, () => "#"));
      }),
      { numRuns: 1_000 },
    );
  });

  it("compares long patterns that overlap themselves at any depth", () => {
    const word = fc.array(fc.boolean(), { minLength: 1, maxLength: 6 });
    const slices = fc.array(fc.record({ to: fc.nat(600), other: fc.constantFrom("", "", "a", "b") }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(
        word,
        word,
        fc.array(fc.boolean(), { minLength: 40, maxLength: 120 }),
        slices,
        (one, other, order, cuts) => {
          const letters = (bits: readonly boolean[]) => bits.map((bit) => (bit ? "a" : "b")).join("");
          const pattern = order.map((first) => letters(first ? one : other)).join("");
          const text = cuts.map((cut) => pattern.slice(0, cut.to) + cut.other).join("");
          expect(inOneGo(matcherOf(pattern), text, () => "#")).toBe(
            new NaiveMatcher([pattern]).redacted(text, () => "#"),
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("is ready for a new text after the end of one, wherever that was cut", () => {
    fc.assert(
      fc.property(hostile, ({ patterns, text, chunks }) => {
        const matcher = matcherOf(...patterns);
        const scanner = matcher.scanner(label);
        for (const chunk of chunks) {
          scanner.push(chunk);
          scanner.end();
        }
        expect(scanner.push(text) + scanner.end()).toBe(inOneGo(matcher, text));
      }),
    );
  });

  it("gives back what it held as it was read", () => {
    const scanner = matcherOf("secret", "secret-and-more").scanner(label);
    expect(scanner.push("a secret-and")).toBe("a ");
    expect(scanner.takeBack()).toBe("secret-and");
    expect(scanner.holdsBack).toBe(false);
    expect(scanner.push("-more, secrets") + scanner.end()).toBe("-more, <secret>s");
  });

  it("holds back no more than may still become a match", () => {
    const scanner = matcherOf("secret").scanner(label);
    expect(scanner.push("nothing here")).toBe("nothing here");
    expect(scanner.holdsBack).toBe(false);
    expect(scanner.push("then sec")).toBe("then ");
    expect(scanner.push("tor")).toBe("sector");
    expect(scanner.push("a secret")).toBe("a <secret>");
  });

  it("knows surrogates by their units, and units beyond ASCII", () => {
    const patterns = [
      "🔑🔑🔑",
      "🔑🗝-and-a-tail-beyond-the-head-🔑",
      "ключ-от-всех-дверей",
      "\uD83D-lone",
      "日本語の秘密",
    ];
    const text = `x${patterns.join("~")}~🔑🗝-and-a-tail-beyond-the-head-🗝`;
    for (let cut = 0; cut <= text.length; cut += 1) {
      const scanner = matcherOf(...patterns).scanner(() => "#");
      expect(scanner.push(text.slice(0, cut)) + scanner.push(text.slice(cut)) + scanner.end()).toBe(
        "x#~#~#~#~#~🔑🗝-and-a-tail-beyond-the-head-🗝",
      );
    }
  });

  it("without patterns hands everything on", () => {
    expect(inOneGo(new PatternMatcher(new Map()), "text")).toBe("text");
  });
});
