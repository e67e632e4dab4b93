import { randomBytes } from "node:crypto";
import { inspect } from "node:util";

/** A part of a canary that is at least this long gives it away. */
const shortestPart = 8;
const deepest = 8;
const mostObjects = 10_000;

/** A random text to be stored as a secret, and then looked for in everything that is shown. */
export function newCanary(): string {
  return `cNry${randomBytes(18).toString("hex")}`;
}

/** Looks for values in texts: as they are, in part, in base64 of any alignment, in hexadecimal. */
export class LeakScan {
  readonly #parts: ReadonlySet<string>;

  constructor(values: readonly (string | Uint8Array)[]) {
    this.#parts = new Set(values.flatMap((value) => partsOf(Buffer.from(value as string))));
  }

  isIn(text: string): boolean {
    const folded = text.replaceAll("-", "+").replaceAll("_", "/");
    for (const part of this.#parts) if (text.includes(part) || folded.includes(part)) return true;
    return false;
  }
}

function partsOf(bytes: Buffer): string[] {
  if (bytes.length < shortestPart) throw new RangeError(`A canary has at least ${shortestPart} bytes.`);
  const text = bytes.toString("latin1");
  const pieces = Array.from({ length: text.length - shortestPart + 1 }, (_, at) => text.slice(at, at + shortestPart));
  const hex = bytes.toString("hex").slice(0, 4 * shortestPart);
  return [...pieces, ...base64Parts(bytes), hex, hex.toUpperCase()];
}

/** What stands in a base64 text whichever of three bytes the value begins at: without the characters shared with others. */
function base64Parts(bytes: Buffer): string[] {
  return [0, 1, 2].map((lead) => {
    const whole = Buffer.concat([Buffer.alloc(lead), bytes]);
    const start = Math.ceil((lead * 8) / 6);
    return whole.toString("base64").slice(start, start + 10);
  });
}

/** Everything that a logger might show of something: an error's causes and hidden properties, an answer's members. */
export function shownBy(thing: unknown): string {
  const deep = {
    depth: deepest,
    showHidden: true,
    getters: true,
    maxStringLength: null,
    maxArrayLength: null,
  } as const;
  const shown = [String, (each: unknown) => inspect(each, deep), (each: unknown) => JSON.stringify(each)];
  return [...shown.map((show) => String(attempt(() => show(thing)))), ...leavesOf(thing, new Set())].join("\n");
}

/** The texts and bytes that stand anywhere below, hidden properties included. */
function leavesOf(thing: unknown, seen: Set<object>): string[] {
  if (typeof thing === "string") return [thing];
  if (typeof thing !== "object" || thing === null || seen.has(thing) || seen.size >= mostObjects) return [];
  seen.add(thing);
  if (thing instanceof Uint8Array) return [Buffer.from(thing).toString("latin1")];
  return Reflect.ownKeys(thing).flatMap((name) => [
    String(name),
    ...leavesOf(
      attempt(() => (thing as Record<PropertyKey, unknown>)[name]),
      seen,
    ),
  ]);
}

/** What cannot be read (a circle, a getter that throws) shows nothing. */
function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}
