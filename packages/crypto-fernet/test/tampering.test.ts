import { randomBytes } from "node:crypto";
import { CipherError } from "@qarion/secrets-core/keys";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fernetCipher, generateFernetKey } from "../src/index.js";
import { codeOf } from "./code-of.js";
import { base64url, bytesOf, handMadeToken } from "./hand-made-token.js";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const strange = [..."+/=.,!%\"'` \t\r\n\v\f\0", "\u00a0", "\ufeff", "\u2028", "Ａ", "А", "é", "\ud83d", "🔑"];

const key = generateFernetKey();
const cipher = fernetCipher({ keys: [generateFernetKey(), key, generateFernetKey()] });
const seal = (plaintext: string) => fernetCipher({ keys: [key] }).encrypt(plaintext);
/** One token with two signs of padding, one with one, one with none. */
const tokens = ["x".repeat(5), "x".repeat(20), "x".repeat(40)].map(seal);

/** The verdict on a text, which every operation must share. */
function verdictOn(text: string): string {
  const verdicts = [
    codeOf(() => cipher.decrypt(text)),
    codeOf(() => cipher.decryptBytes(text)),
    codeOf(() => cipher.rotate(text)),
  ];
  expect(new Set(verdicts).size).toBe(1);
  return verdicts[0] ?? "";
}

/** For alterations by the thousand: only that none of them is accepted, and by which codes. */
function codesOf(texts: Iterable<string>): Set<string> {
  const codes = new Set<string>();
  for (const text of texts) codes.add(codeOf(() => cipher.decryptBytes(text)));
  return codes;
}

const refusals = new Set(["ERR_CIPHER_MALFORMED", "ERR_CIPHER_AUTHENTICATION_FAILED"]);

describe("a token that was altered is refused:", () => {
  it("the tokens here are good, and of every length of padding", () => {
    expect(tokens.map((token) => token.replace(/[^=]/g, ""))).toEqual(["==", "=", ""]);
    expect(tokens.map(verdictOn)).toEqual(["accepted", "accepted", "accepted"]);
  });

  it("every bit of every byte, flipped", () => {
    for (const token of tokens) {
      const bytes = bytesOf(token);
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const { seconds, version } = { seconds: flipped.readBigUInt64BE(1), version: flipped[0] };
        const malformed = version !== 0x80 || seconds > 8_640_000_000_000n;
        expect(codeOf(() => cipher.decrypt(base64url(flipped)))).toBe(
          malformed ? "ERR_CIPHER_MALFORMED" : "ERR_CIPHER_AUTHENTICATION_FAILED",
        );
      }
    }
  });

  it("every truncation of its text, from either end", () => {
    for (const token of tokens) {
      const cuts = [...token].flatMap((_, at) => [token.slice(0, at), token.slice(at + 1)]);
      for (const cut of cuts) expect(refusals).toContain(codeOf(() => cipher.decryptBytes(cut)));
    }
  });

  it("every truncation of its bytes, from either end: only whole blocks get as far as the MAC", () => {
    for (const token of tokens) {
      const bytes = bytesOf(token);
      for (let length = 0; length < bytes.length; length += 1) {
        const isWhole = length >= 73 && (length - 57) % 16 === 0;
        expect(codeOf(() => cipher.decrypt(base64url(bytes.subarray(0, length))))).toBe(
          isWhole ? "ERR_CIPHER_AUTHENTICATION_FAILED" : "ERR_CIPHER_MALFORMED",
        );
        expect(refusals).toContain(codeOf(() => cipher.decrypt(base64url(bytes.subarray(bytes.length - length)))));
      }
    }
  });

  it("every character appended, put in front or put in", () => {
    for (const token of tokens) {
      for (const character of [...alphabet, ...strange]) {
        expect(codesOf([token + character, character + token])).toEqual(new Set(["ERR_CIPHER_MALFORMED"]));
        const middle = token.length >> 1;
        expect(codesOf([token.slice(0, middle) + character + token.slice(middle)])).toEqual(
          new Set(["ERR_CIPHER_MALFORMED"]),
        );
      }
    }
  });

  it("every character replaced by every other", () => {
    for (const token of tokens) {
      for (let at = 0; at < token.length; at += 1) {
        const replaced = (characters: readonly string[]) =>
          characters
            .filter((each) => each !== token[at])
            .map((each) => token.slice(0, at) + each + token.slice(at + 1));
        for (const code of codesOf(replaced([...alphabet]))) expect(refusals).toContain(code);
        expect(codesOf(replaced(strange))).toEqual(new Set(["ERR_CIPHER_MALFORMED"]));
      }
    }
  }, 60_000);

  it("blocks and fields taken from another token of the same key", () => {
    const [one, two] = [bytesOf(seal("x".repeat(40))), bytesOf(seal("y".repeat(40)))];
    const fields: [number, number][] = [
      [1, 9],
      [9, 25],
      [25, 41],
      [41, 57],
      [57, 73],
      [73, 105],
    ];
    for (const [from, to] of fields) {
      const mixed = Buffer.concat([one.subarray(0, from), two.subarray(from, to), one.subarray(to)]);
      const same = mixed.equals(one); // made within one second, the times are equal
      expect(verdictOn(base64url(mixed))).toBe(same ? "accepted" : "ERR_CIPHER_AUTHENTICATION_FAILED");
    }
  });
});

