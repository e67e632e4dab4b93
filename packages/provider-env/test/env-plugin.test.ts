import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { envPlugin } from "../src/index.js";
import { ask, errorOf, readValue } from "./ask.js";
import { tempFolder } from "./temp-folder.js";

async function providerFrom(env: Record<string, string | undefined>) {
  const provider = await envPlugin.provider?.(env);
  if (!provider) throw new Error("The plugin has no provider.");
  return provider;
}

describe("envPlugin", () => {
  it('is picked by SECRET_PROVIDER "env" and reads the record it is given', async () => {
    expect(envPlugin.name).toBe("env");
    const env: Record<string, string | undefined> = { KEY: "one" };
    const provider = await providerFrom(env);
    expect(provider.name).toBe("env");
    env.KEY = "two";
    expect(await readValue(provider, "key")).toBe("two");
  });

  it("reads the volume at SECRETS_DIRECTORY", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "TOKEN"), "from the volume\n");
    expect(await readValue(await providerFrom({ SECRETS_DIRECTORY: folder }), "TOKEN")).toBe("from the volume");
  });

  it.each([undefined, "", "  "])("takes a blank SECRETS_DIRECTORY for unset: %j", async (SECRETS_DIRECTORY) => {
    const error = await errorOf(ask(await providerFrom({ SECRETS_DIRECTORY }), "PROVIDER_ENV_ABSENT"));
    expect(error.code).toBe("ERR_SECRETS_NOT_FOUND");
    expect(error.hint).not.toContain("the volume");
  });

  it("refuses a SECRETS_DIRECTORY that is not there", async () => {
    const provider = await providerFrom({ SECRETS_DIRECTORY: join(tempFolder(), "absent") });
    expect((await errorOf(ask(provider, "TOKEN"))).code).toBe("ERR_SECRETS_INVALID_CONFIG");
  });
});
