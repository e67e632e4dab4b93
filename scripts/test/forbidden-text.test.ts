import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forbiddenText, forbiddenTextIn } from "../lib/forbidden-text.mjs";

// Put together here, so that the check does not find them in this file.
const text = (...parts: string[]) => parts.join("");

describe("forbiddenText", () => {
  it.each([
    text("tarball: https://registry.npm", "js.org/jose/-/jose-6.2.18.tgz"),
    text("registry=https://registry.yarn", "pkg.com"),
    text("//npm.pkg.git", "hub.com/:_authToken"),
    text("see https://py", "pi.org/project/cryptography"),
  ])("finds the host of a package registry: %s", (line) => {
    expect(forbiddenText(`first\n${line}\n`)).toEqual([
      expect.objectContaining({ line: 2, what: "the host of a package registry" }),
    ]);
  });

  it.each([
    text("cd /ho", "me/somebody/secrets"),
    text('"/Us', 'ers/somebody/secrets"'),
    text("(/ro", "ot/.cache)"),
    text("/t", "mp/qarion-1234"),
    text("file:///ho", "me/somebody"),
    text("C:\\Us", "ers\\somebody"),
  ])("finds an absolute path of somebody's machine: %s", (line) => {
    expect(forbiddenText(line)).toEqual([
      expect.objectContaining({ line: 1, what: "an absolute path of somebody's machine" }),
    ]);
  });

  it.each([
    "import { home } from './home/page.js';",
    "https://example.com/home/page",
    "the root/ folder, app/tmp/x, a home/ folder",
    "/run/secrets/db, /var/run/secrets, /etc/secrets",
  ])("leaves alone what is neither: %s", (line) => {
    expect(forbiddenText(line)).toEqual([]);
  });
});

describe("forbiddenTextIn", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "qarion-text-"));
  });

  afterEach(() => rmSync(root, { recursive: true }));

  it("names file and line, and reads neither what is installed or built nor binary files", () => {
    const line = text("/ho", "me/somebody");
    for (const folder of ["docs", "node_modules", "dist", ".ci"]) {
      mkdirSync(join(root, folder));
      writeFileSync(join(root, folder, "page.md"), `first\n${line}\n`);
    }
    writeFileSync(join(root, "image.png"), `\0${line}`);
    expect(forbiddenTextIn(root).sort()).toEqual([
      expect.stringMatching(/^\.ci.page\.md:2 has an absolute path/),
      expect.stringMatching(/^docs.page\.md:2 has an absolute path/),
    ]);
  });
});
