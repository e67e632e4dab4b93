import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const folder = fileURLToPath(new URL("../../.changeset/", import.meta.url));
const changesets = readdirSync(folder).filter((file) => file.endsWith(".md") && file !== "README.md");

// A formatter of Markdown takes the front matter for a heading, and the release then stops.
it("every changeset names packages that exist, and says what changed", () => {
  for (const file of changesets) expectReadable(file);
});

function expectReadable(file: string): void {
  const [, bumps = "", summary = ""] =
    /^---\n((?:"@qarion\/[a-z-]+": (?:patch|minor|major)\n)+)---\n\n(\S[\s\S]*)$/.exec(
      readFileSync(folder + file, "utf8"),
    ) ?? [];
  expect(summary, file).not.toBe("");
  for (const [, name] of bumps.matchAll(/"@qarion\/([a-z-]+)"/g)) {
    expect(existsSync(fileURLToPath(new URL(`../../packages/${name}/package.json`, import.meta.url)))).toBe(true);
  }
}
