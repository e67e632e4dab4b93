import { JwtError } from "./jwt-error.js";

/** Deeper than any claim needs, and what ends a cycle. */
const maxDepth = 32;
const loneSurrogate = /\p{Cs}/u;

/**
 * A copy of claims that says in JSON exactly what they say in JavaScript. What `JSON.stringify` would drop, change or
 * fail on is refused: `undefined`, functions, symbols, bigints, NaN, infinities, dates, class instances, holes, hidden
 * members, cycles, text that is not Unicode. A copy, so that a getter cannot answer differently later.
 *
 * @throws {JwtError} `ERR_JWT_CLAIMS` with the name of the claim, never its value.
 */
export function copyClaims(claims: unknown): Record<string, unknown> {
  if (!isPlainObject(claims)) {
    throw new JwtError("ERR_JWT_CLAIMS", { hint: "The claims must be a plain object without hidden members." });
  }
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, copyClaim(name, value)]));
}

/** An error about one claim: its name (cut, escaped) and the rule that it breaks. */
export function claimRefused(name: string, rule: string): JwtError {
  const shown = JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name);
  return new JwtError("ERR_JWT_CLAIMS", { hint: `Claim ${shown} ${rule}.` });
}

function copyClaim(claim: string, value: unknown): unknown {
  const refused = (rule: string) => claimRefused(claim, rule);
  const copyText = (text: string): string => {
    if (loneSurrogate.test(text)) throw refused("must be well-formed Unicode");
    return text;
  };
  const copy = (inner: unknown, depth: number): unknown => {
    if (depth > maxDepth) throw refused("is cyclic or nested too deeply");
    if (inner === null || typeof inner === "boolean") return inner;
    if (typeof inner === "string") return copyText(inner);
    if (typeof inner === "number" && Number.isFinite(inner)) return inner;
    if (isPlainArray(inner)) return Array.from(inner, (item) => copy(item, depth + 1));
    if (isPlainObject(inner)) {
      return Object.fromEntries(Object.entries(inner).map(([name, item]) => [copyText(name), copy(item, depth + 1)]));
    }
    throw refused("must hold JSON data only: null, booleans, finite numbers, strings, plain arrays and plain objects");
  };
  copyText(claim);
  return copy(value, 1);
}

/** Nothing hidden and no class: its prototype, if any, is the root of a realm (tests run in realms of their own). */
function isPlainObject(x: unknown): x is Record<string, unknown> {
  if (typeof x !== "object" || x === null || Array.isArray(x)) return false;
  const prototype: unknown = Object.getPrototypeOf(x);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return false;
  return Reflect.ownKeys(x).length === Object.keys(x).length;
}

/** Elements and `length`, nothing else; a hole is found as the `undefined` that it reads as. */
function isPlainArray(x: unknown): x is unknown[] {
  return Array.isArray(x) && Reflect.ownKeys(x).length === x.length + 1;
}
