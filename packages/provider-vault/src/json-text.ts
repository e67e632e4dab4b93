// Parsing turns numbers into JavaScript's own, which is wrong for long ones. So what is passed on is cut out of the
// text.

/** A string, a sign, or what stands between: a number, `true`, `false`, `null`. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

/** The object that a JSON text holds; `undefined` for any other text. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** An own member of what may be an object. */
export function member(of: unknown, name: string): unknown {
  return isObject(of) && Object.hasOwn(of, name) ? of[name] : undefined;
}

/** The text of a member as it stands in the text of an object, which is valid JSON. Of two of one name, the last. */
export function memberText(object: string, wanted: string): string | undefined {
  let found: string | undefined;
  let name: string | undefined;
  let start = 0;
  let depth = 0;
  for (const { 0: part, index } of object.matchAll(token)) {
    if (depth === 1 && name !== undefined && (part === "," || part === "}")) {
      if (name === wanted) found = object.slice(start, index).trim();
      name = undefined;
    } else if (depth === 1 && name === undefined && part.startsWith('"')) {
      name = JSON.parse(part) as string;
    } else if (depth === 1 && part === ":") {
      start = index + 1;
    }
    if (part === "{" || part === "[") depth += 1;
    if (part === "}" || part === "]") depth -= 1;
  }
  return found;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
