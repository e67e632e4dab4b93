import { invalidArgument, notModelled } from "./service-errors.js";

/** The fields of a secret or version that a filter can ask for. */
interface Filterable {
  readonly name: string;
  readonly state?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type FilterPredicate = (item: Filterable) => boolean;

const TOKEN = /\s*(?:([()])|((?:"(?:[^"\\]|\\.)*"|[^\s()"])+))/y;
const TERM = /^(-?)([A-Za-z_][\w.-]*)(:|=|!=)(.*)$/;

/**
 * Reads a filter of a list call: terms such as `name:db`, `labels.team=core` and `state:ENABLED`, joined by AND, OR and
 * NOT, with OR before AND as in https://google.aip.dev/160. `:` asks whether a text contains another, by no case.
 * @throws RpcError INVALID_ARGUMENT for what is no filter, UNIMPLEMENTED for a field or operator that is not modelled
 */
export function listFilter(text: string): FilterPredicate {
  const tokens = tokensOf(text);
  if (tokens.length === 0) return () => true;
  const predicate = readAnd(tokens);
  if (tokens.length > 0) throw invalidArgument();
  return predicate;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const trimmed = text.trimEnd();
  while (TOKEN.lastIndex < trimmed.length) {
    const match = TOKEN.exec(trimmed);
    if (match === null) throw invalidArgument();
    tokens.push(match[1] ?? match[2] ?? "");
  }
  return tokens;
}

/** Terms one after the other are joined like those with AND between them. */
function readAnd(tokens: string[]): FilterPredicate {
  const parts = [readOr(tokens)];
  while (tokens.length > 0 && tokens[0] !== ")") {
    if (tokens[0] === "AND") tokens.shift();
    parts.push(readOr(tokens));
  }
  return (item) => parts.every((part) => part(item));
}

function readOr(tokens: string[]): FilterPredicate {
  const parts = [readOne(tokens)];
  while (tokens[0] === "OR") {
    tokens.shift();
    parts.push(readOne(tokens));
  }
  return (item) => parts.some((part) => part(item));
}

function readOne(tokens: string[]): FilterPredicate {
  const token = tokens.shift();
  if (token === undefined || token === ")" || token === "AND" || token === "OR") throw invalidArgument();
  if (token === "NOT") {
    const negated = readOne(tokens);
    return (item) => !negated(item);
  }
  if (token !== "(") return readTerm(token);
  const group = readAnd(tokens);
  if (tokens.shift() !== ")") throw invalidArgument();
  return group;
}

function readTerm(token: string): FilterPredicate {
  const [, minus, field = "", operator, quoted = ""] = TERM.exec(token) ?? [];
  // Nothing after the operator: what follows is a group of values, as in `state:(ENABLED OR DISABLED)`.
  if (operator === undefined || quoted === "") throw notModelled(`the filter term ${token}`);
  const wanted = quoted.replace(/^"(.*)"$/s, "$1").toLowerCase();
  const read = fieldReader(field);
  const test: FilterPredicate = (item) => {
    const value = read(item)?.toLowerCase();
    if (operator === "!=") return value !== wanted;
    if (value === undefined) return false;
    if (operator === "=") return value === wanted;
    return wanted === "*" || value.includes(wanted);
  };
  return minus === "-" ? (item) => !test(item) : test;
}

function fieldReader(field: string): (item: Filterable) => string | undefined {
  if (field === "name") return ({ name }) => name;
  if (field === "state") return ({ state }) => state;
  const [map, ...key] = field.split(".");
  if ((map !== "labels" && map !== "annotations") || key.length === 0) throw notModelled(`a filter by ${field}`);
  return (item) => item[map]?.[key.join(".")];
}
