import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What no file of the workspace may hold. The patterns are written so that this file does not match them.
 * @type {readonly { readonly what: string, readonly pattern: RegExp }[]}
 */
const FORBIDDEN = [
  {
    // A lockfile or a setting with a host in it ties everyone to that registry, mirrors and offline stores aside.
    what: "the host of a package registry",
    pattern: /npm[j]s[.]|yarn[p]kg[.]|npm[m]irror[.]|npm[.]pkg[.]git[h]ub[.]|npm[.]js[r][.]io|py[p]i[.]org/i,
  },
  {
    what: "an absolute path of somebody's machine",
    pattern: /(?<![\w.}*)])\/(?:home|Users|root|tmp|var\/folders|private\/var)\/[\w.@-]|\b[A-Z]:\\Users\\/,
  },
];

const SKIPPED_FOLDERS = new Set([".git", ".turbo", "coverage", "dist", "node_modules"]);

/**
 * @param {string} text
 * @returns {{ readonly line: number, readonly what: string, readonly found: string }[]}
 */
export function forbiddenText(text) {
  return text.split("\n").flatMap((content, index) =>
    FORBIDDEN.flatMap(({ what, pattern }) => {
      const found = pattern.exec(content)?.[0];
      return found === undefined ? [] : [{ line: index + 1, what, found }];
    }),
  );
}

/**
 * Every file below `root` that is a source of the workspace: not installed, not built, not a repository's own.
 * @param {string} root
 * @returns {string[]} paths from `root`
 */
export function workspaceFiles(root) {
  return readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isFile()) return [entry.name];
    if (!entry.isDirectory() || SKIPPED_FOLDERS.has(entry.name)) return [];
    return workspaceFiles(join(root, entry.name)).map((file) => join(entry.name, file));
  });
}

/**
 * @param {string} root
 * @returns {string[]} one sentence a finding: `docs/guide.md:12 has the host of a package registry: …`
 */
export function forbiddenTextIn(root) {
  return workspaceFiles(root).flatMap((file) => {
    const bytes = readFileSync(join(root, file));
    if (bytes.includes(0)) return [];
    return forbiddenText(bytes.toString("utf8")).map(
      ({ line, what, found }) => `${file}:${line} has ${what}: ${found}`,
    );
  });
}
