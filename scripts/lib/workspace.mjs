import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the workspace, whatever the current folder is. */
export const workspaceRoot = fileURLToPath(new URL("../..", import.meta.url));

/**
 * The part of a package.json that the scripts read.
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} [version]
 * @property {boolean} [private]
 * @property {string} [license]
 * @property {string} [packageManager]
 * @property {unknown} [sideEffects]
 * @property {string[]} [files]
 * @property {Record<string, string>} [engines]
 * @property {Record<string, string>} [scripts]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, string>} [optionalDependencies]
 */

/**
 * @param {string} folder
 * @returns {Manifest}
 */
export function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/**
 * The folders of `packages/` that are published, in the order of their names.
 * @returns {{ readonly folder: string, readonly directory: string, readonly manifest: Manifest }[]}
 */
export function publicPackages() {
  const packages = join(workspaceRoot, "packages");
  return readdirSync(packages)
    .sort()
    .map((folder) => {
      const directory = join(packages, folder);
      return { folder, directory, manifest: readManifest(directory) };
    })
    .filter(({ manifest }) => manifest.private !== true);
}

/**
 * The pnpm that the workspace is made for, read off `packageManager` so that it is named once.
 * @param {Manifest} [manifest]
 */
export function pnpmVersion(manifest = readManifest(workspaceRoot)) {
  const version = /^pnpm@(\d+\.\d+\.\d+)/.exec(manifest.packageManager ?? "")?.[1];
  if (version === undefined) throw new Error('package.json: "packageManager" must read "pnpm@<major>.<minor>.<patch>"');
  return version;
}
