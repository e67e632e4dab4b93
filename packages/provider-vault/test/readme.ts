import { readFileSync } from "node:fs";

const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The blocks of code in one language, in order. */
export function blocks(language: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, code = ""]) => code);
}

/** The rows of the table under a heading, without its head; cells without the signs of code. */
export function table(heading: string): readonly (readonly string[])[] {
  const [, section = ""] = text.split(`## ${heading}\n`);
  const lines =
    section
      .split(/^## /m)[0]
      ?.split("\n")
      .filter((line) => line.startsWith("|")) ?? [];
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}
