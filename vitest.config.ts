import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Tests run against the sources: every `@qarion/...` import is led to `src`, so a test run needs no build first.
// That what is published works too is shown by the examples and by scripts/check-packages.mjs.
const root = fileURLToPath(new URL(".", import.meta.url));
interface Manifest {
  name: string;
  exports?: Record<string, string | { import: { default: string } }>;
}

const alias = readdirSync(`${root}packages`).flatMap((folder) => {
  const manifest = JSON.parse(readFileSync(`${root}packages/${folder}/package.json`, "utf8")) as Manifest;
  return Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) =>
    typeof target === "string"
      ? []
      : [
          {
            find: new RegExp(`^${manifest.name}${subpath.slice(1)}$`),
            replacement: `${root}packages/${folder}/${target.import.default.replace("./dist/", "src/").replace(/\.js$/, ".ts")}`,
          },
        ],
  );
});

export default defineConfig({
  resolve: { alias },
  test: {
    include: ["{packages,examples,testing}/*/test/**/*.test.ts", "scripts/test/**/*.test.ts"],
    testTimeout: 20_000,
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts"],
      exclude: ["**/index.ts"],
    },
  },
});
