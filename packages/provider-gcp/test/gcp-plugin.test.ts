import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { gcpPlugin } from "../src/index.js";
import { context } from "./use-gcp.js";

type Env = Readonly<Record<string, string | undefined>>;

async function providerFrom(env: Env) {
  const provider = await gcpPlugin.provider?.(env);
  if (!provider) throw new Error("The plugin has no provider.");
  return provider;
}

/** The variables that are read of a record. */
async function variablesRead(env: Env): Promise<ReadonlySet<string>> {
  const read = new Set<string>();
  await providerFrom(
    new Proxy(env, {
      get(target, name) {
        read.add(String(name));
        return target[String(name)];
      },
    }),
  );
  return read;
}

describe("gcpPlugin", () => {
  it('is picked by SECRET_PROVIDER "gcp"', async () => {
    expect(gcpPlugin.name).toBe("gcp");
    expect((await providerFrom({})).name).toBe("gcp");
  });

  it("takes prefix and bundle", async () => {
    expect((await providerFrom({ GCP_SECRET_PREFIX: "prod_" })).naming).toEqual({ prefix: "prod_", bundle: undefined });
    expect((await providerFrom({ GCP_SECRET_NAME: " app " })).naming).toEqual({ prefix: undefined, bundle: "app" });
  });

  it("takes project and location", async () => {
    const made: SecretManagerServiceClient[] = [];
    const initialize = vi.spyOn(SecretManagerServiceClient.prototype, "initialize");
    onTestFinished(() => void initialize.mockRestore());
    initialize.mockImplementation(function (this: SecretManagerServiceClient) {
      made.push(this);
      return Promise.reject(new Error("far enough"));
    });
    const provider = await providerFrom({ GCP_SECRET_PROJECT: "acme", GCP_SECRET_LOCATION: "europe-west1" });
    await provider.get({ name: "db", stage: "current" }, context()).catch(() => undefined);
    // Where a client calls it tells nowhere else: its own `apiEndpoint` is always the global one.
    const { servicePath } = Reflect.get(made[0] ?? {}, "_opts") as { servicePath: string };
    expect(servicePath).toBe("secretmanager.europe-west1.rep.googleapis.com");
    expect(await made[0]?.getProjectId()).toBe("acme");
  });

  it("takes the version that is current", async () => {
    expect((await providerFrom({ GCP_SECRET_VERSION: "latest" })).capabilities.conditionalWrites).toBe(false);
    expect((await providerFrom({ GCP_SECRET_VERSION: "live" })).capabilities.conditionalWrites).toBe(true);
    expect((await providerFrom({ GCP_SECRET_VERSION: "7" })).put).toBeUndefined();
    await expect(providerFrom({ GCP_SECRET_VERSION: "no version" })).rejects.toMatchObject({
      code: "ERR_SECRETS_INVALID_CONFIG",
    });
  });

  it.each(["", "  "])("takes a blank variable for unset: %j", async (blank) => {
    const env = {
      GCP_SECRET_PREFIX: blank,
      GCP_SECRET_NAME: blank,
      GCP_SECRET_VERSION: blank,
      GCP_SECRET_PROJECT: blank,
    };
    const provider = await providerFrom({ ...env, GCP_SECRET_LOCATION: blank });
    expect(provider.naming).toEqual({ prefix: undefined, bundle: undefined });
    expect(provider.capabilities.conditionalWrites).toBe(false);
  });

  it("reads the variables of the README, and no others", async () => {
    const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8");
    const told = new Set([...readme.matchAll(/^\| `(GCP_SECRET_[A-Z]+)`/gm)].map(([, name]) => name));
    expect(await variablesRead({})).toEqual(told);
  });
});
