import { readFileSync } from "node:fs";

export const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** The rules that the README gives to a kind of user, for another key prefix. */
export function aclRules(user: "reader" | "writer", keyPrefix = "secrets:"): string {
  const rules = new RegExp(`^ACL SETUSER app-${user} reset on >\\S+ (.+)$`, "m").exec(readme)?.[1];
  if (!rules) throw new Error(`the README has no rules for a ${user}`);
  return rules.replaceAll("secrets:", keyPrefix);
}
