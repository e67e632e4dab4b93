import { HeadIndex, headLength } from "./head-index.js";
import { type Pattern, PatternsOfHead } from "./long-patterns.js";
import { type PatternIndex, PatternScanner } from "./pattern-scanner.js";

/**
 * Finds many texts in one pass, whatever their length: the cost of a scan grows with the length of the text and not with
 * the number of patterns, and its state tells how much of the end of a chunk may be the beginning of a match. The heads of
 * all patterns are found together; what follows a head is compared only once that was seen.
 */
export class PatternMatcher {
  readonly #index: PatternIndex;

  /** A beginning of a pattern counts as a match from `minBeginning` units on, which is more than `headLength`. */
  constructor(patterns: Iterable<readonly [Pattern, label: string]>, minBeginning = Number.POSITIVE_INFINITY) {
    const short = new Map<string, string>();
    const long = new Map<string, PatternsOfHead>();
    for (const [pattern, label] of patterns) {
      if (typeof pattern === "string" && pattern.length <= headLength) {
        short.set(pattern, label);
        continue;
      }
      const head = (typeof pattern === "string" ? pattern : pattern.start).slice(0, headLength);
      const sharing = long.get(head) ?? new PatternsOfHead(headLength);
      sharing.add(pattern, label);
      long.set(head, sharing);
    }
    const texts = [...new Set([...short.keys(), ...long.keys()])].sort();
    this.#index = {
      heads: new HeadIndex(texts, (place) => short.has(texts[place] as string)),
      labels: texts.map((text) => short.get(text) ?? ""),
      lengths: Uint8Array.from(texts, ({ length }) => length),
      long: texts.filter(({ length }) => length === headLength).map((text) => long.get(text)),
      minBeginning,
    };
  }

  /** What it holds by now beside the patterns that it was given, in bytes. */
  get byteLength(): number {
    const { heads, long } = this.#index;
    return long.reduce((sum, patterns) => sum + (patterns?.byteLength ?? 0), heads.byteLength);
  }

  /** Reads a new text; `replace` makes what stands for a match from the label of its pattern. */
  scanner(replace: (label: string) => string): PatternScanner {
    return new PatternScanner(this.#index, replace);
  }
}
