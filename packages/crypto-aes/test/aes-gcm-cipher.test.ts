import { createHmac } from "node:crypto";
import { createSecrets, fakeSecret, memoryProvider, type Secret } from "@qarion/secrets-core";
import { type CipherContext, keyRingFrom } from "@qarion/secrets-core/keys";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aesGcmCipher, generateAesKey } from "../src/index.js";
import { codeOf, errorOf } from "./cipher-errors.js";

const keys = [generateAesKey(), generateAesKey(), generateAesKey()] as const;
const [first, second, third] = keys;
const context: CipherContext = { column: "connectors.credentials", row: "42" };

/** As the format says it, not as the code does it. */
function idOf(key: string): string {
  return createHmac("sha256", Buffer.from(key, "base64"))
    .update("qarion/kid/v1\0cipher")
    .digest("base64url")
    .slice(0, 12);
}

async function ringOf(name: string, values: Record<string, string>) {
  const secrets = createSecrets({ provider: memoryProvider(values) });
  const ring = await keyRingFrom(secrets, {
    name,
    current: "KEY",
    previous: ["KEY_PREVIOUS"],
    pending: "KEY_NEXT",
    parse: (secret) => Buffer.from(secret.reveal(), "base64url"),
  });
  return { ring, close: () => secrets.close() };
}

describe("what is encrypted is read back", () => {
  const cipher = aesGcmCipher({ keys: [first] });
  const bytesOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

  it("any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        expect(cipher.decrypt(cipher.encrypt(text, context), context)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it("any bytes, in any view", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 8 }), (bytes, offset) => {
        const view = new Uint8Array(bytes.length + 16).subarray(offset, offset + bytes.length);
        view.set(bytes);
        const expected = bytesOf(bytes);
        expect(bytesOf(cipher.decryptBytes(cipher.encrypt(bytes, context), context))).toBe(expected);
        expect(bytesOf(cipher.decryptBytes(cipher.encrypt(view, context), context))).toBe(expected);
        expect(bytesOf(cipher.decryptBytes(cipher.encrypt(Buffer.from(bytes), context), context))).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["an empty text", ""],
    ["NUL", "\0"],
    ["a byte order mark", "\ufeffabc"],
    ["line ends of all kinds", "a\r\nb\nc\r\u2028"],
    ["a text that is not normalised", "e\u0301\u00e9"],
    ["a URL", "postgres://user:pä%2Fss@db.example.com:5432/acme?sslmode=require"],
  ])("%s", (_, text) => {
    expect(cipher.decrypt(cipher.encrypt(text))).toBe(text);
  });

  it("5 MB of text and of bytes", () => {
    const text = "5 MB ü ".repeat(625_000);
    expect(Buffer.byteLength(text)).toBe(5_000_000);
    expect(cipher.decrypt(cipher.encrypt(text, context), context) === text).toBe(true);
    const bytes = Buffer.alloc(5_000_000, "\xff\x00\xfe", "latin1");
    expect(Buffer.compare(cipher.decryptBytes(cipher.encrypt(bytes, context), context), bytes)).toBe(0);
  });

  it("bytes that are not UTF-8 are not handed out as text", () => {
    expect(codeOf(() => cipher.decrypt(cipher.encrypt(Buffer.of(0xff, 0xfe))))).toBe("ERR_CIPHER_MALFORMED");
  });

  it("as bytes that share their memory with nothing else", () => {
    for (const plaintext of ["", "short", "long".repeat(10_000)]) {
      const bytes = cipher.decryptBytes(cipher.encrypt(plaintext));
      expect(bytes.byteOffset).toBe(0);
      expect(bytes.buffer.byteLength).toBe(Buffer.byteLength(plaintext));
    }
  });

  it("the text has the length that the format gives it", () => {
    for (let length = 0; length < 40; length += 1) {
      expect(cipher.encrypt("x".repeat(length))).toHaveLength(25 + Math.ceil((4 * (length + 28)) / 3));
    }
  });
});

