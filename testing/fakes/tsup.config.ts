import { defineConfig } from "tsup";

// For examples and benchmarks, which run without a loader for TypeScript. Tests use the sources.
export default defineConfig({
  entry: { aws: "src/aws/index.ts", gcp: "src/gcp/index.ts", vault: "src/vault/index.ts" },
  format: "esm",
  platform: "node",
  target: "node20",
  removeNodeProtocol: false,
  noExternal: [/^@qarion-testing\//],
});
