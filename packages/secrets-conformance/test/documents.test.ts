import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cipherClauses, providerClauses } from "../src/index.js";

const readme = read("../README.md");
const guide = read("../../../docs/guide/write-a-provider.md");

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8");
}

/** The blocks of TypeScript in a page. */
function snippets(page: string): readonly string[] {
  return [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = ""]) => text);
}

/** The files that are shown, as a user of the published package would write them. */
function shownFiles(): ReadonlyMap<string, string> {
  const folders = ["guide", "runners", "harnesses"];
  const files = folders.flatMap((folder) =>
    readdirSync(new URL(folder, import.meta.url)).map((file) => `${folder}/${file}`),
  );
  return new Map(
    files.map((file) => [read(file).replaceAll("../../src/index.js", "@qarion/secrets-conformance"), file]),
  );
}

function table(clauses: Readonly<Record<string, string>>): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const rows = Object.entries(clauses).map(([clause, remedy]) => `| ${cell(clause)} | ${cell(remedy)} |`);
  return ["| clause | how to meet it |", "| --- | --- |", ...rows].join("\n");
}

/** Without the spaces and dashes that line a table up. */
function unaligned(page: string): string {
  return page.replace(/ +/g, " ").replace(/-{3,}/g, "---");
}

describe("the README", () => {
  it("lists every clause with how to meet it, as a failure tells it", () => {
    expect(unaligned(readme)).toContain(`## The clauses of a provider\n\n${unaligned(table(providerClauses))}\n`);
    expect(unaligned(readme)).toContain(`## The clauses of a cipher\n\n${unaligned(table(cipherClauses))}\n`);
  });

  it("shows files that are compiled and run here; those for Jest and Mocha differ in the import of `it` alone", () => {
    const files = shownFiles();
    const shown = snippets(readme).map((text) => files.get(text) ?? text);
    const vitest = read("runners/vitest.test.ts").replace("../../src/index.js", "@qarion/secrets-conformance");
    expect(shown).toEqual([
      "runners/vitest.test.ts",
      "runners/node-test.ts",
      vitest.replace('import { it } from "vitest";\n', ""),
      "guide/acme-harness.ts",
      "guide/acme-provider.test.ts",
      "runners/honest-skips.test.ts",
      "harnesses/aes-harness.ts",
    ]);
  });
});

describe("the guide to writing a provider", () => {
  it("shows the files of a provider that is compiled and conformance-tested here", () => {
    const files = shownFiles();
    expect(snippets(guide).map((text) => files.get(text) ?? text)).toEqual([
      "guide/acme-provider.ts",
      "guide/acme-harness.ts",
      "guide/acme-provider.test.ts",
      "guide/acme-plugin.ts",
    ]);
  });
});
