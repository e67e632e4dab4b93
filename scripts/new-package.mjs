// Starts the next package: `pnpm new:package provider-acme "Secrets from Acme"`. It writes what every package has
// alike (manifest, one-line build config, tsconfig, licence) and leaves the sources, the tests and the README to you.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const [folder, description] = process.argv.slice(2);
if (!folder || !/^[a-z][a-z0-9-]*$/.test(folder) || !description) {
  console.error('usage: pnpm new:package <folder> "<one sentence that says what it is>"');
  process.exit(2);
}
const directory = `${root}packages/${folder}`;
if (existsSync(directory)) {
  console.error(`packages/${folder} exists already`);
  process.exit(2);
}

const core = JSON.parse(readFileSync(`${root}packages/secrets-core/package.json`, "utf8"));
const manifest = {
  ...core,
  name: `@qarion/${folder}`,
  description,
  keywords: ["secrets"],
  repository: { ...core.repository, directory: `packages/${folder}` },
  exports: { ".": core.exports["."], "./package.json": "./package.json" },
  peerDependencies: { "@qarion/secrets-core": `workspace:>=${core.version} <1.0.0` },
  devDependencies: { "@qarion/secrets-core": "workspace:*" },
};

mkdirSync(`${directory}/src`, { recursive: true });
mkdirSync(`${directory}/test`);
manifest.scripts = { ...core.scripts, test: `vitest run --root ../.. packages/${folder}` };
writeFileSync(`${directory}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
writeFileSync(`${directory}/tsup.config.ts`, 'export { default } from "../../tsup.base.js";\n');
writeFileSync(`${directory}/tsconfig.json`, readFileSync(`${root}packages/secrets-core/tsconfig.json`));
writeFileSync(`${directory}/README.md`, `# @qarion/${folder}\n\n${description}.\n`);
copyFileSync(`${root}LICENSE`, `${directory}/LICENSE`);
console.log(
  `packages/${folder} is there. Next: its layer in scripts/lib/dependency-direction.ts, src/index.ts, test/, README.md,\n` +
    'then "pnpm install" and "pnpm changeset".',
);
