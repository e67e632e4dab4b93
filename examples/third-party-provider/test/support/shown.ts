import { inspect } from "node:util";

/** All that a logger might show of an error: hidden properties and causes too. */
export function shown(error: unknown): string {
  return inspect(error, { depth: 10, showHidden: true, getters: true, maxStringLength: null });
}
