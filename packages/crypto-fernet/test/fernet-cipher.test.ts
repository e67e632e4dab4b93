import { randomBytes } from "node:crypto";
import { createSecrets, fakeSecret, memoryProvider } from "@qarion/secrets-core";
import { type Cipher, CipherError, type KeySource, keyId, keyRingFrom } from "@qarion/secrets-core/keys";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fernetCipher, generateFernetKey } from "../src/index.js";
import { codeOf, hintOf } from "./code-of.js";
import { bytesOf, handMadeToken, pkcs7 } from "./hand-made-token.js";

const key = generateFernetKey();
const cipher = fernetCipher({ keys: [key] });
const idOf = (text: string) => keyId(bytesOf(text), "cipher");

afterEach(() => vi.useRealTimers());

describe("a plaintext", () => {
  it("of any text comes back as it was", () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(text, (plaintext) => {
        const token = cipher.encrypt(plaintext);
        expect(cipher.decrypt(token)).toBe(plaintext);
        expect(Buffer.from(cipher.decryptBytes(token))).toEqual(Buffer.from(plaintext, "utf8"));
      }),
      { numRuns: 1_000 },
    );
  });

  it("of any bytes comes back as it was", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (plaintext) => {
        expect(Uint8Array.from(cipher.decryptBytes(cipher.encrypt(plaintext)))).toEqual(plaintext);
      }),
      { numRuns: 1_000 },
    );
  });

  it("may be empty, or hold NUL, a byte order mark, line ends and every plane of Unicode", () => {
    for (const plaintext of ["", "\0", "\ufeffmarked", "a\r\nb\n", "é e\u0301 漢字 🔑 👩‍👩‍👧", "\u{10ffff}"]) {
      expect(cipher.decrypt(cipher.encrypt(plaintext))).toBe(plaintext);
    }
  });

  it("may be 5 MB", () => {
    const text = "漢字 and a key 🔑 ".repeat(200_000);
    expect(Buffer.byteLength(text)).toBeGreaterThan(4_000_000);
    expect(cipher.decrypt(cipher.encrypt(text)) === text).toBe(true);
    const bytes = randomBytes(5_000_000);
    expect(bytes.equals(cipher.decryptBytes(cipher.encrypt(bytes)))).toBe(true);
  });

  it("may be a view of something larger, and is left as it was", () => {
    const larger = new Uint8Array(Buffer.from("<<the view>>"));
    const view = larger.subarray(2, 10);
    expect(cipher.decrypt(cipher.encrypt(view))).toBe("the view");
    expect(cipher.decrypt(cipher.encrypt(Buffer.from(larger.buffer, 2, 8)))).toBe("the view");
    expect(Buffer.from(larger).toString()).toBe("<<the view>>");
  });

  it("comes back as bytes that share their memory with nothing else", () => {
    for (const plaintext of ["", "short", "x".repeat(16), "long".repeat(10_000)]) {
      const bytes = cipher.decryptBytes(cipher.encrypt(plaintext));
      expect(bytes.byteOffset).toBe(0);
      expect(bytes.buffer.byteLength).toBe(plaintext.length);
    }
  });

  it("that is not UTF-8 is bytes, and never text with replacement characters", () => {
    for (const bytes of [
      Buffer.of(0xff),
      Buffer.of(0xc3),
      Buffer.from("a\ud83d", "utf16le"),
      Buffer.of(0xed, 0xa0, 0x80),
    ]) {
      const token = cipher.encrypt(bytes);
      expect(codeOf(() => cipher.decrypt(token))).toBe("ERR_CIPHER_MALFORMED");
      expect(hintOf(() => cipher.decrypt(token))).toBe("The plaintext is binary: use decryptBytes.");
      expect(Buffer.from(cipher.decryptBytes(token))).toEqual(bytes);
    }
  });

  it("is refused with half of a surrogate pair: it would come back as something else", () => {
    for (const text of ["\ud83d", "a\udd11", "\udd11\ud83d", `${"x".repeat(10_000)}\udbff`]) {
      expect(codeOf(() => cipher.encrypt(text))).toBe("ERR_CIPHER_PLAINTEXT");
    }
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a number", 42],
    ["a boolean", false],
    ["an object", { toString: () => "text" }],
    ["an array", ["text"]],
    ["a String object", new String("text")],
    ["an ArrayBuffer", new ArrayBuffer(8)],
    ["16-bit units", new Uint16Array(8)],
    ["a DataView", new DataView(new ArrayBuffer(8))],
    ["a secret, which is revealed by hand or not at all", fakeSecret("text")],
  ])("is refused when it is %s", (_what, plaintext) => {
    expect(codeOf(() => cipher.encrypt(plaintext as string))).toBe("ERR_CIPHER_PLAINTEXT");
  });
});