describe("what cannot be a plaintext is refused", () => {
  const cipher = aesGcmCipher({ keys: [first] });

  it.each([
    ["its own ciphertext", cipher.encrypt("x")],
    ["its own ciphertext in quotes and white space", ` "${cipher.encrypt("x")}" `],
    ["its own ciphertext cut short", "qs1.a256gcm"],
    ["its own ciphertext as bytes", Buffer.from(cipher.encrypt("x"))],
    ["a ciphertext of a later version", "qs2.abc"],
    ["a Fernet token", "gAAAAABnothing"],
    ["half a surrogate pair", "x\ud83d"],
    ["a number", 42],
    ["null", null],
    ["undefined", undefined],
    ["an ArrayBuffer", new ArrayBuffer(8)],
    ["a list of numbers", [1, 2]],
  ])("%s", (_, plaintext) => {
    expect(codeOf(() => cipher.encrypt(plaintext as string))).toBe("ERR_CIPHER_PLAINTEXT");
  });
});

describe("IVs", () => {
  it("are fresh: 10,000 texts of one value have 10,000 IVs and 10,000 bodies", () => {
    const cipher = aesGcmCipher({ keys: [first] });
    const texts = Array.from({ length: 10_000 }, () => cipher.encrypt("the same", context));
    const ivs = new Set(texts.map((text) => text.split(".")[3]?.slice(0, 16)));
    expect(ivs.size).toBe(10_000);
    expect(new Set(texts).size).toBe(10_000);
    // Each of the 12 bytes takes every value, so that none of them is a counter or a constant.
    const bytes = [...ivs].map((iv) => Buffer.from(iv ?? "", "base64url"));
    for (let at = 0; at < 12; at += 1) expect(new Set(bytes.map((iv) => iv[at])).size).toBe(256);
  });

  it("are fresh when a text is rotated", () => {
    const old = aesGcmCipher({ keys: [first] }).encrypt("the same", context);
    const cipher = aesGcmCipher({ keys: [second, first] });
    const texts = Array.from({ length: 100 }, () => cipher.rotate(old, context).ciphertext);
    expect(new Set(texts.map((text) => text.split(".")[3]?.slice(0, 16))).size).toBe(100);
  });
});

describe("key ids", () => {
  it("are made from the key, whatever holds it and whatever the ring is called", async () => {
    const values = { KEY: first, KEY_PREVIOUS: second, KEY_NEXT: third };
    const a = await ringOf("connector", values);
    const b = await ringOf("something else", values);
    const list = aesGcmCipher({ keys: [first, third, second] });
    for (const cipher of [list, aesGcmCipher({ keys: a.ring }), aesGcmCipher({ keys: b.ring })]) {
      expect(cipher.status().map(({ keyId }) => keyId)).toEqual([idOf(first), idOf(third), idOf(second)]);
      expect(cipher.identify(cipher.encrypt("x"))).toEqual({ format: "aes-256-gcm", keyId: idOf(first) });
      expect(list.decrypt(cipher.encrypt("x", context), context)).toBe("x");
      expect(cipher.decrypt(list.encrypt("x", context), context)).toBe("x");
    }
    expect(a.ring.status().map(({ keyId }) => keyId)).toEqual(list.status().map(({ keyId }) => keyId));
    await a.close();
    await b.close();
  });

  it("are the same for every way to write or hold the key", () => {
    const bytes = Buffer.from(first, "base64");
    const forms = [
      first,
      first.replace("=", ""),
      bytes.toString("base64"),
      bytes,
      new Uint8Array(bytes),
      fakeSecret(first),
    ];
    for (const form of forms) {
      expect(aesGcmCipher({ keys: [form] }).status()[0]?.keyId).toBe(idOf(first));
    }
  });

  it("are told from the text alone, and nothing is told of what is no ciphertext", () => {
    const other = aesGcmCipher({ keys: [third] });
    expect(other.identify(aesGcmCipher({ keys: [first] }).encrypt("x"))).toEqual({
      format: "aes-256-gcm",
      keyId: idOf(first),
    });
    for (const text of ["", "x", "gAAAAAB", "qs1.a256gcm", `qs1.a256gcm.${idOf(first)}.`, null, 1, {}]) {
      expect(other.identify(text as string)).toBeUndefined();
    }
  });

  it("a ring with a derived key is refused: its label cannot stand in a ciphertext", async () => {
    const secrets = createSecrets({ provider: memoryProvider({ OTHER: first }) });
    const parse = () => Buffer.alloc(32, 7);
    const ring = await keyRingFrom(secrets, {
      name: "derived",
      current: "KEY",
      parse,
      fallback: { current: "OTHER", derive: parse },
    });
    const error = errorOf(() => aesGcmCipher({ keys: ring }));
    expect(error.code).toBe("ERR_CIPHER_INVALID_KEY");
    expect(error.hint).toMatch(/derived:OTHER/);
    await secrets.close();
  });
});

