import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { childEnvironment } from "../lib/child-environment.mjs";
import { workspaceRoot } from "../lib/workspace.mjs";

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "qarion-home-"));
});

afterEach(() => {
  chmodSync(home, 0o700);
  rmSync(home, { recursive: true });
});

describe("childEnvironment", () => {
  it("finds the workspace's tools first, then the caller's, then what lies beside this node", () => {
    const path = ["first", "second"].join(delimiter);
    expect(childEnvironment({ HOME: home, PATH: path }).PATH).toBe(
      [join(workspaceRoot, "node_modules", ".bin"), "first", "second", dirname(process.execPath)].join(delimiter),
    );
  });

  it("turns telemetry and update checks off", () => {
    expect(childEnvironment({ HOME: home })).toMatchObject({
      TURBO_TELEMETRY_DISABLED: "1",
      DO_NOT_TRACK: "1",
      npm_config_update_notifier: "false",
    });
  });

  it("drops NODE_ENV, since under production the install would leave out the tools", () => {
    expect(childEnvironment({ HOME: home, NODE_ENV: "production" })).not.toHaveProperty("NODE_ENV");
  });

  it("keeps a home that can be written, and the rest of the environment", () => {
    expect(childEnvironment({ HOME: home, ANYTHING: "kept" })).toMatchObject({ HOME: home, ANYTHING: "kept" });
  });

  it.each(["", "relative", "/no/such/folder"])(
    "replaces the home %j, and the npm cache that was derived from it",
    (bad) => {
      const environment = childEnvironment({ HOME: bad, npm_config_cache: `${bad}/.npm` });
      expect(environment.HOME).toBe(join(workspaceRoot, "node_modules", ".home"));
      expect(environment.npm_config_cache).toBe(join(workspaceRoot, "node_modules", ".home", ".npm"));
    },
  );

  it("replaces a home that is not this user's to write", (context) => {
    if (process.getuid?.() === 0) return context.skip("root may write every folder");
    chmodSync(home, 0o500);
    expect(childEnvironment({ HOME: home }).HOME).not.toBe(home);
  });
});