describe("a ciphertext is refused as plaintext", () => {
  const token = cipher.encrypt("hello");
  const foreign = fernetCipher({ keys: [generateFernetKey()] }).encrypt("hello");

  it.each([
    ["its own", token],
    ["one of another key", foreign],
    ["in quotes", `"${token}"`],
    ["in single quotes", `'${token}'`],
    ["quoted and indented", `  "${token}"`],
    ["indented", `\t  ${token}`],
    ["with a line end", `${token}\n`],
    ["on a later line", `\r\n\r\n${token}`],
    ["truncated", token.slice(0, 30)],
    ["truncated to its mark", "gAAAA"],
    ["with a damaged end", `${token.slice(0, -8)}!!!!!!!!`],
    ["followed by text", `${token} and more`],
    ["of the other format", "qs1.A256GCM.kid.payload"],
    ["of a version to come", "qs9.x"],
  ])("%s", (_what, text) => {
    for (const plaintext of [text, new TextEncoder().encode(text), Buffer.from(text)]) {
      expect(codeOf(() => cipher.encrypt(plaintext))).toBe("ERR_CIPHER_PLAINTEXT");
      expect(hintOf(() => cipher.encrypt(plaintext))).toBe(
        "This is a ciphertext already: decrypt it first, or use rotate.",
      );
    }
  });

  it("and nothing that only holds one further on, or begins in another case", () => {
    for (const text of [`url=${token}`, "gaaaa", "GAAAA", "qs.", "qsx.", "QS1.a", "ga", `x ${token}`]) {
      expect(cipher.decrypt(cipher.encrypt(text))).toBe(text);
    }
  });
});

describe("a token", () => {
  it("is never made twice from the same plaintext", () => {
    const tokens = Array.from({ length: 1_000 }, () => cipher.encrypt("same"));
    const ivs = tokens.map((token) => bytesOf(token).subarray(9, 25).toString("hex"));
    expect(new Set(tokens).size).toBe(1_000);
    expect(new Set(ivs).size).toBe(1_000);
  });

  it("bears the second in which it was made", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2031-05-06T07:08:09.987Z") });
    const token = cipher.encrypt("hello");
    expect(bytesOf(token).readBigUInt64BE(1)).toBe(BigInt(Date.parse("2031-05-06T07:08:09Z") / 1_000));
    expect(cipher.identify(token)).toEqual({ format: "fernet", createdAt: new Date("2031-05-06T07:08:09Z") });
  });
});

describe("identify", () => {
  const stranger = fernetCipher({ keys: [generateFernetKey()] });

  it("needs no key, and uses none", () => {
    const token = cipher.encrypt("hello");
    expect(stranger.identify(token)).toEqual(cipher.identify(token));
    expect(stranger.identify(token)?.format).toBe("fernet");
    expect(stranger.status()[0]?.uses).toBe(0);
  });

  it("tells no key id: the format holds none", () => {
    expect(cipher.identify(cipher.encrypt("hello"))).not.toHaveProperty("keyId");
  });

  it("is undefined for what is not exactly a token", () => {
    const token = cipher.encrypt("hello");
    for (const text of [
      "",
      "hello",
      `${token}\n`,
      `"${token}"`,
      token.slice(0, -1),
      `${token}=`,
      "gAAAAA==",
      "qs1.a.b.c",
    ]) {
      expect(stranger.identify(text)).toBeUndefined();
    }
  });

  it("gives only dates that can be written", () => {
    const blocks = pkcs7(Buffer.from("hello"));
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (seconds) => {
        const found = cipher.identify(handMadeToken({ key, blocks, seconds }));
        expect(found === undefined || Number.isFinite(found.createdAt?.getTime())).toBe(true);
      }),
    );
  });
});

