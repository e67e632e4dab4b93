const ARN_SUFFIX = /^(arn:.*)-[A-Za-z0-9]{6}$/;

/**
 * An answer without what two servers choose for themselves: the random end of an ARN, times, the order of lists, and
 * whether what is absent is left out, null or an empty list.
 */
export function comparable(value: unknown): unknown {
  if (value instanceof Date) return "a time";
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (typeof value === "string") return value.replace(ARN_SUFFIX, "$1-XXXXXX");
  if (Array.isArray(value))
    return value.map(comparable).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  const present = Object.entries(value).filter(([, each]) => each !== undefined && each !== null && each?.length !== 0);
  return Object.fromEntries(present.map(([name, each]) => [name, comparable(each)]));
}
