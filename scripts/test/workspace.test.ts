import { describe, expect, it } from "vitest";
import { requireSupportedNode } from "../lib/node-version.mjs";
import { pnpmVersion, publicPackages } from "../lib/workspace.mjs";

describe("pnpmVersion", () => {
  it("is read off packageManager, with or without a hash", () => {
    expect(pnpmVersion({ name: "w", packageManager: "pnpm@12.21.0" })).toBe("12.21.0");
    expect(pnpmVersion({ name: "w", packageManager: "pnpm@12.21.0+sha512.abc" })).toBe("12.21.0");
  });

  it.each([undefined, "npm@11.0.0", "pnpm@latest"])("refuses %j", (packageManager) => {
    const manifest = packageManager === undefined ? { name: "w" } : { name: "w", packageManager };
    expect(() => pnpmVersion(manifest)).toThrow('"packageManager" must read');
  });
});

describe("publicPackages", () => {
  it("names the packages that are published, core among them", () => {
    const packages = publicPackages();
    expect(packages.map(({ folder }) => folder)).toContain("secrets-core");
    expect(packages.every(({ folder, manifest }) => manifest.name === `@qarion/${folder}`)).toBe(true);
  });
});

describe("requireSupportedNode", () => {
  it.each(["20.0.0", "22.3.0", "26.10.0"])("accepts Node.js %s", (version) => {
    expect(() => requireSupportedNode(version)).not.toThrow();
  });

  it.each(["8.17.0", "18.20.2", "19.9.0", "unknown"])("refuses Node.js %s in one sentence", (version) => {
    expect(() => requireSupportedNode(version)).toThrow(/^Node\.js 20 or newer is needed; this is Node\.js/);
  });
});
