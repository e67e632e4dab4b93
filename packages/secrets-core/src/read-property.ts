/** A property of something of unknown make; `undefined` where there is none or reading it throws. */
export function readProperty(from: unknown, property: PropertyKey): unknown {
  if ((typeof from !== "object" && typeof from !== "function") || from === null) return undefined;
  try {
    return (from as Record<PropertyKey, unknown>)[property];
  } catch {
    return undefined; // a getter that throws has nothing to tell
  }
}
