import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import ts from "typescript";

/**
 * The layer of every folder of `packages/`. Imports go from a higher layer to a lower one and never sideways:
 * secrets-core <- providers, ciphers, rings, columns, tools <- secrets <- secrets-cli <- examples.
 */
export const LAYERS: ReadonlyMap<string, number> = new Map([
  ["secrets-core", 0],
  ["provider-env", 1],
  ["provider-aws", 1],
  ["provider-gcp", 1],
  ["provider-vault", 1],
  ["crypto-fernet", 1],
  ["crypto-aes", 1],
  ["jwt-rotation", 1],
  ["columns", 1],
  ["reencrypt", 1],
  ["secrets-catalog", 1],
  ["secrets-conformance", 1],
  ["secrets", 2],
  ["secrets-cli", 3],
]);

const CORE = "secrets-core";
const SCOPE = "@qarion/";
// Private workspaces that tests may use and sources may not.
const TESTING_SCOPE = "@qarion-testing/";
// A caret on 0.x would fall out of range at every minor, and changesets answers that by a major.
const PEER_RANGE = /^>=\d+\.\d+\.\d+ <\d+\.0\.0$/;
const SOURCE_FILE = /\.[cm]?[jt]sx?$/;

type Dependencies = Readonly<Record<string, string>>;
interface Manifest {
  readonly name: string;
  readonly dependencies?: Dependencies;
  readonly devDependencies?: Dependencies;
  readonly peerDependencies?: Dependencies;
  readonly optionalDependencies?: Dependencies;
}

/**
 * Reads `<root>/packages/*`, manifests, `src` and `test`, and returns one sentence for every import or dependency that
 * breaks the direction; none means that all is well.
 *
 * - `src` imports node: builtins, files of its own package and packages that the manifest declares as dependencies or
 *   peers. Core imports no package at all.
 * - Manifests declare `@qarion` packages of lower layers only, peers by a range that outlasts a minor. A development
 *   dependency may also be of the same layer, since tests may hold a package against its siblings; core has none even
 *   there.
 * - No file, tests included, reaches into another package's folder by a relative path.
 */
export function dependencyViolations(root: string): string[] {
  const packages = join(root, "packages");
  return readdirSync(packages)
    .sort()
    .flatMap((folder) => {
      if (!existsSync(join(packages, folder, "package.json"))) return [`packages/${folder} has no package.json`];
      const layer = LAYERS.get(folder);
      if (layer === undefined) {
        return [`packages/${folder} has no layer: add it to LAYERS in scripts/lib/dependency-direction.ts`];
      }
      return packageViolations(packages, folder, layer);
    });
}

function packageViolations(packages: string, folder: string, layer: number): string[] {
  const directory = join(packages, folder);
  const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
  const violations = manifestViolations(manifest, packages, folder, layer);
  if (manifest.name !== SCOPE + folder) {
    violations.push(`packages/${folder} is named ${manifest.name}: it must be ${SCOPE}${folder}`);
  }
  const published = new Set(
    [manifest.dependencies, manifest.peerDependencies, manifest.optionalDependencies].flatMap((d) =>
      Object.keys(d ?? {}),
    ),
  );
  const declared = new Set([...published, ...Object.keys(manifest.devDependencies ?? {})]);
  for (const part of ["src", "test"] as const) {
    const files = sourceFiles(join(directory, part));
    if (part === "src" && files.length === 0) violations.push(`packages/${folder} has no source files`);
    for (const file of files) {
      const where = `packages/${folder}/${relative(directory, file).split(sep).join("/")}`;
      for (const specifier of importedSpecifiers(readFileSync(file, "utf8"))) {
        const reason = isRelative(specifier)
          ? escapes(file, specifier, directory)
          : part === "src"
            ? sourceImportViolation(specifier, folder, layer, published)
            : testImportViolation(specifier, folder, declared);
        if (reason !== undefined) violations.push(`${where} imports "${specifier}": ${reason}`);
      }
    }
  }
  return violations;
}

