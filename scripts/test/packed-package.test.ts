import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packedPackageProblems } from "../lib/packed-package.mjs";

const LICENSE = "MIT License\n";
const MANIFEST = {
  name: "@qarion/columns",
  license: "MIT",
  sideEffects: false,
  files: ["dist"],
  engines: { node: ">=20" },
  scripts: { build: "tsup" },
  peerDependencies: { "@qarion/secrets-core": ">=0.1.0 <1.0.0" },
};

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "qarion-packed-"));
  add("package.json", JSON.stringify(MANIFEST));
  add("LICENSE", LICENSE);
  add("README.md", "# @qarion/columns\n");
  add("dist/index.js", "");
  add("dist/index.d.ts", "");
});

afterEach(() => rmSync(directory, { recursive: true }));

function add(file: string, text: string): void {
  mkdirSync(dirname(join(directory, file)), { recursive: true });
  writeFileSync(join(directory, file), text);
}

describe("packedPackageProblems", () => {
  it("has nothing to say about a package that keeps the rules", () => {
    expect(packedPackageProblems(directory, LICENSE)).toEqual([]);
  });

  it.each(["LICENSE", "README.md", "dist"])("misses %s", (name) => {
    rmSync(join(directory, name), { recursive: true });
    expect(packedPackageProblems(directory, LICENSE)).toEqual([`${name} is missing`]);
  });

  it.each(["src/index.ts", "test/index.test.ts", ".env", "tsup.config.ts"])("refuses %s beside dist", (file) => {
    add(file, "");
    expect(packedPackageProblems(directory, LICENSE)).toEqual([
      `${file} is packed: only dist, README.md and LICENSE are`,
    ]);
  });

  it.each(["dist/index.test.js", "dist/test/index.js", "dist/src/index.ts"])(
    "refuses a source or test inside dist: %s",
    (file) => {
      add(file, "");
      expect(packedPackageProblems(directory, LICENSE)).toEqual([
        `${file} is packed: it looks like a source or a test`,
      ]);
    },
  );

  it.each(["preinstall", "install", "postinstall", "prepare"])("refuses the script %s", (script) => {
    add("package.json", JSON.stringify({ ...MANIFEST, scripts: { [script]: "node x.js" } }));
    expect(packedPackageProblems(directory, LICENSE)).toEqual([`it runs a script on installation: "${script}"`]);
  });

  it.each([
    [{ sideEffects: true }, '"sideEffects" must be false'],
    [{ sideEffects: undefined }, '"sideEffects" must be false'],
    [{ license: "ISC" }, '"license" must be "MIT"'],
    [{ engines: { node: ">=18" } }, '"engines.node" must be ">=20"'],
    [{ files: ["dist", "src"] }, '"files" must be ["dist"]'],
    [{ dependencies: { dotenv: "catalog:" } }, 'dependencies: dotenv is left as "catalog:"'],
    [{ peerDependencies: { a: "workspace:^" } }, 'peerDependencies: a is left as "workspace:^"'],
    [{ optionalDependencies: { a: "link:../a" } }, 'optionalDependencies: a is left as "link:../a"'],
  ])("refuses %j in the manifest", (change, problem) => {
    add("package.json", JSON.stringify({ ...MANIFEST, ...change }));
    expect(packedPackageProblems(directory, LICENSE)).toEqual([problem]);
  });

  it("refuses an empty README.md and another LICENSE", () => {
    add("README.md", " \n");
    add("LICENSE", "other\n");
    expect(packedPackageProblems(directory, LICENSE)).toEqual([
      "README.md is empty",
      "LICENSE differs from the workspace's",
    ]);
  });
});
