import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const page = readFileSync(new URL("../../../docs/guide/recipes.md", import.meta.url), "utf8");
const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = ""]) => text);

const recipes = readdirSync(new URL("../src", import.meta.url)).map((file) => `src/${file}`);
const shown = [...recipes, "test/webhook-signature.test.ts"];
const files = new Map(shown.map((file) => [readFileSync(new URL(`../${file}`, import.meta.url), "utf8"), file]));

describe("the page of recipes", () => {
  it("shows each file as it is compiled and run here, and no code beside", () => {
    expect(blocks.map((text) => files.get(text) ?? text).sort()).toEqual([...shown].sort());
  });

  it("links each recipe to its file", () => {
    for (const file of recipes) expect(page).toContain(`(../../examples/recipes/${file})`);
  });

  it("shows recipes that fit on a screen", () => {
    for (const [text, file] of files) expect(text.split("\n").length, file).toBeLessThanOrEqual(31);
  });
});
