import { type HclObject, type HclValue, parseHcl } from "./hcl.js";
import { badRequest } from "./vault-error.js";

const CAPABILITIES = ["create", "read", "update", "patch", "delete", "list", "sudo", "deny"] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** What one `path` of a policy grants. */
export interface PathRule {
  /** As it was written, with no `/` before it; `*` at the end is a glob, `+` stands for one segment. */
  readonly path: string;
  readonly capabilities: ReadonlySet<Capability>;
}

export interface Policy {
  readonly name: string;
  readonly text: string;
  readonly rules: readonly PathRule[];
}

// A policy of the days before capabilities says one word.
const OLD_WORDS: Readonly<Record<string, readonly Capability[]>> = {
  deny: ["deny"],
  read: ["read", "list"],
  write: ["create", "read", "update", "delete", "list"],
  sudo: ["create", "read", "update", "delete", "list", "sudo"],
};

/**
 * Reads a policy, in HCL or JSON.
 * @throws VaultError 400 for what Vault would refuse, and for what this server does not know: constraints on parameters
 * and wrapping, control groups, templates. A policy must never seem to hold a line that is ignored.
 */
export function parsePolicy(name: string, text: string): Policy {
  let root: HclObject;
  try {
    root = text.trimStart().startsWith("{") ? (JSON.parse(text) as HclObject) : parseHcl(text);
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error));
  }
  for (const key of Object.keys(root)) {
    if (key !== "path" && key !== "name") throw refused(`invalid key ${JSON.stringify(key)}`);
  }
  const rules = objects(root.path).flatMap((paths) => Object.entries(paths).map(([path, body]) => rule(path, body)));
  return { name, text, rules };
}

function rule(given: string, body: HclValue): PathRule {
  const path = given.replace(/^\//, "");
  if (path.includes("+*")) throw refused(`path ${JSON.stringify(path)}: invalid use of wildcards ('+*' is forbidden)`);
  if (path.includes("{{")) throw refused(`path ${JSON.stringify(path)}: templates are unknown to this server`);
  const capabilities = new Set<Capability>();
  for (const [key, value] of objects(body).flatMap((part) => Object.entries(part))) {
    if (key === "comment") continue;
    if (key === "policy") {
      const meant = OLD_WORDS[String(value)];
      if (meant === undefined) throw refused(`path ${JSON.stringify(given)}: invalid policy ${JSON.stringify(value)}`);
      for (const granted of meant) capabilities.add(granted);
    } else if (key === "capabilities") {
      for (const word of Array.isArray(value) ? value : [value]) capabilities.add(known(given, word));
    } else {
      throw refused(`path ${JSON.stringify(given)}: ${key} is unknown to this server`);
    }
  }
  return { path, capabilities };
}

function known(path: string, word: unknown): Capability {
  const found = CAPABILITIES.find((name) => name === word);
  if (found === undefined) throw refused(`path ${JSON.stringify(path)}: invalid capability ${JSON.stringify(word)}`);
  return found;
}

/** An object, or a list of them, as both HCL and JSON may hold them. */
function objects(value: HclValue | undefined): readonly HclObject[] {
  if (value === undefined) return [];
  const items = Array.isArray(value) ? value : [value];
  return items.map((item) => {
    if (typeof item !== "object" || item === null || Array.isArray(item)) throw refused("expected an object");
    return item as HclObject;
  });
}

function refused(reason: string) {
  return badRequest(`failed to parse policy: ${reason}`);
}