describe("a context", () => {
  const token = cipher.encrypt("hello");
  const operations: readonly (readonly [string, (context: Record<string, string>) => unknown])[] = [
    ["encrypt", (context) => cipher.encrypt("hello", context)],
    ["decrypt", (context) => cipher.decrypt(token, context)],
    ["decryptBytes", (context) => cipher.decryptBytes(token, context)],
    ["rotate", (context) => cipher.rotate(token, context)],
  ];

  it("cannot be bound, and the cipher says so", () => {
    expect([cipher.format, cipher.bindsContext]).toEqual(["fernet", false]);
  });

  it.each(operations)("is refused by %s unless it is empty", (_name, attempt) => {
    const untyped: unknown[] = [
      new Map([["table", "users"]]),
      new Map(),
      [],
      null,
      "",
      0,
      { [Symbol("table")]: "users" },
    ];
    const hidden = Object.defineProperty({}, "table", { value: "users" });
    for (const context of [{ table: "users" }, { "": "" }, { a: "1", b: "2" }, hidden, ...(untyped as [])]) {
      expect(codeOf(() => attempt(context))).toBe("ERR_CIPHER_CONTEXT");
      expect(hintOf(() => attempt(context))).toBe("Fernet cannot bind a context: use AES-256-GCM, or give none.");
    }
    expect(codeOf(() => attempt({}))).toBe("accepted");
  });

  it("is refused before anything is looked at, and counts as no use", () => {
    const fresh = fernetCipher({ keys: [key] });
    for (const text of ["damaged", token]) {
      expect(codeOf(() => fresh.decrypt(text, { row: "1" }))).toBe("ERR_CIPHER_CONTEXT");
      expect(codeOf(() => fresh.encrypt(text, { row: "1" }))).toBe("ERR_CIPHER_CONTEXT");
    }
    expect(fresh.status()[0]?.uses).toBe(0);
  });
});