describe("which key opens a text", () => {
  const old = aesGcmCipher({ keys: [second] });

  it("a ring that names the version before, which the store keeps by itself, opens with it", async () => {
    const provider = memoryProvider({ KEY: second });
    const secrets = createSecrets({ provider });
    const parse = (secret: Secret) => Buffer.from(secret.reveal(), "base64url");
    const ring = await keyRingFrom(secrets, { name: "connector", current: "KEY", previous: ["KEY@previous"], parse });
    const cipher = aesGcmCipher({ keys: ring });
    const text = cipher.encrypt("x", context);
    provider.rotate("KEY", first);
    await ring.refresh();
    expect(cipher.decrypt(text, context)).toBe("x");
    expect(cipher.rotate(text, context)).toMatchObject({ changed: true, toKeyId: idOf(first) });
    await secrets.close();
  });

  it("the previous key opens, and does not encrypt", () => {
    const cipher = aesGcmCipher({ keys: [first, second] });
    expect(cipher.decrypt(old.encrypt("x", context), context)).toBe("x");
    for (let time = 0; time < 20; time += 1) {
      expect(cipher.identify(cipher.encrypt("x"))?.keyId).toBe(idOf(first));
    }
  });

  it("a pending key opens, and does not encrypt", async () => {
    const { ring, close } = await ringOf("connector", { KEY: first, KEY_NEXT: second });
    const cipher = aesGcmCipher({ keys: ring });
    expect(cipher.status().map(({ state }) => state)).toEqual(["current", "pending"]);
    expect(cipher.decrypt(old.encrypt("x"))).toBe("x");
    expect(cipher.identify(cipher.encrypt("x"))?.keyId).toBe(idOf(first));
    await close();
  });

  it("a known key id uses that key alone: a text renamed to another key of the ring does not open", () => {
    const cipher = aesGcmCipher({ keys: [first, second] });
    const renamed = old.encrypt("x").replace(idOf(second), idOf(first));
    const error = errorOf(() => cipher.decrypt(renamed));
    expect(error).toMatchObject({ code: "ERR_CIPHER_AUTHENTICATION_FAILED", keyId: idOf(first) });
    expect(cipher.status().map(({ uses }) => uses)).toEqual([0, 0]);
  });

  it("an unknown key id is an error of its own, which names the id", () => {
    const cipher = aesGcmCipher({ keys: [first, third] });
    const text = old.encrypt("x", context);
    for (const run of [
      () => cipher.decrypt(text, context),
      () => cipher.decryptBytes(text, context),
      () => cipher.rotate(text, context),
    ]) {
      const error = errorOf(run);
      expect(error).toMatchObject({ code: "ERR_CIPHER_KEY_UNKNOWN", keyId: idOf(second) });
      expect(error.message).toContain(idOf(second));
      expect(error.hint).toMatch(/previous key/);
    }
  });
});

