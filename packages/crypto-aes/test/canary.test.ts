import { inspect } from "node:util";
import { createSecrets, memoryProvider } from "@qarion/secrets-core";
import type { CipherContext } from "@qarion/secrets-core/keys";
import { describe, expect, it } from "vitest";
import { aesGcmCipher, aesKeyKind, connectorCipher, generateAesKey } from "../src/index.js";

const canary = "cAnArY-7f3a91";
const forms = [
  canary,
  Buffer.from(canary).toString("hex"),
  ...[0, 1, 2].map((shift) =>
    Buffer.from("xx".slice(0, shift) + canary)
      .toString("base64")
      .slice(4, 16),
  ),
];

/** Everything that a logger might show of a thing, its causes included. */
function shown(thing: unknown): string {
  if (!(thing instanceof Error))
    return [inspect(thing, { depth: null, showHidden: true }), JSON.stringify(thing)].join();
  return [
    thing.message,
    thing.stack,
    String(thing),
    JSON.stringify(thing),
    JSON.stringify(thing, Object.getOwnPropertyNames(thing)),
    inspect(thing, { depth: null, showHidden: true, getters: true }),
    thing.cause === undefined ? "" : shown(thing.cause),
  ].join("\n");
}

function expectNothingOf(secrets: readonly string[], thing: unknown): void {
  const text = shown(thing);
  for (const secret of secrets) expect(text.includes(secret)).toBe(false);
}

function thrownBy(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  return expect.fail("no error was thrown");
}

const key = generateAesKey();
const keyForms = [
  key,
  key.slice(0, 20),
  Buffer.from(key, "base64url").toString("hex"),
  Buffer.from(key, "base64url").toString("base64"),
];
const cipher = aesGcmCipher({ keys: [key] });
const text = cipher.encrypt(canary, { column: "a" });
const damaged = `${text.slice(0, -2)}${text.at(-2) === "A" ? "B" : "A"}${text.slice(-1)}`;

describe("no error shows a plaintext, a ciphertext or a key", () => {
  const context = (value: unknown) => value as CipherContext;
  const cases: [string, () => unknown][] = [
    ["a damaged ciphertext", () => cipher.decrypt(damaged, { column: "a" })],
    ["another context", () => cipher.decrypt(text, { column: canary })],
    ["no context", () => cipher.rotate(text)],
    ["an unknown key", () => aesGcmCipher({ keys: [generateAesKey()] }).decrypt(text, { column: "a" })],
    ["a plaintext given as ciphertext", () => cipher.decrypt(canary)],
    ["a plaintext with dots given as ciphertext", () => cipher.decrypt(`qs1.a256gcm.${canary}.${canary}`)],
    ["a plaintext given to rotate", () => cipher.rotate(canary)],
    ["a ciphertext given as plaintext", () => cipher.encrypt(text)],
    ["a plaintext that claims to be a ciphertext", () => cipher.encrypt(`gAAAA${canary}`)],
    ["half a surrogate pair in the plaintext", () => cipher.encrypt(`${canary}\ud83d`)],
    ["a plaintext of another type", () => cipher.encrypt([canary] as never)],
    [
      "binary read as text",
      () => cipher.decrypt(cipher.encrypt(Buffer.concat([Buffer.from(canary), Buffer.of(0xff)]))),
    ],
    ["a value of the context that is no string", () => cipher.encrypt("x", context({ a: [canary] }))],
    ["half a surrogate pair in the context", () => cipher.encrypt("x", { a: `${canary}\ud83d` })],
    ["a column that is too long", () => cipher.encrypt("x", { column: canary.repeat(100) })],
    ["a context that is text", () => cipher.encrypt("x", context(canary))],
    ["a context that is a list", () => cipher.encrypt("x", context([canary]))],
    ["a context that is a Map", () => cipher.encrypt("x", context(new Map([[canary, canary]])))],
    ["an empty name", () => cipher.encrypt("x", { "": canary })],
    ["a key that is none", () => aesGcmCipher({ keys: [canary] })],
    ["a key in quotes", () => aesGcmCipher({ keys: [`"${key}"`] })],
    ["a key with white space", () => aesGcmCipher({ keys: [` ${key}`] })],
    ["a key in hexadecimal", () => aesGcmCipher({ keys: [Buffer.from(key, "base64url").toString("hex")] })],
    ["a key that is too long", () => aesGcmCipher({ keys: [key + key] })],
    ["a previous key that is none", () => aesGcmCipher({ keys: [key, canary] })],
    ["a key of bytes", () => aesGcmCipher({ keys: [Buffer.from(canary)] })],
    ["no list of keys", () => aesGcmCipher({ keys: { [canary]: key } as never })],
  ];
  it.each(cases)("%s", (_, run) => {
    const error = thrownBy(run);
    expect(error.name).toBe("CipherError");
    expectNothingOf([...forms, ...keyForms, text, text.slice(30)], error);
  });

  it.each([
    ["a value that is no key", { CONNECTOR_ENCRYPTION_KEY: canary }],
    ["a key in quotes", { CONNECTOR_ENCRYPTION_KEY: `"${key}"` }],
    ["a previous value that is no key", { CONNECTOR_ENCRYPTION_KEY: key, CONNECTOR_ENCRYPTION_KEY_PREVIOUS: canary }],
    ["a previous key alone", { CONNECTOR_ENCRYPTION_KEY_PREVIOUS: key }],
  ])("of connectorCipher: %s", async (_, initial: Record<string, string>) => {
    const secrets = createSecrets({ provider: memoryProvider(initial) });
    const error: unknown = await connectorCipher(secrets).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "SecretsError" });
    expectNothingOf([...forms, ...keyForms], error);
    await secrets.close();
  });

  it("the answer of the kind of secret", () => {
    for (const value of [canary, `"${canary}"`, ` ${key}`, Buffer.from(key, "base64url").toString("hex")]) {
      expectNothingOf([...forms, ...keyForms], aesKeyKind.problem(Buffer.from(value)));
    }
  });
});

describe("no object shows a key", () => {
  it("the cipher, its status, what identify tells", async () => {
    expectNothingOf(keyForms, cipher);
    expectNothingOf(keyForms, cipher.status());
    expectNothingOf([...keyForms, text.slice(30)], cipher.identify(text));
  });

  it("the live cipher", async () => {
    const secrets = createSecrets({ provider: memoryProvider({ CONNECTOR_ENCRYPTION_KEY: key }) });
    const live = await connectorCipher(secrets);
    live.encrypt(canary);
    expectNothingOf([...forms, ...keyForms], live);
    expectNothingOf([...forms, ...keyForms], live.status());
    await secrets.close();
  });
});
