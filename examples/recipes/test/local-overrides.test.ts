import { createSecrets, firstOf, type MemoryProvider, memoryProvider, type Secrets } from "@qarion/secrets";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openSecrets } from "../src/local-overrides.js";

describe("local overrides of a store", () => {
  let store: MemoryProvider;
  let secrets: Secrets;

  beforeEach(() => {
    store = memoryProvider({ API_KEY: "of-the-store", "llm/key": "of-the-store-too" });
    secrets = openSecrets(store);
  });

  afterEach(async () => {
    await secrets.close();
    vi.unstubAllEnvs();
  });

  const read = async (name: string) => (await secrets.get(name)).reveal();

  it("are asked first, under the name of a variable too", async () => {
    vi.stubEnv("API_KEY", "of-this-machine");
    vi.stubEnv("LLM_KEY", "of-this-machine-too");
    expect(await read("API_KEY")).toBe("of-this-machine");
    expect(await read("llm/key")).toBe("of-this-machine-too");
  });

  it("leave what is not set here to the store", async () => {
    expect(await read("API_KEY")).toBe("of-the-store");
    await expect(read("NOWHERE")).rejects.toMatchObject({ code: "ERR_SECRETS_NOT_FOUND" });
  });

  it("end when they are unset", async () => {
    vi.stubEnv("API_KEY", "of-this-machine");
    expect(await read("API_KEY")).toBe("of-this-machine");
    vi.stubEnv("API_KEY", undefined);
    expect(await read("API_KEY")).toBe("of-the-store");
  });

  it.each(["ERR_SECRETS_ACCESS_DENIED", "ERR_SECRETS_UNAVAILABLE"] as const)(
    "leave a store's own %s as it is, and no secret missing",
    async (code) => {
      store.fail(code);
      await expect(read("API_KEY")).rejects.toMatchObject({ code });
      await expect(secrets.getOptional("API_KEY")).rejects.toMatchObject({ code });
    },
  );

  it("that are denied do not fall through to the store", async () => {
    const denied = memoryProvider({ API_KEY: "of-the-first" });
    denied.fail("ERR_SECRETS_ACCESS_DENIED");
    const both = createSecrets({ provider: firstOf([denied, store]) });
    await expect(both.get("API_KEY")).rejects.toMatchObject({ code: "ERR_SECRETS_ACCESS_DENIED" });
    await both.close();
  });

  it("that cannot be read do not fall through to the store", async () => {
    vi.stubEnv("API_KEY_FILE", "no/such/file");
    await expect(read("API_KEY")).rejects.toMatchObject({ code: expect.not.stringMatching("NOT_FOUND") });
  });

  it("are not looked at in production", async () => {
    vi.stubEnv("NODE_ENV", "production");
    vi.stubEnv("API_KEY", "of-this-machine");
    const inProduction = openSecrets(store);
    expect((await inProduction.get("API_KEY")).reveal()).toBe("of-the-store");
    await inProduction.close();
  });
});
