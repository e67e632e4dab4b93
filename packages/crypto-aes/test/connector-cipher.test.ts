import { createSecrets, memoryProvider, SecretsError, type SecretsErrorCode } from "@qarion/secrets-core";
import { fakeClock } from "@qarion-testing/support";
import { describe, expect, it } from "vitest";
import { aesGcmCipher, connectorCipher, generateAesKey } from "../src/index.js";
import { codeOf } from "./cipher-errors.js";

const name = "CONNECTOR_ENCRYPTION_KEY";
const previousName = "CONNECTOR_ENCRYPTION_KEY_PREVIOUS";
const nextName = "CONNECTOR_ENCRYPTION_KEY_NEXT";
const context = { column: "connectors.credentials", row: "42" };
const [first, second, third] = [generateAesKey(), generateAesKey(), generateAesKey()];
const idOf = (key: string) => aesGcmCipher({ keys: [key] }).status()[0]?.keyId;

async function start(initial: Record<string, string | Uint8Array>) {
  const provider = memoryProvider(initial);
  const clock = fakeClock();
  const secrets = createSecrets({ provider, clock, cache: { ttlMs: 60_000, maxStaleMs: 60_000 } });
  const cipher = await connectorCipher(secrets);
  return { provider, clock, secrets, cipher };
}

async function refusal(initial: Record<string, string | Uint8Array>, fail?: SecretsErrorCode): Promise<SecretsError> {
  const provider = memoryProvider(initial);
  provider.fail(fail);
  const secrets = createSecrets({ provider, clock: fakeClock() });
  const error: unknown = await connectorCipher(secrets).then(
    () => expect.fail("it started"),
    (reason: unknown) => reason,
  );
  if (!SecretsError.is(error)) throw new Error("something other than a SecretsError was thrown", { cause: error });
  return error;
}

function secretsCodeOf(run: () => unknown): SecretsErrorCode | undefined {
  try {
    run();
  } catch (error) {
    if (SecretsError.is(error)) return error.code;
    throw error;
  }
  return undefined;
}

describe("connectorCipher", () => {
  it("works with nothing but its own name in the store", async () => {
    const { cipher, secrets } = await start({ [name]: first });
    expect(cipher).toMatchObject({ format: "aes-256-gcm", bindsContext: true });
    const text = cipher.encrypt("x", context);
    expect(cipher.decrypt(text, context)).toBe("x");
    expect(aesGcmCipher({ keys: [first] }).decrypt(text, context)).toBe("x");
    expect(cipher.status().map(({ state }) => state)).toEqual(["current"]);
    await secrets.close();
  });

  it("opens with the next key before it is current, and encrypts with the current one", async () => {
    const { cipher, secrets } = await start({ [name]: first, [nextName]: second });
    expect(cipher.status().map(({ state, keyId }) => [state, keyId])).toEqual([
      ["current", idOf(first)],
      ["pending", idOf(second)],
    ]);
    expect(cipher.decrypt(aesGcmCipher({ keys: [second] }).encrypt("x", context), context)).toBe("x");
    expect(cipher.identify(cipher.encrypt("x"))?.keyId).toBe(idOf(first));
    await secrets.close();
  });

  it("follows a whole rotation while it runs: staged, promoted, re-encrypted, removed", async () => {
    const { cipher, provider, secrets } = await start({ [name]: first });
    const old = cipher.encrypt("x", context);

    provider.set(nextName, second);
    await cipher.refresh();
    expect(cipher.identify(cipher.encrypt("x"))?.keyId).toBe(idOf(first));

    provider.set(previousName, first);
    provider.set(name, second);
    provider.delete(nextName);
    await cipher.refresh();
    expect(cipher.status().map(({ state, keyId }) => [state, keyId])).toEqual([
      ["current", idOf(second)],
      ["previous", idOf(first)],
    ]);
    expect(cipher.decrypt(old, context)).toBe("x");
    expect(cipher.identify(cipher.encrypt("x"))?.keyId).toBe(idOf(second));
    const rotated = cipher.rotate(old, context);
    expect(rotated).toMatchObject({ changed: true, fromKeyId: idOf(first), toKeyId: idOf(second) });

    provider.delete(previousName);
    await cipher.refresh();
    expect(cipher.decrypt(rotated.ciphertext, context)).toBe("x");
    expect(codeOf(() => cipher.decrypt(old, context))).toBe("ERR_CIPHER_KEY_UNKNOWN");
    await secrets.close();
  });

  it("follows it by itself, with no call and no restart", async () => {
    const { cipher, provider, secrets, clock } = await start({ [name]: first });
    provider.set(previousName, first);
    provider.set(name, second);
    await clock.advance(90_000);
    expect(cipher.identify(cipher.encrypt("x"))?.keyId).toBe(idOf(second));
    await secrets.close();
  });

  it("takes whatever form a key is written in as the same key", async () => {
    const standard = Buffer.from(first, "base64url").toString("base64");
    const { cipher, secrets, provider } = await start({ [name]: first });
    const text = cipher.encrypt("x");
    provider.set(name, standard.replace("=", ""));
    await cipher.refresh();
    expect(cipher.decrypt(text)).toBe("x");
    expect(cipher.status()).toHaveLength(1);
    await secrets.close();
  });

  it("ignores blank next and previous keys", async () => {
    const { cipher, secrets } = await start({ [name]: first, [nextName]: "", [previousName]: " \n" });
    expect(cipher.status()).toHaveLength(1);
    await secrets.close();
  });

  it("opens what it made when the store then holds what is no key, and when it is down", async () => {
    const { cipher, provider, secrets, clock } = await start({ [name]: first, [previousName]: third });
    const text = cipher.encrypt("x", context);
    for (const damaged of ["not a key", ` ${second}`, Buffer.alloc(32).toString("base64")]) {
      provider.set(name, damaged);
      await cipher.refresh();
      expect(secretsCodeOf(() => cipher.encrypt("x"))).toBe("ERR_SECRETS_INVALID_VALUE");
      expect(cipher.decrypt(text, context)).toBe("x");
    }
    provider.set(name, first);
    await cipher.refresh();
    provider.fail("ERR_SECRETS_UNAVAILABLE");
    await cipher.refresh();
    expect(cipher.decrypt(text, context)).toBe("x");
    expect(cipher.rotate(text, context).changed).toBe(false);
    await clock.advance(121_000);
    expect(cipher.decrypt(text, context)).toBe("x");
    expect(secretsCodeOf(() => cipher.encrypt("x"))).toBe("ERR_SECRETS_UNAVAILABLE");
    expect(secretsCodeOf(() => cipher.rotate(text, context))).toBe("ERR_SECRETS_UNAVAILABLE");
    await secrets.close();
  });

  it("stops to encrypt when the current key is gone, and to open as well when it is denied", async () => {
    const { cipher, provider, secrets } = await start({ [name]: first });
    const text = cipher.encrypt("x");
    provider.fail("ERR_SECRETS_ACCESS_DENIED");
    await cipher.refresh();
    expect(secretsCodeOf(() => cipher.encrypt("x"))).toBe("ERR_SECRETS_ACCESS_DENIED");
    expect(secretsCodeOf(() => cipher.decrypt(text))).toBe("ERR_SECRETS_ACCESS_DENIED");
    provider.fail(undefined);
    provider.set(previousName, first);
    provider.delete(name);
    await cipher.refresh();
    expect(secretsCodeOf(() => cipher.encrypt("x"))).toBe("ERR_SECRETS_NOT_FOUND");
    expect(cipher.decrypt(text)).toBe("x");
    await secrets.close();
  });

  it("does not share its key with another ring of the same secrets", async () => {
    const { secrets } = await start({ [name]: first });
    const { keyRingFrom } = await import("@qarion/secrets-core/keys");
    const other = keyRingFrom(secrets, {
      name: "another",
      current: name,
      parse: (secret) => Buffer.from(secret.reveal(), "base64url"),
    });
    await expect(other).rejects.toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG" });
    await secrets.close();
  });
});

