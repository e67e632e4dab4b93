interface Found {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/** What the rules of a matcher say, the slow way: `indexOf` for every pattern, labelled by itself. */
export class NaiveMatcher {
  readonly #patterns: readonly string[];
  readonly #minBeginning: number;

  constructor(patterns: readonly string[], minBeginning = Number.POSITIVE_INFINITY) {
    this.#patterns = patterns;
    this.#minBeginning = minBeginning;
  }

  /** Every place that some occurrence covers. */
  covered(text: string): boolean[] {
    const places = new Array<boolean>(text.length).fill(false);
    for (const { from, to } of this.#occurrences(text)) places.fill(true, from, to);
    return places;
  }

  /** Occurrences that overlap are one, with the label of the longest of those that start first. */
  matches(text: string): Found[] {
    const matches: Found[] = [];
    for (const found of this.#occurrences(text)) {
      const last = matches.at(-1);
      if (!last || last.to <= found.from) matches.push(found);
      else if (found.to > last.to) matches.splice(-1, 1, { ...last, to: found.to });
    }
    return matches;
  }

  redacted(text: string, replace: (label: string) => string): string {
    let output = "";
    let at = 0;
    for (const { from, to, label } of this.matches(text)) {
      output += text.slice(at, from) + replace(label);
      at = to;
    }
    return output + text.slice(at);
  }

  /** Where the end of a text begins that more text may turn into a match, or lengthen one that overlaps it. */
  heldFrom(text: string): number {
    let from = 0;
    while (
      !this.#patterns.some((pattern) => pattern.length > text.length - from && pattern.startsWith(text.slice(from)))
    )
      from += 1;
    return this.matches(text).find((match) => match.from < from && match.to > from)?.from ?? from;
  }

  #occurrences(text: string): Found[] {
    const found: Found[] = [];
    for (const label of new Set(this.#patterns)) {
      const needle = label.slice(0, this.#minBeginning);
      for (let from = text.indexOf(needle); from >= 0; from = text.indexOf(needle, from + 1)) {
        let length = needle.length;
        while (length < label.length && text[from + length] === label[length]) length += 1;
        found.push({ from, to: from + length, label });
      }
    }
    return found.sort((one, other) => one.from - other.from || other.to - one.to);
  }
}