function manifestViolations(manifest: Manifest, packages: string, folder: string, layer: number): string[] {
  const violations: string[] = [];
  for (const field of ["dependencies", "peerDependencies", "optionalDependencies", "devDependencies"] as const) {
    for (const [name, range] of Object.entries(manifest[field] ?? {})) {
      const where = `packages/${folder}/package.json names ${name} in ${field}`;
      const development = field === "devDependencies";
      if (folder === CORE && (!development || name.startsWith(SCOPE))) {
        violations.push(`${where}: core depends on nothing, and on no plugin even for development`);
      } else if (name.startsWith(TESTING_SCOPE) && !development) {
        violations.push(`${where}: it is private and can only be a development dependency`);
      } else if (name.startsWith(SCOPE)) {
        const target = LAYERS.get(name.slice(SCOPE.length));
        if (target === undefined) violations.push(`${where}: no such package in LAYERS`);
        else if (development ? target > layer : target >= layer) violations.push(`${where}: ${against(target, layer)}`);
        // Of a package that is still to come, the workspace protocol could not be resolved.
        const protocol = existsSync(join(packages, name.slice(SCOPE.length))) ? "workspace:" : "";
        if (
          field === "peerDependencies" &&
          !(range.startsWith(protocol) && PEER_RANGE.test(range.slice(protocol.length)))
        ) {
          violations.push(`${where} as "${range}": such a peer is written "${protocol}>=0.1.0 <1.0.0"`);
        }
      }
    }
  }
  return violations;
}

function sourceImportViolation(
  specifier: string,
  folder: string,
  layer: number,
  published: ReadonlySet<string>,
): string | undefined {
  if (specifier.startsWith("node:")) return undefined;
  if (builtinModules.includes(specifier)) return `a builtin is imported as "node:${specifier}"`;
  const name = packageName(specifier);
  if (folder === CORE) return "core imports node: builtins and its own files only";
  if (name === SCOPE + folder) return "a package imports its own files by relative paths";
  if (name.startsWith(TESTING_SCOPE)) return "only tests may use it";
  if (name.startsWith(SCOPE)) {
    const target = LAYERS.get(name.slice(SCOPE.length));
    if (target === undefined) return "no such package in LAYERS";
    if (target >= layer) return against(target, layer);
  }
  return published.has(name) ? undefined : "package.json does not declare it as a dependency or peer dependency";
}

function testImportViolation(specifier: string, folder: string, declared: ReadonlySet<string>): string | undefined {
  const name = packageName(specifier);
  if (specifier.startsWith("node:") || name === SCOPE + folder || name === "vitest") return undefined;
  if (builtinModules.includes(specifier)) return `a builtin is imported as "node:${specifier}"`;
  return declared.has(name) ? undefined : "package.json does not declare it";
}

function against(target: number, layer: number): string {
  return target === layer
    ? "it is of the same layer, and siblings share core only"
    : "it is of a higher layer, and imports go one way";
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith(".") || specifier.startsWith("/");
}

function escapes(file: string, specifier: string, directory: string): string | undefined {
  const target = relative(directory, resolve(dirname(file), specifier));
  return target.startsWith("..") ? "it leaves the package's folder" : undefined;
}

/** `@scope/name/sub/path` is of `@scope/name`, `name/sub/path` of `name`. */
function packageName(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function importedSpecifiers(text: string): string[] {
  // Static imports, re-exports, `import type`, import("…") with a literal, and require("…").
  const { importedFiles, referencedFiles, typeReferenceDirectives } = ts.preProcessFile(text, true, true);
  const specifiers = [...importedFiles, ...typeReferenceDirectives].map(({ fileName }) => fileName);
  return [...specifiers, ...referencedFiles.map(({ fileName }) => `./${fileName}`)];
}

function sourceFiles(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((file) => SOURCE_FILE.test(file))
    .map((file) => join(directory, file));
}