describe("connectorCipher does not start", () => {
  const cases: [string, Record<string, string | Uint8Array>, SecretsErrorCode, string][] = [
    ["without a key", {}, "ERR_SECRETS_NOT_FOUND", name],
    ["with an empty key", { [name]: "" }, "ERR_SECRETS_INVALID_VALUE", name],
    ["with a blank key", { [name]: " \t\n" }, "ERR_SECRETS_INVALID_VALUE", name],
    ["with a key that is none", { [name]: "hunter2" }, "ERR_SECRETS_INVALID_VALUE", name],
    ["with a key in quotes", { [name]: `"${first}"` }, "ERR_SECRETS_INVALID_VALUE", name],
    ["with a line end after the key", { [name]: `${first}\n` }, "ERR_SECRETS_INVALID_VALUE", name],
    ["with a key in hexadecimal", { [name]: "ab".repeat(32) }, "ERR_SECRETS_INVALID_VALUE", name],
    ["with a key of zeros", { [name]: Buffer.alloc(32).toString("base64") }, "ERR_SECRETS_INVALID_VALUE", name],
    [
      "with a previous key that is none",
      { [name]: first, [previousName]: "x" },
      "ERR_SECRETS_INVALID_VALUE",
      previousName,
    ],
    ["with a next key that is none", { [name]: first, [nextName]: "x" }, "ERR_SECRETS_INVALID_VALUE", nextName],
    ["with a previous key and no current one", { [previousName]: first }, "ERR_SECRETS_INVALID_CONFIG", name],
  ];
  it.each(cases)("%s", async (_, initial, code, secretName) => {
    const error = await refusal(initial);
    expect(error).toMatchObject({ code, secretName });
    expect(error.hint).toBeTruthy();
    expect(error.message).toContain(secretName);
  });

  it("with a key in hexadecimal, and says that it should be base64", async () => {
    expect((await refusal({ [name]: "ab".repeat(32) })).hint).toMatch(/hexadecimal: write it in base64/);
  });

  it.each([
    "ERR_SECRETS_ACCESS_DENIED",
    "ERR_SECRETS_UNAVAILABLE",
    "ERR_SECRETS_THROTTLED",
    "ERR_SECRETS_UNAUTHENTICATED",
  ] as const)("when the store answers %s", async (code) => {
    expect((await refusal({ [name]: first }, code)).code).toBe(code);
  });
});
