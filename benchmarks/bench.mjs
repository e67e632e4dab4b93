// `pnpm bench <suite>`: runs one suite of benchmarks and prints its tables, as Markdown.
import { readdirSync } from "node:fs";
import { cpus } from "node:os";

const suites = readdirSync(new URL(".", import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !["lib", "node_modules"].includes(entry.name))
  .map((entry) => entry.name);
const suite = process.argv[2];
if (suite === undefined || !suites.includes(suite)) {
  console.error(`Name a suite: ${suites.map((name) => `pnpm bench ${name}`).join(", ")}`);
  process.exit(2);
}
const [cpu] = cpus();
const machine = `${process.platform} ${process.arch}, ${cpus().length} CPUs${cpu ? ` (${cpu.model.trim()})` : ""}`;
console.log(`Node ${process.versions.node} on ${machine}, ${new Date().toISOString().slice(0, 10)}\n`);
const { run } = await import(`./${suite}/${suite}-bench.mjs`);
await run();
