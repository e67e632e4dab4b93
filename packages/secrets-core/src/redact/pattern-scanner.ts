import type { HeadIndex } from "./head-index.js";
import { HeldText } from "./held-text.js";
import type { LongPattern, PatternsOfHead, PatternTree } from "./long-patterns.js";

export interface PatternIndex {
  readonly heads: HeadIndex;
  /** Of each text of `heads`, by its place. */
  readonly labels: readonly string[];
  readonly lengths: Uint8Array;
  /** What begins with each text of full head length. */
  readonly long: readonly (PatternsOfHead | undefined)[];
  readonly minBeginning: number;
}

interface Match {
  readonly from: number;
  to: number;
  label: string;
}

/** A long pattern that is awake: its first `reached` units are the end of what was read. */
interface Comparison {
  readonly pattern: LongPattern;
  reached: number;
}

/** One text, given in chunks: what it hands on holds no match, whole or begun. Places count from the text's beginning. */
export class PatternScanner {
  readonly #index: PatternIndex;
  readonly #replace: (label: string) => string;
  #node = 0;
  readonly #awake: Comparison[] = [];
  /** What the next unit may wake: the end of what was read is all that the patterns of such a tree share. */
  readonly #waiting: PatternTree[] = [];
  #read = 0;
  #handedOn = 0;
  /** The end of what was read, not yet handed on, and the matches in it. */
  readonly #held = new HeldText();
  #matches: Match[] = [];

  constructor(index: PatternIndex, replace: (label: string) => string) {
    this.#index = index;
    this.#replace = replace;
  }

  /** The text so far, but for the end that may still become a match. */
  push(chunk: string): string {
    const { heads, long } = this.#index;
    this.#held.add(chunk);
    let node = this.#node;
    for (let index = 0; index < chunk.length; index += 1) {
      const unit = chunk.charCodeAt(index);
      const to = this.#read + index + 1;
      node = heads.next(node, unit);
      if (this.#waiting.length > 0) this.#wake(unit);
      if (this.#awake.length > 0) this.#compare(unit, to);
      const place = heads.longestAt(node);
      if (place >= 0) this.#found(to, this.#index.lengths[place] as number, this.#index.labels[place] as string);
      const head = heads.headAt(node);
      if (head >= 0) this.#wait(long[head]?.tree());
    }
    this.#node = node;
    this.#read += chunk.length;
    // What may become a match starts here or later; a match that reaches beyond this may grow with it.
    const open = [...this.#awake.map(({ reached }) => reached), ...this.#waiting.map(({ base }) => base)];
    const mayBegin = this.#read - Math.max(heads.open(node), ...open);
    const mayGrow = this.#matches.find((match) => match.to > mayBegin);
    return this.#handOn(Math.min(mayGrow?.from ?? mayBegin, mayBegin));
  }

  /** The rest; what is pushed after it is a new text. */
  end(): string {
    this.#node = 0;
    this.#awake.length = 0;
    this.#waiting.length = 0;
    return this.#handOn(this.#read);
  }

  /** What is held back, as it was read; what is pushed after it is a new text. */
  takeBack(): string {
    const text = this.#held.take(this.#held.length);
    this.#matches = [];
    this.end();
    return text;
  }

  get holdsBack(): boolean {
    return this.#held.length > 0;
  }

  #wait(tree: PatternTree | undefined): void {
    if (tree && !tree.isEmpty) this.#waiting.push(tree);
  }

  #wake(unit: number): void {
    for (let tree = this.#waiting.pop(); tree; tree = this.#waiting.pop()) {
      const pattern = tree.branch(unit);
      if (pattern && !this.#awake.some((comparison) => comparison.pattern === pattern))
        this.#awake.push({ pattern, reached: tree.base });
    }
  }

  #compare(unit: number, to: number): void {
    let awake = 0;
    for (const comparison of this.#awake) {
      const { pattern } = comparison;
      let reached = pattern.next(comparison.reached, unit);
      const isAtEnd = reached === pattern.text.length;
      if (reached >= this.#index.minBeginning || (isAtEnd && pattern.isWhole)) this.#found(to, reached, pattern.label);
      if (isAtEnd) {
        this.#wait(pattern.longer);
        reached = pattern.overlap(reached);
      }
      if (reached < pattern.base) continue;
      comparison.reached = reached;
      this.#awake[awake] = comparison;
      awake += 1;
    }
    while (this.#awake.length > awake) this.#awake.pop();
  }

  /** Matches that overlap become one, with the label of the one that starts first, and of several such the longest. */
  #found(to: number, length: number, label: string): void {
    const from = to - length;
    let last = this.#matches.at(-1);
    while (last && last.from > from) {
      this.#matches.pop();
      last = this.#matches.at(-1);
    }
    if (!last || last.to <= from) {
      this.#matches.push({ from, to, label });
      return;
    }
    if (last.from === from) last.label = label;
    last.to = to;
  }

  #handOn(end: number): string {
    let output = "";
    let done = 0;
    for (const { from, to, label } of this.#matches) {
      if (to > end) break;
      output += this.#held.take(from - this.#handedOn) + this.#replace(label);
      this.#held.take(to - from);
      this.#handedOn = to;
      done += 1;
    }
    if (done > 0) this.#matches = this.#matches.slice(done);
    output += this.#held.take(end - this.#handedOn);
    this.#handedOn = end;
    return output;
  }
}
