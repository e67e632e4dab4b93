/** A long text is looked for by its first units alone, until they are seen. */
export const headLength = 16;

const root = 0;
const directUnits = 256;

/**
 * Finds many short texts in one pass (Aho and Corasick, "Efficient string matching", 1975). The nodes are rows of number
 * arrays, level by level, so that the children of a node stand together, in the order of their units: 14 bytes a node.
 */
export class HeadIndex {
  /** The unit that leads to a node. */
  readonly #unit: Uint16Array;
  /** The children of a node end where those of the next one begin. */
  readonly #firstChild: Uint32Array;
  /** Where to go on when no longer text matches: the longest proper suffix that some text begins with. */
  readonly #fallback: Uint32Array;
  /** One more than the place of the longest whole text that ends here, itself or by a suffix; 0 if none does. */
  readonly #longest: Uint32Array;
  /** The children of the root, where most steps go, without a search. */
  readonly #fromRoot = new Uint32Array(directUnits);
  /** The first node of each depth, and the end of the last. */
  readonly #levels: number[] = [root];

  /** `texts` are sorted, different, not empty and at most `headLength` long. */
  constructor(texts: readonly string[], isWhole: (place: number) => boolean) {
    const size = countNodes(texts);
    this.#unit = new Uint16Array(size);
    this.#firstChild = new Uint32Array(size + 1);
    this.#fallback = new Uint32Array(size);
    this.#longest = new Uint32Array(size);
    let level: Range[] = [{ from: 0, to: texts.length }];
    for (let depth = 0, end = 1; level.length > 0; depth += 1) {
      const first = this.#levels[depth] as number;
      this.#levels.push(end);
      const below: Range[] = [];
      for (const [index, { from, to }] of level.entries()) {
        const node = first + index;
        this.#firstChild[node] = end;
        const ends = from < to && texts[from]?.length === depth;
        if (ends && isWhole(from)) this.#longest[node] = from + 1;
        for (const child of split(texts, depth, ends ? from + 1 : from, to)) {
          this.#unit[end] = (texts[child.from] as string).charCodeAt(depth);
          below.push(child);
          end += 1;
        }
      }
      this.#firstChild[first + level.length] = end;
      level = below;
    }
    this.#link();
  }

  get byteLength(): number {
    const arrays = [this.#unit, this.#firstChild, this.#fallback, this.#longest, this.#fromRoot];
    return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** The node after one more unit; a text begins at node 0. */
  next(node: number, unit: number): number {
    for (let at = node; at !== root; at = this.#fallback[at] as number) {
      const child = this.#child(at, unit);
      if (child !== root) return child;
    }
    return unit < directUnits ? (this.#fromRoot[unit] as number) : this.#child(root, unit);
  }

  /** The place of the longest whole text that ends at a node; -1 if none does. */
  longestAt(node: number): number {
    return (this.#longest[node] as number) - 1;
  }

  /** The place of the node's text among those of full `headLength`; negative if it is shorter. */
  headAt(node: number): number {
    return node - (this.#levels[headLength] ?? Number.POSITIVE_INFINITY);
  }

  /** How many of the last units may be the beginning of a text: those of a node without children can only end one. */
  open(node: number): number {
    let at = node;
    while (at !== root && this.#firstChild[at] === this.#firstChild[at + 1]) at = this.#fallback[at] as number;
    let depth = 0;
    while (at >= (this.#levels[depth + 1] as number)) depth += 1;
    return depth;
  }

  #link(): void {
    const size = this.#unit.length;
    for (let node = 0; node < size; node += 1) {
      const end = this.#firstChild[node + 1] as number;
      for (let child = this.#firstChild[node] as number; child < end; child += 1) {
        const unit = this.#unit[child] as number;
        if (node === root && unit < directUnits) this.#fromRoot[unit] = child;
        const fallback = node === root ? root : this.next(this.#fallback[node] as number, unit);
        this.#fallback[child] = fallback;
        if (this.#longest[child] === 0) this.#longest[child] = this.#longest[fallback] as number;
      }
    }
  }

  #child(node: number, unit: number): number {
    let low = this.#firstChild[node] as number;
    let high = this.#firstChild[node + 1] as number;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = this.#unit[middle] as number;
      if (at === unit) return middle;
      if (at < unit) low = middle + 1;
      else high = middle;
    }
    return root;
  }
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** The runs of equal units at a depth of sorted texts. */
function* split(texts: readonly string[], depth: number, from: number, to: number): Iterable<Range> {
  for (let start = from; start < to; ) {
    const unit = (texts[start] as string).charCodeAt(depth);
    let end = start + 1;
    while (end < to && (texts[end] as string).charCodeAt(depth) === unit) end += 1;
    yield { from: start, to: end };
    start = end;
  }
}

function countNodes(texts: readonly string[]): number {
  let count = 1;
  let before = "";
  for (const text of texts) {
    let shared = 0;
    while (shared < before.length && text.charCodeAt(shared) === before.charCodeAt(shared)) shared += 1;
    count += text.length - shared;
    before = text;
  }
  return count;
}
