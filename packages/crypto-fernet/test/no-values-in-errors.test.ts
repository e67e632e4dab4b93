import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { createSecrets, fakeSecret, memoryProvider, SecretsError } from "@qarion/secrets-core";
import { CipherError } from "@qarion/secrets-core/keys";
import { afterEach, describe, expect, it, vi } from "vitest";
import { deriveFernetKey, fernetCipher, fernetKeyKind, generateFernetKey, instanceUrlCipher } from "../src/index.js";
import { base64url, bytesOf, handMadeToken, pkcs7 } from "./hand-made-token.js";

const keyBytes = randomBytes(32);
const key = base64url(keyBytes);
const oldKey = generateFernetKey();
const plaintext = "plaintext-canary-7f3a91c2d4";
const contextValue = "context-canary-5b8e20a6f1";
const secretKey = `secret-key-canary-${randomBytes(24).toString("hex")}`;
const cipher = fernetCipher({ keys: [key, oldKey] });
const token = cipher.encrypt(plaintext);
const foreign = fernetCipher({ keys: [generateFernetKey()] }).encrypt(plaintext);
const old = handMadeToken({ key: oldKey, blocks: pkcs7(Buffer.from(plaintext)), seconds: 1n });
const padding = handMadeToken({ key, blocks: Buffer.from(`${plaintext}-----`) });
const binary = cipher.encrypt(Buffer.concat([Buffer.from(plaintext), Buffer.of(0xff)]));

const tokens = [token, foreign, old, padding, binary];
const texts = [key, oldKey, plaintext, contextValue, secretKey, deriveFernetKey(secretKey), ...tokens];

/** Every way in which a value might be printed, as stretches of it that are too long to be there by chance. */
const windows = new Set(
  texts.flatMap((text) => {
    const bytes = [Buffer.from(text), bytesOf(text)];
    const forms = [
      text,
      ...bytes.flatMap((each) => [each.toString("hex"), each.toString("base64"), base64url(each), each.join(",")]),
    ];
    return forms.flatMap((form) =>
      Array.from({ length: Math.max(1, form.length - 15) }, (_, at) => form.slice(at, at + 16)),
    );
  }),
);

/** Everything that a logger might show of a thing, causes included. */
function shown(thing: unknown): string {
  const parts = [
    String(thing),
    JSON.stringify(thing) ?? "",
    inspect(thing, { depth: null, showHidden: true, getters: true }),
    inspect(thing, { depth: null, showHidden: true, getters: true, customInspect: false }),
  ];
  if (thing instanceof Error) {
    parts.push(thing.message, thing.stack ?? "", JSON.stringify(Object.getOwnPropertyDescriptors(thing)));
    if (thing.cause !== undefined) parts.push(shown(thing.cause));
  }
  return parts.join("\n");
}

function expectNothingShown(thing: unknown): void {
  const text = shown(thing).replace(/\s/g, ""); // bytes are printed in columns
  const found = [...windows].filter((window) => text.includes(window)).length; // the count: a failure must not print it either
  expect(found).toBe(0);
}

afterEach(() => vi.useRealTimers());

describe("the search for values", () => {
  it("finds each of them where there is one", () => {
    for (const text of texts) {
      expect(() => expectNothingShown(new Error(text))).toThrow();
      expect(() => expectNothingShown(new Error("wrapped", { cause: { nested: [Buffer.from(text)] } }))).toThrow();
      expect(() => expectNothingShown({ material: new Uint8Array(bytesOf(text)) })).toThrow();
    }
  });
});

