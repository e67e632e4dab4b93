import { randomBytes } from "node:crypto";
import { inspect } from "node:util";

/** A value to plant where none may be shown. Its space and exclamation mark fit no name, code or id. */
export function canary(): string {
  return `canary ${randomBytes(12).toString("hex")}!`;
}

/** All that printing, logging, serialising or walking a thing can bring to light, as one text. */
export function shown(thing: unknown): string {
  const parts: string[] = [];
  for (const showHidden of [false, true]) {
    for (const getters of [false, true]) {
      for (const customInspect of [false, true]) {
        parts.push(
          inspect(thing, { showHidden, getters, customInspect, depth: Number.POSITIVE_INFINITY, showProxy: true }),
        );
      }
    }
  }
  parts.push(String(thing), `${thing}`, JSON.stringify(thing) ?? "", JSON.stringify({ thing }));
  walk(thing, parts, new Set());
  return parts.join("\n");
}

/** Own properties of every kind, listed or not, and what they hold. */
function walk(thing: unknown, parts: string[], seen: Set<unknown>): void {
  if (typeof thing === "string") parts.push(thing);
  if ((typeof thing !== "object" && typeof thing !== "function") || thing === null || seen.has(thing)) return;
  seen.add(thing);
  if (thing instanceof Map) for (const pair of thing) walk(pair, parts, seen);
  if (thing instanceof Set) for (const member of thing) walk(member, parts, seen);
  for (const property of Reflect.ownKeys(thing)) {
    parts.push(String(property));
    walk(Reflect.get(thing, property), parts, seen);
  }
}

/** What the promise rejects with; throws when it does not reject. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`expected a rejection, got ${typeof value}`);
}
