import type { Operation } from "./logical.js";
import type { Capability, PathRule } from "./policy.js";

/** What a token may do, from the rules of all its policies. Paths are whole, with the namespace before them. */
export interface Acl {
  readonly isRoot: boolean;
  allows(operation: Operation, path: string): boolean;
  /** Sorted; `["deny"]` where there is nothing, `["root"]` of a root token. */
  capabilities(path: string): readonly (Capability | "root")[];
  /** Whether there is anything below this mount that it may do. */
  reaches(mountPath: string): boolean;
}

export const ROOT_ACL: Acl = {
  isRoot: true,
  allows: () => true,
  capabilities: () => ["root"],
  reaches: () => true,
};

/**
 * Rules of one path are united, and `deny` among them is all that is left. Of several paths that match, the one with the
 * highest priority counts alone.
 */
export function aclOf(rules: readonly PathRule[]): Acl {
  const byPath = new Map<string, ReadonlySet<Capability>>();
  for (const { path, capabilities } of rules) {
    const union = new Set([...(byPath.get(path) ?? []), ...capabilities]);
    byPath.set(path, union.has("deny") ? new Set<Capability>(["deny"]) : union);
  }
  const patterns = [...byPath.keys()].filter((path) => path.endsWith("*") || hasWildcard(path)).sort(byPriority);

  const granted = (operation: Operation, path: string): ReadonlySet<Capability> | undefined => {
    const isList = operation === "list" && path.endsWith("/");
    const bare = isList ? path.slice(0, -1) : path;
    const exact = byPath.get(path) ?? (isList ? byPath.get(bare) : undefined);
    if (exact !== undefined && !patterns.includes(path)) return exact;
    const pattern = patterns.find((one) => matches(one, bare)) ?? patterns.find((one) => matches(one, path));
    return pattern === undefined ? undefined : byPath.get(pattern);
  };
  const capabilities = (path: string) => {
    const found = [...(granted("list", path) ?? [])].sort();
    return found.length === 0 ? (["deny"] as const) : found;
  };

  return {
    isRoot: false,
    allows: (operation, path) => granted(operation, path)?.has(operation) ?? false,
    capabilities,
    reaches: (mountPath) =>
      !capabilities(mountPath).includes("deny") ||
      [...byPath].some(([path, set]) => set.size > 0 && !set.has("deny") && isBelow(path, mountPath)),
  };
}

function hasWildcard(path: string): boolean {
  return path === "+" || path.startsWith("+/") || path.includes("/+");
}

function matches(pattern: string, path: string): boolean {
  const isPrefix = pattern.endsWith("*");
  const fixed = isPrefix ? pattern.slice(0, -1) : pattern;
  if (!hasWildcard(pattern)) return path.startsWith(fixed);
  const wanted = fixed.split("/");
  const segments = path.split("/");
  if (isPrefix ? segments.length < wanted.length : segments.length !== wanted.length) return false;
  return wanted.every((part, index) => {
    const segment = segments[index] ?? "";
    if (part === "+" || part === segment) return true;
    return isPrefix && index === wanted.length - 1 && segment.startsWith(part);
  });
}

/** The highest priority first: see "Policies", the five criteria under "Policy syntax". */
function byPriority(one: string, other: string): number {
  return (
    firstPattern(other) - firstPattern(one) ||
    Number(one.endsWith("*")) - Number(other.endsWith("*")) ||
    wildcards(one) - wildcards(other) ||
    other.length - one.length ||
    (one < other ? 1 : -1)
  );
}

function firstPattern(path: string): number {
  return hasWildcard(path) ? path.indexOf("+") : path.length - 1;
}

function wildcards(path: string): number {
  return path.split("/").filter((segment) => segment.replace("*", "") === "+").length;
}

function isBelow(path: string, mountPath: string): boolean {
  const depth = mountPath.split("/").length - 1;
  const start = path.split("/").slice(0, depth).join("/");
  return path.startsWith(mountPath) || (hasWildcard(path) && matches(`${start}/*`, `${mountPath}x`));
}
