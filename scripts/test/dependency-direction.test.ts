import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dependencyViolations, LAYERS } from "../lib/dependency-direction.js";
import { workspaceRoot } from "../lib/workspace.mjs";

describe("the packages of this workspace", () => {
  it("import in one direction only, and only what they declare", () => {
    expect(dependencyViolations(workspaceRoot)).toEqual([]);
  });
});

describe("dependencyViolations", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "qarion-direction-"));
    addPackage("secrets-core", {
      "src/index.ts": 'import { randomBytes } from "node:crypto";\nexport { randomBytes };\n',
    });
  });

  afterEach(() => rmSync(root, { recursive: true }));

  function addPackage(folder: string, files: Record<string, string>, manifest: object = {}): void {
    const all = { "package.json": JSON.stringify({ name: `@qarion/${folder}`, ...manifest }), ...files };
    for (const [name, text] of Object.entries(all)) {
      const file = join(root, "packages", folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  const peers = (...names: string[]) => ({
    peerDependencies: Object.fromEntries(names.map((name) => [name, "workspace:>=0.1.0 <1.0.0"])),
  });

  it("accepts each layer importing the ones below it", () => {
    addPackage(
      "provider-env",
      {
        "src/index.ts": 'import type { SecretProvider } from "@qarion/secrets-core";\nexport * from "./parse.js";\n',
        "src/parse.ts": 'import { parse } from "dotenv";\nimport { cipher } from "@qarion/secrets-core/keys";\n',
      },
      { ...peers("@qarion/secrets-core"), dependencies: { dotenv: "*" } },
    );
    addPackage(
      "secrets",
      { "src/index.ts": 'export const load = () => import("@qarion/provider-env");\n' },
      peers("@qarion/secrets-core", "@qarion/provider-env"),
    );
    addPackage("secrets-cli", { "src/index.ts": 'import "@qarion/secrets";\n' }, peers("@qarion/secrets"));
    expect(dependencyViolations(root)).toEqual([]);
  });

  it.each([
    ["a plugin", 'import { fernetCipher } from "@qarion/crypto-fernet";'],
    ["a package from the registry", 'import { parse } from "dotenv";'],
    ["a plugin's type", 'import type { Cipher } from "@qarion/crypto-aes";'],
    ["a plugin, dynamically", 'export const load = () => import("@qarion/provider-env");'],
    ["a plugin, by require", 'const plugin = require("@qarion/provider-env");'],
    ["a plugin, by re-export", 'export { envProvider } from "@qarion/provider-env";'],
    ["a plugin's type, by import()", 'export type P = import("@qarion/provider-env").P;'],
  ])("refuses core importing %s", (_what, text) => {
    addPackage("secrets-core", { "src/deep/er/file.ts": text });
    expect(dependencyViolations(root)).toEqual([
      expect.stringMatching(
        /^packages\/secrets-core\/src\/deep\/er\/file\.ts imports .*builtins and its own files only$/,
      ),
    ]);
  });

  it.each(["dependencies", "peerDependencies", "optionalDependencies", "devDependencies"])(
    "refuses core naming a plugin in its %s",
    (field) => {
      addPackage("secrets-core", {}, { [field]: { "@qarion/provider-env": "*" } });
      expect(dependencyViolations(root)).toEqual([expect.stringContaining("core depends on nothing")]);
    },
  );

  it("lets core have tools and test helpers for development, and nothing at run time", () => {
    addPackage("secrets-core", {}, { devDependencies: { "fast-check": "*", "@qarion-testing/support": "*" } });
    expect(dependencyViolations(root)).toEqual([]);
    addPackage("secrets-core", {}, { dependencies: { dotenv: "*" } });
    expect(dependencyViolations(root)).toEqual([expect.stringContaining("names dotenv in dependencies")]);
  });

  it("refuses siblings importing each other, the conformance kit included, even when declared", () => {
    addPackage("crypto-aes", { "src/a.ts": "" });
    addPackage("provider-env", { "src/a.ts": "" });
    addPackage("columns", { "src/a.ts": 'import "@qarion/crypto-aes";\n' }, peers("@qarion/crypto-aes"));
    addPackage(
      "secrets-conformance",
      { "src/a.ts": 'import "@qarion/provider-env";\n' },
      peers("@qarion/provider-env"),
    );
    expect(dependencyViolations(root)).toEqual([
      expect.stringMatching(/columns\/package\.json names @qarion\/crypto-aes.*same layer/),
      expect.stringMatching(/columns\/src\/a\.ts imports.*same layer/),
      expect.stringMatching(/secrets-conformance\/package\.json.*same layer/),
      expect.stringMatching(/secrets-conformance\/src\/a\.ts.*same layer/),
    ]);
  });

  it("lets a test hold a package against a sibling, as a development dependency, and not against a higher layer", () => {
    const files = {
      "src/a.ts": "",
      "test/a.test.ts": 'import "@qarion/secrets-conformance";\nimport { it } from "vitest";\n',
    };
    addPackage("provider-env", files, { devDependencies: { "@qarion/secrets-conformance": "*" } });
    expect(dependencyViolations(root)).toEqual([]);
    addPackage("provider-env", files, {
      devDependencies: { "@qarion/secrets-conformance": "*", "@qarion/secrets": "*" },
    });
    expect(dependencyViolations(root)).toEqual([
      expect.stringMatching(/names @qarion\/secrets in devDep.*higher layer/),
    ]);
  });

  it("refuses a lower layer importing a higher one", () => {
    addPackage("crypto-aes", { "src/a.ts": 'import "@qarion/secrets";\n' }, { devDependencies: {} });
    addPackage("secrets", { "src/a.ts": 'import "@qarion/secrets-cli/run";\n' });
    expect(dependencyViolations(root)).toEqual([
      expect.stringMatching(/crypto-aes\/src\/a\.ts.*higher layer/),
      expect.stringMatching(/secrets\/src\/a\.ts.*higher layer/),
    ]);
  });

  it.each(["workspace:^", "workspace:*", "^0.1.0", "workspace:>=0.1.0"])(
    "refuses a peer in the workspace as %s",
    (range) => {
      addPackage(
        "columns",
        { "src/a.ts": "" },
        { peerDependencies: { "@qarion/secrets-core": range, typeorm: "^0.3.0" } },
      );
      expect(dependencyViolations(root)).toEqual([
        expect.stringContaining(`secrets-core in peerDependencies as "${range}"`),
      ]);
    },
  );

  it("refuses an import that package.json does not declare, or declares for development only", () => {
    const files = { "src/a.ts": 'import "pg";\nimport "@qarion/secrets-core";\nimport "@scope/name/sub";\n' };
    addPackage("reencrypt", files, { ...peers("@qarion/secrets-core"), devDependencies: { pg: "*" } });
    expect(dependencyViolations(root)).toEqual([
      expect.stringMatching(/a\.ts imports "pg": package\.json does not declare/),
      expect.stringMatching(/a\.ts imports "@scope\/name\/sub": package\.json does not declare/),
    ]);
  });

  it("takes a peer that is still to come by its range alone, and by the workspace protocol from when it exists", () => {
    const file = { "src/a.ts": 'export const load = () => import("@qarion/provider-aws" as string);\n' };
    addPackage("secrets", file, { peerDependencies: { "@qarion/provider-aws": ">=0.1.0 <1.0.0" } });
    expect(dependencyViolations(root)).toEqual([]);
    addPackage("provider-aws", { "src/a.ts": "" });
    expect(dependencyViolations(root)).toEqual([expect.stringMatching(/written "workspace:>=0\.1\.0 <1\.0\.0"$/)]);
  });

  it("refuses an undeclared import in a test too", () => {
    addPackage("crypto-aes", { "src/a.ts": "", "test/deep/a.test.ts": 'import fc from "fast-check";\n' });
    expect(dependencyViolations(root)).toEqual([expect.stringMatching(/test\/deep\/a\.test\.ts imports "fast-check"/)]);
  });

  it.each(["src/a.ts", "test/a.test.ts"])("refuses a relative path out of the package, in %s", (file) => {
    addPackage("columns", {
      "src/index.ts": "",
      [file]: 'import "../../crypto-aes/src/index.js";\nimport "../src/ok.js";\n',
    });
    expect(dependencyViolations(root)).toEqual([expect.stringContaining("it leaves the package's folder")]);
  });

  it("refuses test helpers in sources and as anything but a development dependency", () => {
    addPackage("columns", { "src/a.ts": 'import "@qarion-testing/support";\n' }, peers("@qarion-testing/support"));
    expect(dependencyViolations(root)).toEqual([
      expect.stringMatching(/package\.json names @qarion-testing\/support.*private/),
      expect.stringMatching(/src\/a\.ts.*only tests may use it/),
    ]);
  });

  it("refuses a builtin without node:, and a package importing itself by name", () => {
    addPackage("columns", { "src/a.ts": 'import "fs";\nimport "@qarion/columns";\n' });
    expect(dependencyViolations(root)).toEqual([
      expect.stringContaining('as "node:fs"'),
      expect.stringContaining("its own files by relative paths"),
    ]);
  });

  it("says of a folder it does not know that it must be added to the layers", () => {
    addPackage("provider-acme", { "src/index.ts": "" });
    expect(dependencyViolations(root)).toEqual([
      "packages/provider-acme has no layer: add it to LAYERS in scripts/lib/dependency-direction.ts",
    ]);
  });

  it("refuses a folder without a manifest, without sources, or with a package of another name", () => {
    mkdirSync(join(root, "packages", "columns"));
    addPackage("reencrypt", {});
    addPackage("secrets", { "src/a.ts": "" }, { name: "@qarion/other" });
    expect(dependencyViolations(root)).toEqual([
      "packages/columns has no package.json",
      "packages/reencrypt has no source files",
      "packages/secrets is named @qarion/other: it must be @qarion/secrets",
    ]);
  });

  it("keeps core alone at the bottom", () => {
    expect([...LAYERS].filter(([, layer]) => layer === 0)).toEqual([["secrets-core", 0]]);
  });
});
