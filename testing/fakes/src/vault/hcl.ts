/** What HCL, version 1, holds of use to a policy. A block `path "a" { … }` is a member of the object under `path`. */
export type HclValue = string | number | boolean | readonly HclValue[] | HclObject;
export interface HclObject {
  readonly [name: string]: HclValue;
}

// Strings first, so that a `#` or a brace inside one is part of it.
const TOKEN =
  /\s*(?:(#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)|("(?:[^"\\\n]|\\.)*")|([A-Za-z_][\w.-]*)|(-?\d+(?:\.\d+)?)|([{}[\]=,:]))/y;

/** @throws Error for what is not HCL of this subset: attributes, lists, objects, blocks with one label or none */
export function parseHcl(text: string): HclObject {
  const tokens = tokenize(text);
  const body = parseBody(tokens, false);
  return body;
}

interface Tokens {
  peek(): string | undefined;
  next(): string;
}

function tokenize(text: string): Tokens {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) {
      if (text.slice(at).trim() === "") break;
      throw new Error(`illegal character at offset ${at}`);
    }
    if (found[1] === undefined) tokens.push(found[0].trim());
  }
  let position = 0;
  return {
    peek: () => tokens[position],
    next() {
      const token = tokens[position++];
      if (token === undefined) throw new Error("unexpected end of the policy");
      return token;
    },
  };
}

function parseBody(tokens: Tokens, inBraces: boolean): HclObject {
  const members = new Map<string, HclValue>();
  for (;;) {
    const token = tokens.peek();
    if (token === undefined && !inBraces) return Object.fromEntries(members);
    if (tokens.next() === "}" && inBraces) return Object.fromEntries(members);
    const name = nameOf(token ?? "");
    if (tokens.peek() === "=" || tokens.peek() === ":") {
      tokens.next();
      members.set(name, parseValue(tokens));
    } else {
      addBlock(members, name, tokens);
    }
    if (tokens.peek() === ",") tokens.next();
  }
}

/** Blocks of one name are gathered; of one name and label, the later adds to the earlier as a list. */
function addBlock(members: Map<string, HclValue>, name: string, tokens: Tokens): void {
  if (tokens.peek() === "{") {
    members.set(name, parseValue(tokens));
    return;
  }
  const label = nameOf(tokens.next());
  if (tokens.peek() !== "{") throw new Error(`expected a block after ${JSON.stringify(label)}`);
  const blocks = members.get(name) ?? [];
  if (!Array.isArray(blocks)) throw new Error(`${name} is both an attribute and a block`);
  members.set(name, [...blocks, { [label]: parseValue(tokens) }]);
}

function parseValue(tokens: Tokens): HclValue {
  const token = tokens.next();
  if (token === "{") return parseBody(tokens, true);
  if (token === "[") {
    const items: HclValue[] = [];
    while (tokens.peek() !== "]") {
      items.push(parseValue(tokens));
      if (tokens.peek() === ",") tokens.next();
      else if (tokens.peek() !== "]") throw new Error("expected , or ] in a list");
    }
    tokens.next();
    return items;
  }
  if (token.startsWith('"')) return JSON.parse(token) as string;
  if (token === "true" || token === "false") return token === "true";
  if (/^-?\d/.test(token)) return Number(token);
  throw new Error(`expected a value and found ${token}`);
}

function nameOf(token: string): string {
  if (token.startsWith('"')) return JSON.parse(token) as string;
  if (/^[A-Za-z_]/.test(token)) return token;
  throw new Error(`expected a name and found ${token}`);
}
