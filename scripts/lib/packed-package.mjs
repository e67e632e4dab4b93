import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readManifest } from "./workspace.mjs";

const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "prepare", "prepublish"];
const DEPENDENCY_FIELDS = /** @type {const} */ ([
  "dependencies",
  "devDependencies",
  "peerDependencies",
  "optionalDependencies",
]);
const TOP_LEVEL = ["LICENSE", "README.md", "dist", "package.json"];
const SOURCES_OR_TESTS = /(^|\/)(src|test|tests|__tests__)\/|\.(test|spec)\.|tsconfig|tsup\.config/;

/**
 * Every file of a folder, by its path from there, with `/` between the parts.
 * @param {string} directory
 * @returns {string[]}
 */
export function filesOf(directory) {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((file) => statSync(join(directory, file)).isFile())
    .map((file) => file.replaceAll("\\", "/"))
    .sort();
}

/**
 * What is wrong with a package as it would be published, beyond what publint and are-the-types-wrong look at.
 * @param {string} directory the unpacked tarball
 * @param {string} license the text of the workspace's licence
 * @returns {string[]} one sentence a problem
 */
export function packedPackageProblems(directory, license) {
  /** @type {string[]} */
  const problems = [];
  const manifest = readManifest(directory);
  const files = filesOf(directory);

  for (const name of TOP_LEVEL) {
    if (!existsSync(join(directory, name))) problems.push(`${name} is missing`);
  }
  for (const file of files) {
    if (!TOP_LEVEL.includes(file.split("/")[0] ?? ""))
      problems.push(`${file} is packed: only dist, README.md and LICENSE are`);
    else if (SOURCES_OR_TESTS.test(file)) problems.push(`${file} is packed: it looks like a source or a test`);
  }
  if (files.includes("README.md") && readFileSync(join(directory, "README.md"), "utf8").trim() === "") {
    problems.push("README.md is empty");
  }
  if (files.includes("LICENSE") && readFileSync(join(directory, "LICENSE"), "utf8") !== license) {
    problems.push("LICENSE differs from the workspace's");
  }
  for (const script of INSTALL_SCRIPTS) {
    if (manifest.scripts?.[script] !== undefined) problems.push(`it runs a script on installation: "${script}"`);
  }
  if (manifest.sideEffects !== false) problems.push('"sideEffects" must be false');
  if (manifest.license !== "MIT") problems.push('"license" must be "MIT"');
  if (manifest.engines?.node !== ">=20") problems.push('"engines.node" must be ">=20"');
  if (JSON.stringify(manifest.files) !== '["dist"]') problems.push('"files" must be ["dist"]');
  for (const field of DEPENDENCY_FIELDS) {
    for (const [name, range] of Object.entries(manifest[field] ?? {})) {
      if (/^(workspace|catalog|link|file|portal):/.test(range))
        problems.push(`${field}: ${name} is left as "${range}"`);
    }
  }
  return problems;
}
