import fc from "fast-check";
import { it } from "vitest";

export { fc };

/** A test of a property: the arbitraries' values are handed to it one after the other. */
export function test<T extends [unknown, ...unknown[]]>(
  name: string,
  arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  holds: (...values: T) => void,
): void {
  it(name, () => fc.assert(fc.property(...(arbitraries as unknown as [fc.Arbitrary<unknown>]), holds as never)));
}
