import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { fakeSecret } from "../../src/index.js";
import { CipherError, isBlank, type KeySource, keysOf } from "../../src/keys/index.js";

/** 4 characters of text, or any 4 bytes. */
function parse(value: string | Uint8Array): Uint8Array {
  const bytes = Buffer.from(value);
  if (bytes.length !== 4) throw new CipherError("ERR_CIPHER_INVALID_KEY", { hint: "Four bytes." });
  return bytes;
}

const texts = (source: KeySource) =>
  keysOf(source, parse)
    .generation()
    .map(({ key, state }) => `${state} ${Buffer.from(key.material)}`);
const invalid = (hint?: string) =>
  expect.objectContaining({ code: "ERR_CIPHER_INVALID_KEY", ...(hint === undefined ? {} : { hint }) });

describe("keysOf a list", () => {
  it("takes text, bytes and secrets; the first is current, the others are previous", () => {
    const source = ["key1", Buffer.from("key2"), fakeSecret("key3"), new Uint8Array([0x6b, 0x65, 0x79, 0x34])];
    expect(texts(source)).toEqual(["current key1", "previous key2", "previous key3", "previous key4"]);
    expect(Buffer.from(keysOf(source, parse).encryptionKey().material).toString()).toBe("key1");
  });

  it("counts one value once, in whatever shape and wherever it comes again", () => {
    expect(texts(["key1", "key2", "key1", Buffer.from("key2"), fakeSecret("key1")])).toEqual([
      "current key1",
      "previous key2",
    ]);
  });

  it("takes an empty or blank value after the first for none", () => {
    for (const blank of ["", " ", "\n", "\u00a0", "\ufeff", new Uint8Array(0), Buffer.from("\t"), fakeSecret("  ")]) {
      expect(texts(["key1", blank, "key2"])).toEqual(["current key1", "previous key2"]);
    }
  });

  it("refuses an empty or blank first value: the second never becomes current by accident", () => {
    for (const blank of ["", " ", "\n", "\u00a0", "\ufeff", new Uint8Array(0), Buffer.from("\t"), fakeSecret("  ")]) {
      expect(() => keysOf([blank, "key2"], parse)).toThrow(invalid("The current key is empty."));
    }
  });

  it("refuses an empty list", () => {
    expect(() => keysOf([], parse)).toThrow(invalid());
  });

  it("refuses what is no key wherever it stands, in the words of `parse`", () => {
    expect(() => keysOf(["wrong"], parse)).toThrow(invalid("Four bytes."));
    expect(() => keysOf(["key1", "wrong"], parse)).toThrow(invalid("Four bytes."));
  });

  it("refuses an entry that is no value at all, such as a variable that is not set", () => {
    for (const entry of [undefined, null, 42, {}, ["key1"]]) {
      expect(() => keysOf([entry] as never, parse)).toThrow(invalid());
      expect(() => keysOf(["key1", entry] as never, parse)).toThrow(invalid());
    }
  });

  it("refuses what `parse` makes no bytes of", () => {
    expect(() => keysOf(["key1"], () => new Uint8Array(0))).toThrow(invalid());
    expect(() => keysOf(["key1"], (() => "key1") as never)).toThrow(invalid());
  });

  it("refuses two different keys of one id: HMAC pads a short key with zeros", () => {
    expect(() => keysOf(["key", "key\0"], (value) => Buffer.from(value))).toThrow(invalid());
  });

  it("keeps its own copy of the bytes", () => {
    const bytes = Buffer.from("key1");
    const keys = keysOf([bytes], (value) => value as Uint8Array);
    bytes.fill(0);
    expect(Buffer.from(keys.encryptionKey().material).toString()).toBe("key1");
  });

  it("gives ids by the formula, in the ring of ciphers", () => {
    const value = randomBytes(32);
    const expected = createHmac("sha256", value).update("qarion/kid/v1\0cipher").digest().subarray(0, 9);
    expect(keysOf([value], (key) => key as Uint8Array).encryptionKey().keyId).toBe(expected.toString("base64url"));
  });

  it("hands out one generation and the same key objects always", () => {
    const keys = keysOf(["key1", "key2"], parse);
    expect(keys.generation()).toBe(keys.generation());
    expect(keys.encryptionKey()).toBe(keys.generation()[0]?.key);
  });

  it("tells the state and the uses of each key, and what can be said of its removal", () => {
    const keys = keysOf(["key1", "key2"], parse);
    const before = Date.now();
    keys.used(keys.encryptionKey());
    keys.used(keys.encryptionKey());
    const [current, previous] = keys.status();
    expect(current).toMatchObject({ state: "current", uses: 2, safeToRemove: false });
    expect(current?.lastUsedAt?.getTime()).toBeGreaterThanOrEqual(before);
    expect(previous).toMatchObject({ state: "previous", uses: 0, safeToRemove: "unknown" });
    expect(previous).not.toHaveProperty("lastUsedAt");
  });

  it("shows no key in its status or its errors", () => {
    const value = randomBytes(16).toString("hex");
    const error = (() => {
      try {
        keysOf(["key1", value], parse);
      } catch (thrown) {
        return thrown as Error;
      }
      return undefined;
    })();
    expect(error?.message).toBeDefined();
    expect(`${error?.message} ${error?.stack} ${JSON.stringify(error)}`).not.toContain(value);
    expect(JSON.stringify(keysOf([value], (key) => Buffer.from(key)).status())).not.toContain(value);
  });
});

describe("keysOf something else", () => {
  it.each([
    ["one key instead of a list", "key1"],
    ["bytes instead of a list", Buffer.from("key1")],
    ["a secret instead of a list", fakeSecret("key1")],
    ["a ring that is none of keyRingFrom", { status: () => [], close: async () => undefined }],
    ["nothing", undefined],
    ["null", null],
  ])("refuses %s, with what it takes", (_, source) => {
    expect(() => keysOf(source as never, parse)).toThrow(
      invalid("`keys` is a list of keys, the current one first, or a ring of keyRingFrom()."),
    );
  });
});

describe("isBlank", () => {
  const table: [string | Uint8Array, boolean][] = [
    ["", true],
    [" ", true],
    ["\t\r\n\v\f", true],
    ["\u00a0\u2003\u3000", true],
    ["\ufeff", true],
    ["\ufeff\n", true],
    ["x", false],
    [" x ", false],
    ["\0", false],
    ["\u200b", false], // a zero-width space is a character to Unicode, not white space
  ];

  it.each(table)("%j is blank: %s, as text and as bytes", (value, blank) => {
    expect(isBlank(value)).toBe(blank);
    expect(isBlank(Buffer.from(value))).toBe(blank);
    expect(isBlank(new TextEncoder().encode(value as string))).toBe(blank);
  });

  it("bytes that are no text are not blank", () => {
    expect(isBlank(Uint8Array.of(0))).toBe(false);
    expect(isBlank(Uint8Array.of(0xa0))).toBe(false);
    expect(isBlank(Uint8Array.of(0x20, 0xff))).toBe(false);
  });
});
