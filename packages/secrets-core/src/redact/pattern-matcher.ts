interface Node {
  /** Most nodes have one child, which stands here; a map is made for the second. */
  unit: number;
  child: Node | undefined;
  others: Map<number, Node> | undefined;
  /** Where to go on when no longer text matches: the longest proper suffix that some pattern begins with. */
  fallback: Node | undefined;
  readonly depth: number;
  /** The longest pattern that ends here, itself or by a suffix. */
  match: { readonly length: number; readonly label: string } | undefined;
}

/**
 * Finds many texts in one pass (Aho and Corasick, "Efficient string matching", 1975): the cost of a scan grows with the
 * length of the text and not with the number of patterns, and the state tells how much of the end of a chunk may be the
 * beginning of a match.
 */
export class PatternMatcher {
  readonly #root: Node = node(0);

  constructor(patterns: ReadonlyMap<string, string>) {
    for (const [pattern, label] of patterns) this.#insert(pattern, label);
    this.#link();
  }

  /** Reads a new text; `replace` makes what stands for a match from the label of its pattern. */
  scanner(replace: (label: string) => string): PatternScanner {
    return new PatternScanner(this.#root, replace);
  }

  #insert(pattern: string, label: string): void {
    let at = this.#root;
    for (let index = 0; index < pattern.length; index += 1) {
      const unit = pattern.charCodeAt(index);
      at = childOf(at, unit) ?? grow(at, unit);
    }
    at.match = { length: pattern.length, label };
  }

  #link(): void {
    const queue: Node[] = [];
    for (const [, child] of childrenOf(this.#root)) {
      child.fallback = this.#root;
      queue.push(child);
    }
    for (const parent of queue) {
      for (const [unit, child] of childrenOf(parent)) {
        child.fallback = step(parent.fallback, unit, this.#root);
        child.match ??= child.fallback.match;
        queue.push(child);
      }
    }
  }
}

interface Match {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/** One text, given in chunks: what it hands on holds no match, whole or begun. */
export class PatternScanner {
  readonly #root: Node;
  readonly #replace: (label: string) => string;
  #at: Node;
  /** The end of what came so far, not yet handed on, and the matches in it. */
  #held = "";
  #matches: Match[] = [];

  constructor(root: Node, replace: (label: string) => string) {
    this.#root = root;
    this.#at = root;
    this.#replace = replace;
  }

  /** The text so far, but for the end that may still become a match. */
  push(chunk: string): string {
    const seen = this.#held.length;
    this.#held += chunk;
    for (let index = seen; index < this.#held.length; index += 1) {
      this.#at = step(this.#at, this.#held.charCodeAt(index), this.#root);
      const { match } = this.#at;
      if (match) add(this.#matches, { from: index + 1 - match.length, to: index + 1, label: match.label });
    }
    // What may become a match starts here or later; a match that reaches beyond this may grow with it.
    const mayBegin = this.#held.length - this.#at.depth;
    const mayGrow = this.#matches.find((match) => match.to > mayBegin);
    return this.#handOn(Math.min(mayGrow?.from ?? mayBegin, mayBegin));
  }

  /** The rest; what is pushed after it is a new text. */
  end(): string {
    this.#at = this.#root;
    return this.#handOn(this.#held.length);
  }

  get holdsBack(): boolean {
    return this.#held !== "";
  }

  #handOn(end: number): string {
    let output = "";
    let at = 0;
    const later: Match[] = [];
    for (const match of this.#matches) {
      if (match.to > end) {
        later.push({ ...match, from: match.from - end, to: match.to - end });
        continue;
      }
      output += this.#held.slice(at, match.from) + this.#replace(match.label);
      at = match.to;
    }
    output += this.#held.slice(at, end);
    this.#held = this.#held.slice(end);
    this.#matches = later;
    return output;
  }
}

/** Matches that overlap become one, with the label of the one that starts first. */
function add(matches: Match[], match: Match): void {
  let { from, label } = match;
  for (let last = matches.at(-1); last && last.to > from; last = matches.at(-1)) {
    if (last.from <= from) {
      from = last.from;
      label = last.label;
    }
    matches.pop();
  }
  matches.push({ from, to: match.to, label });
}

function step(from: Node | undefined, unit: number, root: Node): Node {
  for (let at = from; at; at = at.fallback) {
    const next = childOf(at, unit);
    if (next) return next;
  }
  return root;
}

function childOf(parent: Node, unit: number): Node | undefined {
  return parent.child && parent.unit === unit ? parent.child : parent.others?.get(unit);
}

function* childrenOf({ unit, child, others }: Node): Iterable<[number, Node]> {
  if (child) yield [unit, child];
  if (others) yield* others;
}

function grow(parent: Node, unit: number): Node {
  const child = node(parent.depth + 1);
  if (!parent.child) {
    parent.unit = unit;
    parent.child = child;
  } else {
    parent.others ??= new Map();
    parent.others.set(unit, child);
  }
  return child;
}

function node(depth: number): Node {
  return { unit: 0, child: undefined, others: undefined, fallback: undefined, depth, match: undefined };
}
