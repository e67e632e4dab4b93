import { readFileSync } from "node:fs";
import { defineConfig } from "tsup";

// The build of every package: its entry points are read off the `exports` of the package.json beside it, so that
// what is published and what is built cannot differ. A package's own tsup.config.ts is one line that re-exports this.
interface Manifest {
  exports: Record<string, string | { import: { default: string } }>;
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const entry = Object.values(manifest.exports)
  .filter((target) => typeof target === "object")
  .map((target) => target.import.default.replace(/^\.\/dist\/(.*)\.js$/, "src/$1.ts"));

export default defineConfig({
  entry,
  outDir: "dist",
  format: ["esm", "cjs"],
  target: "node20",
  platform: "node",
  dts: true,
  splitting: true,
  sourcemap: true,
  clean: true,
  treeshake: true,
  removeNodeProtocol: false, // some modules exist only as `node:…`
});
