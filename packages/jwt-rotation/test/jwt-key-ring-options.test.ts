import { createSecrets, memoryProvider } from "@qarion/secrets-core";
import { describe, expect, it } from "vitest";
import { createJwtKeyRing, type JwtKeyRingOptions } from "../src/index.js";
import { strongKey } from "./slot-store.js";

const open = (options: object) =>
  createJwtKeyRing({
    secrets: createSecrets({ provider: memoryProvider({ SECRET_KEY: strongKey() }) }),
    name: "sessions",
    current: "SECRET_KEY",
    maxTokenLifetimeSeconds: 900,
    ...options,
  } as JwtKeyRingOptions);

describe("the options of a ring", () => {
  it.each<[string, object]>([
    ["maxTokenLifetimeSeconds missing", { maxTokenLifetimeSeconds: undefined }],
    ["maxTokenLifetimeSeconds 0", { maxTokenLifetimeSeconds: 0 }],
    ["maxTokenLifetimeSeconds negative", { maxTokenLifetimeSeconds: -1 }],
    ["maxTokenLifetimeSeconds not whole", { maxTokenLifetimeSeconds: 1.5 }],
    ["maxTokenLifetimeSeconds infinite", { maxTokenLifetimeSeconds: Number.POSITIVE_INFINITY }],
    ["maxTokenLifetimeSeconds as text", { maxTokenLifetimeSeconds: "900" }],
    ["clockSkewSeconds negative", { clockSkewSeconds: -1 }],
    ["clockSkewSeconds not a number", { clockSkewSeconds: Number.NaN }],
    ["clockSkewSeconds infinite: no token would ever expire", { clockSkewSeconds: Number.POSITIVE_INFINITY }],
    ["clockSkewSeconds as text", { clockSkewSeconds: "5" }],
    ["kidless unknown", { kidless: "lax" }],
    ["kidless of another type", { kidless: true }],
    ["issuer empty", { issuer: "" }],
    ["issuer a list", { issuer: ["qarion"] }],
    ["audience empty", { audience: "" }],
    ["audience a list", { audience: ["api"] }],
    ["name empty", { name: "" }],
    ["name missing", { name: undefined }],
    ["weak keys without a kid, and no tokens without a kid", { allowWeakKeys: true, kidless: "reject" }],
    ['allowWeakKeys as text, so that "false" does not mean yes', { allowWeakKeys: "false" }],
    ["secrets of nobody", { secrets: {} }],
  ])("are refused: %s", async (_, options) => {
    await expect(open(options)).rejects.toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG" });
  });

  it.each<[string, object]>([
    ["current", { current: "../SECRET_KEY" }],
    ["previous", { previous: "" }],
    ["one of several previous", { previous: ["OLD", "a b"] }],
    ["next", { next: "NEXT@v=?" }],
  ])("are refused where they are no reference: %s", async (_, options) => {
    await expect(open(options)).rejects.toMatchObject({ code: "ERR_SECRETS_INVALID_REF" });
  });

  it.each<[string, object]>([
    ["the least", {}],
    ["a lifetime of a second and no skew", { maxTokenLifetimeSeconds: 1, clockSkewSeconds: 0 }],
    ["a fraction of a second of skew", { clockSkewSeconds: 0.5 }],
    ["no previous key at all", { previous: [] }],
    ["weak keys allowed", { allowWeakKeys: true }],
    ["the longest lifetime there is", { maxTokenLifetimeSeconds: Number.MAX_SAFE_INTEGER }],
  ])("are accepted: %s", async (_, options) => {
    const ring = await open(options);
    expect(() => ring.status()).not.toThrow();
    expect(ring.verify(ring.sign({ sub: "user-1" }, { expiresInSeconds: 1 })).payload.sub).toBe("user-1");
  });
});
