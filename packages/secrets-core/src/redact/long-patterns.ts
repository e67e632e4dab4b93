/** A long text that is not made before its beginning is seen; `start` holds at least its first `headLength` units. */
export interface DeferredText {
  readonly start: string;
  whole(): string;
}

export type Pattern = string | DeferredText;

interface LabelledText {
  readonly text: string;
  readonly label: string;
}

/** The long patterns that share a head; made into a tree when the head is first seen, since most never are. */
export class PatternsOfHead {
  readonly #length: number;
  #waiting: { readonly pattern: Pattern; readonly label: string }[] = [];
  #tree: PatternTree;

  constructor(length: number) {
    this.#length = length;
    this.#tree = new PatternTree([], length);
  }

  add(pattern: Pattern, label: string): void {
    this.#waiting.push({ pattern, label });
  }

  tree(): PatternTree {
    if (this.#waiting.length > 0) {
      const labels = new Map(this.#waiting.map(({ pattern, label }) => [textOf(pattern), label]));
      const texts = [...labels].map(([text, label]) => ({ text, label })).sort(byText);
      this.#waiting = [];
      this.#tree = new PatternTree(texts, this.#length);
    }
    return this.#tree;
  }

  get byteLength(): number {
    return this.#tree.byteLength;
  }
}

/** Sorted texts that share their first `base` units and are longer, by the unit that comes next. */
export class PatternTree {
  readonly #branches: LongPattern[] = [];

  constructor(
    texts: readonly LabelledText[],
    readonly base: number,
  ) {
    for (let from = 0; from < texts.length; ) {
      const unit = texts[from]?.text.charCodeAt(base);
      let to = from + 1;
      while (to < texts.length && texts[to]?.text.charCodeAt(base) === unit) to += 1;
      this.#branches.push(new LongPattern(texts.slice(from, to), base));
      from = to;
    }
  }

  get isEmpty(): boolean {
    return this.#branches.length === 0;
  }

  get byteLength(): number {
    return this.#branches.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  branch(unit: number): LongPattern | undefined {
    let low = 0;
    let high = this.#branches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const branch = this.#branches[middle] as LongPattern;
      const at = branch.text.charCodeAt(this.base);
      if (at === unit) return branch;
      if (at < unit) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }
}

/**
 * One long text, or what several have in common, searched in one pass (Knuth, Morris and Pratt, "Fast pattern matching in
 * strings", 1977). It is awake while at least its first `base` units are the end of what was read: whoever sees these
 * wakes it. So texts that begin alike are compared once, and those that nobody writes cost nothing.
 */
export class LongPattern {
  /** For each length of a beginning, the longest shorter one that it ends with; as far as was ever needed. */
  #overlaps = new Uint32Array(0);
  #known = 0;

  readonly text: string;
  readonly label: string;
  /** Whether the text is a pattern, and not only the beginning of some. */
  readonly isWhole: boolean;
  /** The longer ones, which are awake from the end of this text on. */
  readonly longer: PatternTree;

  /** Of sorted texts that share more than their first `base` units. */
  constructor(
    texts: readonly LabelledText[],
    readonly base: number,
  ) {
    const { text, label } = texts[0] as LabelledText;
    const last = (texts.at(-1) as LabelledText).text;
    let shared = base + 1;
    while (shared < text.length && text.charCodeAt(shared) === last.charCodeAt(shared)) shared += 1;
    this.text = text.slice(0, shared);
    this.label = label;
    this.isWhole = shared === text.length;
    this.longer = new PatternTree(this.isWhole ? texts.slice(1) : texts, shared);
  }

  get byteLength(): number {
    // A text shares its units with those of the longer ones.
    const units = this.longer.isEmpty ? this.text.length : 0;
    return 2 * units + this.#overlaps.byteLength + this.longer.byteLength;
  }

  /** How much of the text one more unit makes it; 0 when it falls asleep. `reached` is less than the whole. */
  next(reached: number, unit: number): number {
    for (let at = reached; at >= this.base; at = this.overlap(at)) {
      if (this.text.charCodeAt(at) === unit) return at + 1;
    }
    return 0;
  }

  overlap(length: number): number {
    if (length > this.#known) this.#extend(length);
    return this.#overlaps[length] as number;
  }

  #extend(length: number): void {
    if (length >= this.#overlaps.length) {
      const grown = new Uint32Array(Math.min(this.text.length + 1, Math.max(2 * length, 64)));
      grown.set(this.#overlaps);
      this.#overlaps = grown;
    }
    const overlaps = this.#overlaps;
    for (let known = Math.max(this.#known, 1); known < length; known += 1) {
      const unit = this.text.charCodeAt(known);
      let overlap = overlaps[known] as number;
      while (overlap > 0 && this.text.charCodeAt(overlap) !== unit) overlap = overlaps[overlap] as number;
      overlaps[known + 1] = this.text.charCodeAt(overlap) === unit ? overlap + 1 : 0;
    }
    this.#known = length;
  }
}

function byText(one: LabelledText, other: LabelledText): number {
  if (one.text === other.text) return 0;
  return one.text < other.text ? -1 : 1;
}

function textOf(pattern: Pattern): string {
  return typeof pattern === "string" ? pattern : pattern.whole();
}
