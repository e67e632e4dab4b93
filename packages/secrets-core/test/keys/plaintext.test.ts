import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fakeSecret } from "../../src/index.js";
import { CipherError, claimsToBeCiphertext, plaintextBytes, plaintextText } from "../../src/keys/index.js";

/** The `CipherError` that `attempt` throws; `undefined` when it throws none. */
function refusalOf(attempt: () => unknown): CipherError | undefined {
  try {
    attempt();
  } catch (error) {
    if (CipherError.is(error)) return error;
    throw error;
  }
  return undefined;
}

const token = `gAAAAABq${"Ab-_".repeat(20)}`;

describe("plaintextBytes", () => {
  it("gives the UTF-8 bytes of a text", () => {
    for (const text of ["", "hello", "żółć 漢字 🔑", "e\u0301", "\0", "\ufeffmarked", "\u{10ffff}", "a\r\nb"]) {
      expect(plaintextBytes(text)).toEqual(Buffer.from(new TextEncoder().encode(text)));
    }
  });

  it("gives bytes as they are", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(Uint8Array.from(plaintextBytes(bytes))).toEqual(bytes);
      }),
    );
  });

  it("takes a view of something larger for what it shows, and leaves it as it was", () => {
    const larger = new Uint8Array(Buffer.from("<<hello>>"));
    expect(plaintextBytes(larger.subarray(2, 7)).toString()).toBe("hello");
    expect(Buffer.from(larger).toString()).toBe("<<hello>>");
  });

  it("refuses half of a surrogate pair, wherever it stands: UTF-8 cannot hold it", () => {
    for (const text of ["\ud83d", "\udd11", "a\ud83d", "\ud83da", "\udd11\ud83d", `${"🔑".repeat(1_000)}\ud83d`]) {
      const error = refusalOf(() => plaintextBytes(text));
      expect(error?.code).toBe("ERR_CIPHER_PLAINTEXT");
      expect(error?.hint).toBe("The text has half of a surrogate pair, which UTF-8 cannot hold.");
    }
  });

  it("refuses exactly the text that would not come back from UTF-8, or that claims to be a ciphertext", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
        (text) => {
          const comesBack = Buffer.from(text, "utf8").toString("utf8") === text;
          const refused = refusalOf(() => plaintextBytes(text)) !== undefined;
          expect(refused).toBe(!comesBack || claimsToBeCiphertext(text));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a number", 5],
    ["a boolean", true],
    ["a bigint", 5n],
    ["a symbol", Symbol("text")],
    ["an object that turns into text", { toString: () => "text" }],
    ["a String object", new String("text")],
    ["a list of bytes", [1, 2, 3]],
    ["an ArrayBuffer", new ArrayBuffer(4)],
    ["16-bit units", new Uint16Array(4)],
    ["a secret", fakeSecret("text")],
  ])("refuses %s", (_what, value) => {
    const error = refusalOf(() => plaintextBytes(value as string));
    expect(error?.code).toBe("ERR_CIPHER_PLAINTEXT");
    expect(error?.hint).toBe("A plaintext is a string or a Uint8Array.");
  });

  it.each([
    ["a Fernet token", token],
    ["its mark alone", "gAAAA"],
    ["a truncated token", token.slice(0, 12)],
    ["a damaged token", `${token.slice(0, 20)}!!`],
    ["a token in double quotes", `"${token}"`],
    ["a token in single quotes", `'${token}'`],
    ["a token in backquotes", `\`${token}\``],
    ["an open quote", `"${token}`],
    ["a token after a byte order mark", `\ufeff${token}`],
    ["a token after a no-break space", `\u00a0${token}`],
    ["an indented token", `  \t${token}`],
    ["a token on a later line", `\r\n\n${token}\n`],
    ["a quoted, indented, quoted token", ` " ' ${token}`],
    ["an AES-256-GCM ciphertext", "qs1.A256GCM.kid.payload"],
    ["one of a format to come", "qs7."],
    ["one in quotes", ' "qs1.A256GCM.kid.payload"'],
  ])("refuses %s, as text and as bytes", (_what, text) => {
    for (const plaintext of [text, Buffer.from(text), new TextEncoder().encode(text)]) {
      const error = refusalOf(() => plaintextBytes(plaintext));
      expect(error?.code).toBe("ERR_CIPHER_PLAINTEXT");
      expect(error?.hint).toBe("This is a ciphertext already: decrypt it first, or use rotate.");
    }
  });

  it("says the same of a text and of its bytes", () => {
    const opening = fc.string({
      unit: fc.constantFrom(" ", "\t", "\r", "\n", "\v", "\f", '"', "'", "`", "\ufeff", "\u00a0", "\u2003"),
      maxLength: 20,
    });
    const mark = fc.constantFrom("gAAAA", "gAAA", "qs1.", "qs.", "qsA.", "GAAAA", "Q", "");
    fc.assert(
      fc.property(opening, mark, fc.string({ unit: "grapheme" }), (before, marked, after) => {
        const text = before + marked + after;
        const codes = [text, Buffer.from(text)].map((each) => refusalOf(() => plaintextBytes(each))?.code);
        expect(codes[1]).toBe(codes[0]);
        expect(codes[0] === "ERR_CIPHER_PLAINTEXT").toBe(claimsToBeCiphertext(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes what only mentions a ciphertext, or nearly begins like one", () => {
    for (const text of [
      `token=${token}`,
      "gAAA",
      "gaaaa",
      "qs.",
      "qsx.",
      "qs1",
      "qs12.",
      "QS1.x",
      "a gAAAA",
      "-gAAAA",
    ]) {
      expect(plaintextBytes(text).toString()).toBe(text);
      expect(plaintextBytes(Buffer.from(text)).toString()).toBe(text);
    }
  });

  it("tells nothing of what it refuses", () => {
    const canary = "canary-7f3a91c2";
    const values: unknown[] = [
      `gAAAA${canary}`,
      Buffer.from(`gAAAA${canary}`),
      `${canary}\ud83d`,
      [canary],
      { canary },
    ];
    for (const value of values) {
      const error = refusalOf(() => plaintextBytes(value as string));
      expect(error).toBeDefined();
      const shown = [error?.stack, JSON.stringify(error), inspect(error, { showHidden: true, depth: null })].join("\n");
      expect(shown).not.toContain("canary-");
      expect(error?.cause).toBeUndefined();
    }
  });
});

describe("plaintextText", () => {
  it("gives back every text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(plaintextText(Buffer.from(text))).toBe(text);
        expect(plaintextText(new TextEncoder().encode(text))).toBe(text);
      }),
    );
  });

  it("keeps a byte order mark, NUL and line ends", () => {
    for (const text of ["\ufeffmarked", "\0", "a\r\nb\n", ""]) expect(plaintextText(Buffer.from(text))).toBe(text);
  });

  it("takes a view of something larger for what it shows", () => {
    const larger = Buffer.from([0xff, 0x68, 0x69, 0xff]);
    expect(plaintextText(new Uint8Array(larger).subarray(1, 3))).toBe("hi");
    expect(plaintextText(larger.subarray(1, 3))).toBe("hi");
  });

  it("gives back a text that looks like a ciphertext: what others encrypted twice must be readable", () => {
    expect(plaintextText(Buffer.from(token))).toBe(token);
  });

  it.each([
    ["a byte that begins nothing", [0xff]],
    ["a byte that only continues", [0x80]],
    ["a sequence cut short", [0xe6, 0xbc]],
    ["an overlong form", [0xc0, 0xaf]],
    ["half of a surrogate pair", [0xed, 0xa0, 0x80]],
    ["more than Unicode has", [0xf4, 0x90, 0x80, 0x80]],
    ["text with one bad byte in it", [0x61, 0x62, 0xfe, 0x63]],
  ])("refuses what is not UTF-8 instead of replacing it: %s", (_what, bytes) => {
    const error = refusalOf(() => plaintextText(Uint8Array.from(bytes)));
    expect(error?.code).toBe("ERR_CIPHER_MALFORMED");
    expect(error?.hint).toBe("The plaintext is binary: use decryptBytes.");
  });

  it("agrees with a strict decoder on all bytes", () => {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), (bytes) => {
        let expected: string | undefined;
        try {
          expected = decoder.decode(bytes);
        } catch {
          expected = undefined;
        }
        let text: string | undefined;
        const refused = refusalOf(() => {
          text = plaintextText(bytes);
        });
        expect(text).toBe(expected);
        expect(refused === undefined).toBe(expected !== undefined);
      }),
      { numRuns: 2_000 },
    );
  });
});
