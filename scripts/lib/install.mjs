import { requireSupportedNode } from "./node-version.mjs";
import { runCommand } from "./run-command.mjs";
import { pnpmVersion } from "./workspace.mjs";

/**
 * Sets the workspace up from nothing but Node and npm: npx fetches the pnpm that `packageManager` names, or finds it in
 * `node_modules`, and that installs exactly what the lockfile says. It always runs, since telling that there is nothing
 * to do is what pnpm is fast at.
 * @param {import("./steps.mjs").Steps} steps
 */
export async function install(steps) {
  await steps.run(`Check Node.js: ${process.versions.node} on ${process.platform} ${process.arch}`, () =>
    requireSupportedNode(),
  );
  const version = pnpmVersion();
  await steps.run(`Install what the lockfile names, with pnpm ${version}`, () =>
    runCommand("npx", [
      "--yes",
      `pnpm@${version}`,
      "install",
      "--frozen-lockfile",
      // Without a terminal pnpm would stop to ask before it replaces a node_modules made by another version.
      "--config.confirm-modules-purge=false",
    ]),
  );
}
