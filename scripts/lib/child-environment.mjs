import { accessSync, constants, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { workspaceRoot } from "./workspace.mjs";

/**
 * The environment of every tool that the scripts start: the tools of the workspace are on the PATH, nothing reports
 * home or looks for its own updates, and a home folder that cannot be written (a service account, a container user
 * without one) is replaced by a folder inside `node_modules`.
 * @param {NodeJS.ProcessEnv} [base]
 * @returns {NodeJS.ProcessEnv}
 */
export function childEnvironment(base = process.env) {
  /** @type {NodeJS.ProcessEnv} */
  const environment = {
    ...base,
    // The folder of this node goes last: it finds npx where nothing else does and changes no other lookup.
    PATH: [join(workspaceRoot, "node_modules", ".bin"), base.PATH, dirname(process.execPath)]
      .filter(Boolean)
      .join(delimiter),
    TURBO_TELEMETRY_DISABLED: "1",
    TURBO_NO_UPDATE_NOTIFIER: "1",
    DO_NOT_TRACK: "1",
    npm_config_update_notifier: "false",
    npm_config_fund: "false",
    npm_config_audit: "false",
  };
  // Vitest colours even what goes to a file.
  if (!process.stdout.isTTY && base.FORCE_COLOR === undefined) environment.NO_COLOR = "1";
  // With NODE_ENV=production the install would leave out the tools that build and test.
  delete environment.NODE_ENV;

  if (process.platform !== "win32" && !isWritableFolder(base.HOME ?? homeFolder())) {
    const home = join(workspaceRoot, "node_modules", ".home");
    mkdirSync(home, { recursive: true });
    environment.HOME = home;
    // `npm run` hands down the cache folder that it derived from the home that cannot be written.
    environment.npm_config_cache = join(home, ".npm");
  }
  return environment;
}

/** @param {string | undefined} folder */
function isWritableFolder(folder) {
  if (folder === undefined || !isAbsolute(folder)) return false;
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A user id without an entry in the user database has no home, and Node throws. */
function homeFolder() {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
