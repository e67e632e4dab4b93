import { execFile } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { onTestFinished } from "vitest";

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const sdk = "@google-cloud/secret-manager";

/**
 * The package and core as an application has them installed, compiled from their sources, with the SDK beside them or
 * without. Runs a module in it, in a process of its own.
 */
export function installed({ withSdk }: { readonly withSdk: boolean }) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "provider-gcp-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ["secrets-core", "provider-gcp"]) {
    install(join(here, "../..", name), join(folder, "node_modules/@qarion", name));
  }
  if (withSdk) {
    mkdirSync(join(folder, "node_modules/@google-cloud"));
    symlinkSync(realpathSync(join(here, "../node_modules", sdk)), join(folder, "node_modules", sdk), "junction");
  }
  return async (code: string, env: Readonly<Record<string, string>> = {}) => {
    const file = join(folder, "main.mjs");
    writeFileSync(file, code);
    return run(process.execPath, [file], { cwd: folder, env: { ...process.env, ...env }, timeout: 20_000 });
  };
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly import: { readonly default: string } }>>;
}

function install(from: string, to: string): void {
  const { name, exports } = JSON.parse(readFileSync(join(from, "package.json"), "utf8")) as Manifest;
  const entries = Object.entries(exports).map(([subpath, target]) => [
    subpath,
    typeof target === "string" ? target : target.import.default.replace("./dist/", "./src/"),
  ]);
  mkdirSync(to, { recursive: true });
  writeFileSync(
    join(to, "package.json"),
    JSON.stringify({ name, type: "module", exports: Object.fromEntries(entries) }),
  );
  for (const file of readdirSync(join(from, "src"), { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts")) continue;
    const target = join(to, "src", file.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(target), { recursive: true });
    const { outputText } = ts.transpileModule(readFileSync(join(from, "src", file), "utf8"), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
    });
    writeFileSync(target, outputText);
  }
}