describe("rotate", () => {
  const old = aesGcmCipher({ keys: [second] });
  const cipher = aesGcmCipher({ keys: [first, second] });

  it("loses nothing and keeps the binding, for any bytes and context", () => {
    const text = fc.string({ unit: "binary", maxLength: 20 });
    const contexts = fc.dictionary(fc.string({ unit: "binary", minLength: 1, maxLength: 8 }), text, { maxKeys: 3 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), contexts, (bytes, bound) => {
        const before = old.encrypt(bytes, bound);
        const rotated = cipher.rotate(before, bound);
        expect(rotated).toMatchObject({ changed: true, fromKeyId: idOf(second), toKeyId: idOf(first) });
        expect(cipher.identify(rotated.ciphertext)?.keyId).toBe(idOf(first));
        expect(Buffer.compare(cipher.decryptBytes(rotated.ciphertext, bound), bytes)).toBe(0);
        expect(codeOf(() => cipher.decryptBytes(rotated.ciphertext, { ...bound, more: "" }))).toBe(
          "ERR_CIPHER_AUTHENTICATION_FAILED",
        );
        expect(codeOf(() => old.decryptBytes(rotated.ciphertext, bound))).toBe("ERR_CIPHER_KEY_UNKNOWN");
      }),
      { numRuns: 200 },
    );
  });

  it("is idempotent: a text under the current key comes back as it is", () => {
    const once = cipher.rotate(old.encrypt("x", context), context);
    const twice = cipher.rotate(once.ciphertext, context);
    expect(twice).toEqual({
      ciphertext: once.ciphertext,
      changed: false,
      fromKeyId: idOf(first),
      toKeyId: idOf(first),
    });
  });

  it("opens what it leaves as it is, too: a damaged or foreign text is never called current", () => {
    const text = cipher.encrypt("x", context);
    expect(codeOf(() => cipher.rotate(text))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
    const damaged = `${text.slice(0, 45)}${text[45] === "A" ? "B" : "A"}${text.slice(46)}`;
    expect(codeOf(() => cipher.rotate(damaged, context))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
    expect(codeOf(() => cipher.rotate("plain", context))).toBe("ERR_CIPHER_MALFORMED");
  });

  it("cannot be used to give a text another context", () => {
    const before = old.encrypt("x", { column: "a" });
    expect(codeOf(() => cipher.rotate(before, { column: "b" }))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
  });
});

describe("status", () => {
  it("tells the keys by id and state, and counts what this process did with each", () => {
    const cipher = aesGcmCipher({ keys: [first, second] });
    const text = aesGcmCipher({ keys: [second] }).encrypt("x");
    cipher.encrypt("a");
    cipher.decrypt(cipher.encrypt("b"));
    cipher.rotate(text);
    expect(() => cipher.decrypt(text, context)).toThrow();
    expect(cipher.status()).toEqual([
      expect.objectContaining({ keyId: idOf(first), state: "current", uses: 4, safeToRemove: false }),
      expect.objectContaining({ keyId: idOf(second), state: "previous", uses: 1, safeToRemove: "unknown" }),
    ]);
    for (const { because } of cipher.status()) expect(because).not.toBe("");
  });
});

describe("the list of keys", () => {
  it("a key that is given twice counts once", () => {
    expect(aesGcmCipher({ keys: [first, first, second, first.replace("=", "")] }).status()).toHaveLength(2);
  });

  it("empty and blank places after the first are no keys", () => {
    expect(aesGcmCipher({ keys: [first, "", " \n", new Uint8Array(0)] }).status()).toHaveLength(1);
  });

  it.each([
    ["no key", []],
    ["an empty current key", ["", first]],
    ["a blank current key", ["\t", first]],
    ["a current key that is none", ["not a key", first]],
    ["a previous key that is none", [first, "not a key"]],
    ["a ring of something else", { status: () => [], close: async () => undefined }],
  ])("%s is refused", (_, source) => {
    expect(codeOf(() => aesGcmCipher({ keys: source }))).toBe("ERR_CIPHER_INVALID_KEY");
  });

  it("does not follow bytes that their owner overwrites later", () => {
    const bytes = Buffer.from(first, "base64");
    const cipher = aesGcmCipher({ keys: [bytes] });
    bytes.fill(1);
    expect(cipher.decrypt(aesGcmCipher({ keys: [first] }).encrypt("x"))).toBe("x");
  });

  it("a ring whose keys have another length is refused", async () => {
    const secrets = createSecrets({ provider: memoryProvider({ KEY: "x" }) });
    for (const length of [16, 31, 33, 64]) {
      const ring = await keyRingFrom(secrets, { name: "short", current: "KEY", parse: () => Buffer.alloc(length, 7) });
      expect(codeOf(() => aesGcmCipher({ keys: ring }))).toBe("ERR_CIPHER_INVALID_KEY");
      await ring.close();
    }
    await secrets.close();
  });
});

describe("column keys", () => {
  const cipher = aesGcmCipher({ keys: [first] });

  it("are right after any number of columns, and after their cache was emptied", () => {
    const contexts = Array.from({ length: 2_500 }, (_, index) => ({ column: `column ${index}` }));
    const texts = contexts.map((each, index) => cipher.encrypt(`value ${index}`, each));
    const fresh = aesGcmCipher({ keys: [first] });
    contexts.forEach((each, index) => {
      expect(cipher.decrypt(texts[index] ?? "", each)).toBe(`value ${index}`);
      expect(fresh.decrypt(texts[index] ?? "", each)).toBe(`value ${index}`);
    });
  });
});

it("says what it is", () => {
  const cipher = aesGcmCipher({ keys: [first] });
  expect(cipher.format).toBe("aes-256-gcm");
  expect(cipher.bindsContext).toBe(true);
});