const limited = fernetCipher({ keys: [key, oldKey], ttlSeconds: 60 });
const surrogate = `${plaintext}\ud83d`;
const refusals: readonly (readonly [string, () => unknown])[] = [
  ["a key in quotes", () => fernetCipher({ keys: [`"${key}"`] })],
  ["a key with white space", () => fernetCipher({ keys: [key, `${oldKey}\n`] })],
  ["a key without padding", () => fernetCipher({ keys: [key.slice(0, 43)] })],
  ["a key of the standard alphabet", () => fernetCipher({ keys: [`${key.slice(0, 20)}+${key.slice(21)}`] })],
  ["a key in hexadecimal", () => fernetCipher({ keys: [keyBytes.toString("hex")] })],
  ["a key that is too long", () => fernetCipher({ keys: [key + key] })],
  ["key bytes of a wrong length", () => fernetCipher({ keys: [keyBytes.subarray(1)] })],
  ["a secret that is no key", () => fernetCipher({ keys: [fakeSecret(` ${key}`)] })],
  ["a key given without a list", () => fernetCipher({ keys: key as never })],
  ["a plaintext given as a key", () => fernetCipher({ keys: [plaintext] })],
  ["a secret with half of a surrogate pair", () => deriveFernetKey(`${secretKey}\ud83d`)],
  ["a secret of bytes", () => deriveFernetKey(Buffer.from(secretKey) as never)],
  ["a token as plaintext", () => cipher.encrypt(token)],
  ["the bytes of a token as plaintext", () => cipher.encrypt(Buffer.from(` "${foreign}"`))],
  ["a plaintext with half of a surrogate pair", () => cipher.encrypt(surrogate)],
  ["a plaintext that is an object", () => cipher.encrypt({ plaintext } as never)],
  ["a plaintext that is a list", () => cipher.encrypt([plaintext] as never)],
  ["a context for encrypt", () => cipher.encrypt(plaintext, { [contextValue]: contextValue })],
  ["a context for decrypt", () => cipher.decrypt(token, { row: contextValue })],
  ["a context for decryptBytes", () => cipher.decryptBytes(token, { row: contextValue })],
  ["a context for rotate", () => cipher.rotate(token, { row: contextValue })],
  ["a token of another key", () => cipher.decrypt(foreign)],
  ["a token of another key, rotated", () => cipher.rotate(foreign)],
  ["a token in quotes", () => cipher.decrypt(`"${token}"`)],
  ["a truncated token", () => cipher.rotate(token.slice(0, -9))],
  ["a plaintext as a token", () => cipher.decrypt(plaintext)],
  ["a token as bytes", () => cipher.decrypt(Buffer.from(token) as never)],
  ["a token in an object", () => cipher.rotate({ token } as never)],
  ["a token with wrong padding", () => cipher.decrypt(padding)],
  ["a plaintext that is not UTF-8", () => cipher.decrypt(binary)],
  ["an expired token", () => limited.decrypt(old)],
];

describe("no error of the cipher tells a key, a plaintext, a token or a context", () => {
  it.each(refusals)("%s", (_what, attempt) => {
    let error: unknown;
    try {
      attempt();
    } catch (thrown) {
      error = thrown;
    }
    expect(CipherError.is(error)).toBe(true);
    expectNothingShown(error);
  });

  it.each([key.slice(1), `"${key}"`, `${key} `, plaintext, keyBytes.toString("hex")])(
    "fernetKeyKind.problem (value %#)",
    (value) => {
      const problem = fernetKeyKind.problem(Buffer.from(value));
      expect(problem).toBeDefined();
      expectNothingShown(problem);
    },
  );
});

describe("no error of instanceUrlCipher tells a value", () => {
  const name = "INSTANCE_ENCRYPTION_KEY";
  it.each<[string, Record<string, string | Uint8Array>]>([
    ["a key in quotes", { [name]: `"${key}"` }],
    ["a key as bytes", { [name]: keyBytes }],
    ["a previous key that is none", { [name]: key, [`${name}_PREVIOUS`]: `${oldKey}${plaintext}` }],
    ["a pending key that is none", { [name]: key, [`${name}_NEXT`]: `${oldKey}\n` }],
    ["a previous key without a current one", { [`${name}_PREVIOUS`]: oldKey, SECRET_KEY: secretKey }],
    ["a blank key", { [name]: " ", SECRET_KEY: secretKey }],
    ["a weak secret to derive from", { SECRET_KEY: `changeme-${plaintext}` }],
    ["a weak previous secret", { SECRET_KEY: secretKey, SECRET_KEY_PREVIOUS: `changeme-${plaintext}` }],
    ["a secret of bytes that are not UTF-8", { SECRET_KEY: Buffer.concat([Buffer.from(secretKey), Buffer.of(0xff)]) }],
  ])("%s", async (_what, initial) => {
    const secrets = createSecrets({ provider: memoryProvider(initial) });
    const error: unknown = await instanceUrlCipher(secrets).then(
      () => undefined,
      (raw: unknown) => raw,
    );
    await secrets.close();
    expect(SecretsError.is(error)).toBe(true);
    expectNothingShown(error);
  });
});

describe("no cipher shows its keys, or what passed through it", () => {
  it("made from a list", () => {
    const used = fernetCipher({ keys: [key, keyBytes, fakeSecret(oldKey)] });
    used.decrypt(used.rotate(old).ciphertext);
    expectNothingShown(used);
    expectNothingShown(used.status());
    expectNothingShown(used.identify(token));
  });

  it("made from secrets", async () => {
    for (const initial of [{ INSTANCE_ENCRYPTION_KEY: key }, { SECRET_KEY: secretKey }]) {
      const secrets = createSecrets({ provider: memoryProvider(initial) });
      const live = await instanceUrlCipher(secrets);
      live.decrypt(live.encrypt(plaintext));
      expectNothingShown(live);
      expectNothingShown(live.status());
      await secrets.close();
    }
  });
});