describe("a token has one text, and any other is malformed:", () => {
  const [two = "", one = "", none = ""] = tokens;

  it("unused last bits that are set, though they decode to the same bytes", () => {
    const variants = [
      { token: two, spare: 4 },
      { token: one, spare: 2 },
    ].flatMap(({ token, spare }) => {
      const at = token.indexOf("=") - 1;
      const last = alphabet.indexOf(token[at] ?? "");
      return Array.from(
        { length: 2 ** spare - 1 },
        (_, bits) => token.slice(0, at) + alphabet[last + bits + 1] + token.slice(at + 1),
      );
    });
    expect(variants).toHaveLength(15 + 3);
    for (const variant of variants) {
      expect(tokens.map(base64Bytes)).toContainEqual(base64Bytes(variant));
      expect(verdictOn(variant)).toBe("ERR_CIPHER_MALFORMED");
    }
  });

  it("padding left out, cut, doubled, escaped or put where none belongs", () => {
    const variants = [
      two.replace("==", ""),
      two.replace("==", "="),
      `${two}=`,
      `${two}==`,
      two.replace("==", "%3D%3D"),
      two.replace("==", "=\n="),
      one.replace("=", ""),
      `${one}=`,
      `${none}=`,
      `${none}==`,
      `${none}====`,
      `=${two}`,
    ];
    for (const variant of variants) expect(verdictOn(variant)).toBe("ERR_CIPHER_MALFORMED");
  });

  it("the standard alphabet of base64, wholly or in one character", () => {
    const token = Array.from({ length: 1_000 }, () => seal("hello")).find((each) => /-.*_|_.*-/.test(each)) ?? "";
    expect(verdictOn(token)).toBe("accepted");
    for (const variant of [
      token.replaceAll("-", "+").replaceAll("_", "/"),
      token.replace("-", "+"),
      token.replace("_", "/"),
    ]) {
      expect(base64Bytes(variant)).toEqual(base64Bytes(token));
      expect(verdictOn(variant)).toBe("ERR_CIPHER_MALFORMED");
    }
  });

  it("white space, line ends, quotes and brackets around it or within", () => {
    const wrap = (text: string) => [
      `${text}\n`,
      `${text}\r\n`,
      `\n${text}`,
      ` ${text}`,
      `${text}\t`,
      `\ufeff${text}`,
      `"${text}"`,
      `'${text}'`,
      `\`${text}\``,
      `b'${text}'`,
      `${text}\0`,
      text.replace(/(.{64})/, "$1\n"),
      text.replace(/(.{76})/, "$1\r\n"),
    ];
    for (const variant of tokens.flatMap(wrap)) {
      expect(tokens).not.toContain(variant);
      expect(verdictOn(variant)).toBe("ERR_CIPHER_MALFORMED");
    }
  });

  it("other texts that are no token at all", () => {
    const texts = [
      "",
      " ",
      "gAAAAA",
      "gAAAA",
      "=",
      "hello",
      "null",
      "qs1.A256GCM.x.y",
      "a".repeat(100),
      key,
      `${one}${one}`,
    ];
    for (const text of texts) expect(verdictOn(text)).toBe("ERR_CIPHER_MALFORMED");
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => verdictOn(text) === "ERR_CIPHER_MALFORMED"));
  });

  it("what is not a string, however it might turn into one", () => {
    const values: unknown[] = [
      undefined,
      null,
      0,
      true,
      {},
      [two],
      Buffer.from(two),
      new String(two),
      { toString: () => two },
    ];
    for (const value of values) {
      expect(verdictOn(value as string)).toBe("ERR_CIPHER_MALFORMED");
      expect(cipher.identify(value as string)).toBeUndefined();
    }
  });
});