describe("keys", () => {
  const sources: readonly (readonly [string, KeySource])[] = [
    ["text", [key]],
    ["bytes", [new Uint8Array(bytesOf(key))]],
    ["a Buffer", [bytesOf(key)]],
    ["a view of something larger", [new Uint8Array(Buffer.concat([randomBytes(7), bytesOf(key)])).subarray(7)]],
    ["a secret", [fakeSecret(key, "INSTANCE_ENCRYPTION_KEY")]],
    ["all of them: one key given four times is one key", [key, bytesOf(key), fakeSecret(key), key]],
  ];

  it.each(sources)("may be given as %s", (_what, keys) => {
    const other = fernetCipher({ keys });
    expect(other.decrypt(cipher.encrypt("to"))).toBe("to");
    expect(cipher.decrypt(other.encrypt("fro"))).toBe("fro");
    expect(other.status().map((status) => status.keyId)).toEqual([idOf(key)]);
  });

  it("may be a ring that follows its secrets", async () => {
    const secrets = createSecrets({ provider: memoryProvider({ KEY: key }) });
    const parse = (secret: { reveal(): string }) => bytesOf(secret.reveal());
    const ring = await keyRingFrom(secrets, { name: "ring", current: "KEY", parse });
    expect(fernetCipher({ keys: ring }).decrypt(cipher.encrypt("to"))).toBe("to");
    await secrets.close();
  });

  it("of a ring must be keys for Fernet", async () => {
    const secrets = createSecrets({
      provider: memoryProvider({ KEY: "forty-eight characters of a key for signing JWTs" }),
    });
    const ring = await keyRingFrom(secrets, { name: "ring", current: "KEY", parse: (secret) => secret.revealBytes() });
    expect(codeOf(() => fernetCipher({ keys: ring }))).toBe("ERR_CIPHER_INVALID_KEY");
    await secrets.close();
  });

  it("are the cipher's own: what the caller does to the bytes afterwards changes nothing", () => {
    const [current, previous] = [randomBytes(32), randomBytes(32)];
    const old = fernetCipher({ keys: [Uint8Array.from(previous)] }).encrypt("old");
    const keys: Uint8Array[] = [current, previous];
    const kept = Uint8Array.from(current);
    const own = fernetCipher({ keys });
    current.fill(0x41);
    previous.fill(0x42);
    keys.reverse().pop();
    expect(own.decrypt(old)).toBe("old");
    expect(fernetCipher({ keys: [kept] }).decrypt(own.encrypt("new"))).toBe("new");
    expect(own.status().map(({ state }) => state)).toEqual(["current", "previous"]);
  });

  it.each([
    ["empty", ""],
    ["blank", " \n"],
    ["empty bytes", new Uint8Array(0)],
    ["blank bytes", Buffer.from(" \t\n")],
    ["an empty secret", fakeSecret("")],
  ])("%s: an error in the first place, absent after it", (_what, blank) => {
    expect(codeOf(() => fernetCipher({ keys: [blank] }))).toBe("ERR_CIPHER_INVALID_KEY");
    expect(codeOf(() => fernetCipher({ keys: [blank, key] }))).toBe("ERR_CIPHER_INVALID_KEY");
    const with0 = fernetCipher({ keys: [key, blank, generateFernetKey(), blank] });
    expect(with0.status().map(({ state }) => state)).toEqual(["current", "previous"]);
  });

  it("cannot be an empty list, or one key outside of a list", () => {
    for (const keys of [[], key, bytesOf(key), fakeSecret(key), {}]) {
      expect(codeOf(() => fernetCipher({ keys: keys as KeySource }))).toBe("ERR_CIPHER_INVALID_KEY");
    }
  });

  it("that are previous open and do not encrypt, in any order", () => {
    const old = [generateFernetKey(), generateFernetKey(), generateFernetKey()];
    const tokens = old.map((each) => fernetCipher({ keys: [each] }).encrypt(each.slice(0, 5)));
    const onlyOld = fernetCipher({ keys: old });
    for (const keys of [
      [key, ...old],
      [key, ...old.toReversed()],
    ]) {
      const many = fernetCipher({ keys });
      expect(tokens.map((token) => many.decrypt(token))).toEqual(old.map((each) => each.slice(0, 5)));
      for (let round = 0; round < 20; round += 1) {
        const token = many.encrypt("new");
        expect(cipher.decrypt(token)).toBe("new");
        expect(codeOf(() => onlyOld.decrypt(token))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
      }
    }
  });
});

describe("status", () => {
  const [current, previous] = [generateFernetKey(), generateFernetKey()];
  const states = (of: Cipher) => of.status().map(({ keyId: id, uses, lastUsedAt }) => [id, uses, lastUsedAt]);

  it("names keys by id and state, and what may be removed, and holds nothing else", () => {
    expect(fernetCipher({ keys: [current, previous] }).status()).toEqual([
      {
        keyId: idOf(current),
        state: "current",
        uses: 0,
        safeToRemove: false,
        because: "it encrypts what is written now",
      },
      {
        keyId: idOf(previous),
        state: "previous",
        uses: 0,
        safeToRemove: "unknown",
        because: "only an audit of the stored rows can show that none needs it",
      },
    ]);
  });

  it("counts what each key sealed or opened, and when last", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
    const old = fernetCipher({ keys: [previous] }).encrypt("old");
    const both = fernetCipher({ keys: [current, previous] });
    const token = both.encrypt("new");
    vi.setSystemTime(2_000_000);
    both.decrypt(old);
    both.decryptBytes(old);
    expect(states(both)).toEqual([
      [idOf(current), 1, new Date(1_000_000)],
      [idOf(previous), 2, new Date(2_000_000)],
    ]);
    vi.setSystemTime(3_000_000);
    both.rotate(old);
    both.rotate(token);
    expect(states(both)).toEqual([
      [idOf(current), 3, new Date(3_000_000)],
      [idOf(previous), 3, new Date(3_000_000)],
    ]);
  });

  it("counts nothing that failed, was refused, or needed no key", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000_000 });
    const both = fernetCipher({ keys: [current, previous], ttlSeconds: 10 });
    const foreign = cipher.encrypt("hello");
    const expired = handMadeToken({ key: previous, blocks: pkcs7(Buffer.from("x")), seconds: 1n });
    const padding = handMadeToken({ key: previous, blocks: Buffer.alloc(16), seconds: 1_000_000n });
    for (const token of ["", foreign, expired, padding]) {
      expect(() => both.decrypt(token)).toThrow(CipherError);
      if (token !== expired) expect(() => both.rotate(token)).toThrow(CipherError);
    }
    expect(() => both.encrypt(foreign)).toThrow(CipherError);
    both.identify(expired);
    expect(states(both)).toEqual([
      [idOf(current), 0, undefined],
      [idOf(previous), 0, undefined],
    ]);
  });

  it("gives each caller its own copy", () => {
    const own = fernetCipher({ keys: [current] });
    const before = own.status();
    own.encrypt("x");
    expect(before[0]?.uses).toBe(0);
    expect(own.status()[0]?.uses).toBe(1);
  });
});
