// `pnpm check:packages`: packs every public package as `pnpm publish` would and looks at the tarball: publint, are the
// types wrong, and the workspace's own rules (lib/packed-package.mjs). Run the installation first.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./lib/build.mjs";
import { filesOf, packedPackageProblems } from "./lib/packed-package.mjs";
import { CommandError, runCommand } from "./lib/run-command.mjs";
import { runScript } from "./lib/run-script.mjs";
import { formatTable } from "./lib/text-table.mjs";
import { publicPackages, workspaceRoot } from "./lib/workspace.mjs";

const license = readFileSync(join(workspaceRoot, "LICENSE"), "utf8");
const temporary = mkdtempSync(join(tmpdir(), "qarion-pack-"));
/** @type {string[][]} */
const rows = [];

try {
  await runScript(async (steps) => {
    await build(steps, "Build every package");
    for (const { folder, directory, manifest } of publicPackages()) {
      await steps.run(`Pack and check ${manifest.name}`, () => check(folder, directory, manifest.version ?? ""));
    }
    console.log(
      `\nPackages as they would be published\n${formatTable([["package", "version", "files", "KiB"], ...rows])}`,
    );
  });
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/**
 * @param {string} folder
 * @param {string} directory
 * @param {string} version
 */
async function check(folder, directory, version) {
  const destination = join(temporary, folder);
  mkdirSync(destination);
  await runCommand("pnpm", ["pack", "--pack-destination", destination], { cwd: directory });
  const tarball = join(destination, readdirSync(destination).find((file) => file.endsWith(".tgz")) ?? "none.tgz");
  await runCommand("tar", ["-xzf", tarball, "-C", destination]);
  const unpacked = join(destination, "package");

  const problems = packedPackageProblems(unpacked, license);
  if (problems.length > 0) throw new CommandError(`${folder} is not fit to be published`, problems.join("\n"));
  await runCommand("publint", ["run", tarball, "--strict"]);
  // node16 is the profile of what is promised: `import` and `require` on Node >= 20, and bundlers. It leaves out
  // TypeScript's old "node10" resolution alone, which knows no "exports" and so finds no subpath.
  await runCommand("attw", [tarball, "--profile", "node16", "--format", "ascii", "--no-emoji"]);

  rows.push([folder, version, String(filesOf(unpacked).length), (statSync(tarball).size / 1024).toFixed(1)]);
}