describe("the wrong key", () => {
  it("never opens a token and never gives garbage: 1,000 of them", () => {
    const token = seal("not for everyone");
    for (let round = 0; round < 1_000; round += 1) {
      const wrong = fernetCipher({ keys: [randomBytes(32)] });
      expect(codeOf(() => wrong.decryptBytes(token))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
    }
  });

  it("is no more right for having the half that encrypts", () => {
    const half = Buffer.concat([randomBytes(16), bytesOf(key).subarray(16)]);
    expect(codeOf(() => fernetCipher({ keys: [half] }).decrypt(seal("x")))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
  });

  it("is not told from an altered token", () => {
    const errors = [
      () => fernetCipher({ keys: [generateFernetKey()] }).decrypt(tokens[0] ?? ""),
      () => cipher.decrypt(base64url(bytesOf(tokens[0] ?? "").fill(0, 60))),
    ].map((attempt) => {
      try {
        return attempt();
      } catch (error) {
        return CipherError.is(error) ? { ...error, message: error.message } : error;
      }
    });
    expect(errors[0]).toEqual(errors[1]);
    expect(errors[0]).toMatchObject({ code: "ERR_CIPHER_AUTHENTICATION_FAILED" });
  });
});

describe("the MAC comes before the padding", () => {
  const wrongPaddings = [
    Buffer.alloc(16),
    Buffer.alloc(16, 17),
    Buffer.alloc(16, 255),
    Buffer.concat([Buffer.alloc(14, 1), Buffer.of(1, 2)]),
    Buffer.concat([Buffer.of(15), Buffer.alloc(15, 16)]),
  ];

  it("wrong padding under a valid MAC is malformed", () => {
    for (const blocks of wrongPaddings) expect(verdictOn(handMadeToken({ key, blocks }))).toBe("ERR_CIPHER_MALFORMED");
  });

  it("wrong padding under another key's MAC is only not authentic: no oracle for who has no key", () => {
    for (const blocks of wrongPaddings) {
      const foreign = handMadeToken({ key: generateFernetKey(), blocks });
      expect(verdictOn(foreign)).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
      const bytes = bytesOf(handMadeToken({ key, blocks }));
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      expect(verdictOn(base64url(bytes))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
    }
  });

  it("the last byte of an IV or block, altered through all its values, tells nothing of the padding", () => {
    const bytes = bytesOf(seal("x"));
    for (const at of [24, 40]) {
      for (let change = 1; change < 256; change += 1) {
        const altered = Buffer.from(bytes);
        altered[at] = (altered[at] ?? 0) ^ change;
        expect(codeOf(() => cipher.decrypt(base64url(altered)))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
      }
    }
  });
});

function base64Bytes(text: string): string {
  return bytesOf(text).toString("hex");
}
