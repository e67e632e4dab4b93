import type { CipherContext, CipherErrorCode } from "@qarion/secrets-core/keys";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aesGcmCipher, generateAesKey } from "../src/index.js";
import { codeOf } from "./cipher-errors.js";

const [current, previous] = [generateAesKey(), generateAesKey()];
const cipher = aesGcmCipher({ keys: [current, previous] });
const context: CipherContext = { column: "connectors.credentials", row: "42" };
const text = cipher.encrypt("a value of 29 bytes, as it is", context);
const keyIdAt = "qs1.a256gcm.".length;
const bodyAt = keyIdAt + "AAAAAAAAAAAA.".length;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The code, after every way to read the text has given the same one. */
function refusal(tampered: string, given: CipherContext = context): CipherErrorCode {
  const code = codeOf(() => cipher.decryptBytes(tampered, given));
  expect(codeOf(() => cipher.decrypt(tampered, given))).toBe(code);
  expect(codeOf(() => cipher.rotate(tampered, given))).toBe(code);
  expect(cipher.identify(tampered) === undefined).toBe(code === "ERR_CIPHER_MALFORMED");
  return code;
}

const body = Buffer.from(text.slice(bodyAt), "base64url");
const withBody = (bytes: Uint8Array) => text.slice(0, bodyAt) + Buffer.from(bytes).toString("base64url");

describe("a ciphertext that was altered", () => {
  it("every bit of IV, ciphertext and tag is authenticated", () => {
    expect(body).toHaveLength(12 + 29 + 16);
    for (let bit = 0; bit < body.length * 8; bit += 1) {
      const flipped = Buffer.from(body);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(refusal(withBody(flipped))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
    }
  });

  it("every bit of every character of the text is held: prefix, algorithm, key id, dots, body", () => {
    for (let at = 0; at < text.length; at += 1) {
      for (let bit = 0; bit < 16; bit += 1) {
        const flipped = String.fromCharCode(text.charCodeAt(at) ^ (1 << bit));
        const tampered = text.slice(0, at) + flipped + text.slice(at + 1);
        const expected = !alphabet.includes(flipped)
          ? "ERR_CIPHER_MALFORMED"
          : at < keyIdAt || at === bodyAt - 1
            ? "ERR_CIPHER_MALFORMED"
            : at < bodyAt
              ? "ERR_CIPHER_KEY_UNKNOWN"
              : "ERR_CIPHER_AUTHENTICATION_FAILED";
        expect([at, bit, refusal(tampered)]).toEqual([at, bit, expected]);
      }
    }
  });

  it("every character of the body is held, replaced by any other", () => {
    for (let at = keyIdAt; at < text.length; at += 1) {
      if (at === bodyAt - 1) continue;
      for (const other of alphabet) {
        if (other === text[at]) continue;
        expect(refusal(text.slice(0, at) + other + text.slice(at + 1))).toBe(
          at < bodyAt ? "ERR_CIPHER_KEY_UNKNOWN" : "ERR_CIPHER_AUTHENTICATION_FAILED",
        );
      }
    }
  });

  it("of every length of plaintext, the bits that base64url leaves unused must be zero", () => {
    for (let length = 0; length < 12; length += 1) {
      const made = cipher.encrypt("x".repeat(length), context);
      const unused = [0, 4, 2][(length + 28) % 3] ?? 0;
      const last = alphabet.indexOf(made.at(-1) ?? "");
      expect(last % (1 << unused)).toBe(0);
      for (let added = 1; added < 1 << unused; added += 1) {
        expect(refusal(made.slice(0, -1) + alphabet[last + added])).toBe("ERR_CIPHER_MALFORMED");
      }
    }
  });

  it("is refused at every length that it was cut to, from either end", () => {
    for (let length = 0; length < text.length; length += 1) {
      const short = length < bodyAt + Math.ceil((28 * 4) / 3);
      const code = refusal(text.slice(0, length));
      if (short) expect([length, code]).toEqual([length, "ERR_CIPHER_MALFORMED"]);
      else expect(code).toMatch(/MALFORMED|AUTHENTICATION_FAILED/);
      expect(refusal(text.slice(text.length - length))).toBe("ERR_CIPHER_MALFORMED");
    }
  });

  it("is refused with the body cut by bytes: no short tag is accepted", () => {
    for (let length = 0; length < body.length; length += 1) {
      expect([length, refusal(withBody(body.subarray(0, length)))]).toEqual([
        length,
        length < 28 ? "ERR_CIPHER_MALFORMED" : "ERR_CIPHER_AUTHENTICATION_FAILED",
      ]);
    }
    const empty = cipher.encrypt("", context);
    for (let tagBytes = 0; tagBytes < 16; tagBytes += 1) {
      const bytes = Buffer.from(empty.slice(bodyAt), "base64url").subarray(0, 12 + tagBytes);
      expect(refusal(empty.slice(0, bodyAt) + bytes.toString("base64url"))).toBe("ERR_CIPHER_MALFORMED");
    }
  });

  it("is refused with bytes added before, after or inside", () => {
    for (const at of [0, 1, 11, 12, 13, 40, 41, body.length]) {
      for (const count of [1, 2, 3, 16]) {
        const longer = Buffer.concat([body.subarray(0, at), Buffer.alloc(count), body.subarray(at)]);
        expect(refusal(withBody(longer))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
      }
    }
  });

  it.each([
    ["a line end after", `${text}\n`],
    ["CRLF after", `${text}\r\n`],
    ["a space after", `${text} `],
    ["a space before", ` ${text}`],
    ["a byte order mark before", `\ufeff${text}`],
    ["a line end inside the body", `${text.slice(0, 40)}\n${text.slice(40)}`],
    ["a space inside the key id", `${text.slice(0, 15)} ${text.slice(15)}`],
    ["double quotes", `"${text}"`],
    ["single quotes", `'${text}'`],
    ["backticks", `\`${text}\``],
    ["padding of one", `${text}=`],
    ["padding of two", `${text}==`],
    ["a dot after", `${text}.`],
    ["a dot before", `.${text}`],
    ["a dot doubled", text.replace(".", "..")],
    ["a fifth part", `${text}.AAAA`],
    ["many parts", `${text}${".A".repeat(50)}`],
    ["the text twice", text + text],
    ["NUL after", `${text}\0`],
    ["a comment after", `${text}#comment`],
    ["a character that Node's decoder skips", `${text.slice(0, 40)}!${text.slice(40)}`],
    ["a letter that looks the same", text.replace("a", "\u0430")],
    ["full-width letters", text.replace("qs1", "\uff51\uff531")],
    ["another version", text.replace("qs1", "qs2")],
    ["no version", text.replace("qs1", "qs")],
    ["no prefix", text.slice(4)],
    ["another case", text.replace("qs1.a256gcm", "QS1.A256GCM")],
    ["another algorithm", text.replace("a256gcm", "a128gcm")],
    ["no algorithm", text.replace("a256gcm", "")],
    ["none for an algorithm", text.replace("a256gcm", "none")],
    ["no key id", `qs1.a256gcm..${text.slice(bodyAt)}`],
    ["a key id of 11 characters", text.slice(0, keyIdAt) + text.slice(keyIdAt + 1)],
    ["a key id of 13 characters", `${text.slice(0, keyIdAt)}A${text.slice(keyIdAt)}`],
    ["a label for a key id", `qs1.a256gcm.derived:NAME.${text.slice(bodyAt)}`],
    ["the standard alphabet", text.slice(0, bodyAt) + Buffer.alloc(57, 0xff).toString("base64")],
    ["another format", "gAAAAABnothing"],
    ["a plaintext", "a value"],
    ["a plaintext of four parts", "a.b.c.d"],
  ])("is refused as malformed: %s", (_, tampered) => {
    expect(tampered).not.toBe(text);
    expect(refusal(tampered)).toBe("ERR_CIPHER_MALFORMED");
  });

  it.each([
    ["undefined", undefined],
    ["null", null],
    ["a number", 1],
    ["bytes of it", Buffer.from(text)],
    ["a text object", new String(text)],
    ["an object that turns into it", { toString: () => text, split: () => text.split(".") }],
  ])("is refused as malformed: %s", (_, tampered) => {
    expect(refusal(tampered as string)).toBe("ERR_CIPHER_MALFORMED");
  });

  it("is refused with the parts of two ciphertexts mixed", () => {
    const other = Buffer.from(cipher.encrypt("another value of 29 bytes too", context).slice(bodyAt), "base64url");
    const parts = (bytes: Buffer) => [bytes.subarray(0, 12), bytes.subarray(12, -16), bytes.subarray(-16)] as const;
    for (let mask = 1; mask < 7; mask += 1) {
      const mixed = parts(body).map((part, index) => ((mask >> index) & 1 ? (parts(other)[index] as Buffer) : part));
      expect(refusal(withBody(Buffer.concat(mixed)))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
    }
  });

  it("a text that was renamed to another key of the ring does not open", () => {
    const id = cipher.status().map(({ keyId }) => keyId);
    expect(refusal(text.replace(id[0] ?? "", id[1] ?? ""))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
  });

  it("any text at all is refused with a CipherError, and never opens", () => {
    const near = fc.tuple(fc.nat(text.length), fc.nat(8), fc.string({ maxLength: 8 })).map(([at, cut, put]) => {
      return text.slice(0, at) + put + text.slice(at + cut);
    });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), near), (any) => {
        fc.pre(any !== text);
        expect(refusal(any)).toMatch(/^ERR_CIPHER_(MALFORMED|KEY_UNKNOWN|AUTHENTICATION_FAILED)$/);
      }),
      { numRuns: 1_000 },
    );
  });
});

it("what is wrong with the text is told before what is wrong with the keys, and the context before both", () => {
  const stranger = aesGcmCipher({ keys: [generateAesKey()] });
  expect(codeOf(() => stranger.decrypt(`${text}=`, context))).toBe("ERR_CIPHER_MALFORMED");
  expect(codeOf(() => stranger.decrypt(text, { column: "other" }))).toBe("ERR_CIPHER_KEY_UNKNOWN");
  expect(codeOf(() => stranger.decrypt("x", { "": "x" }))).toBe("ERR_CIPHER_CONTEXT");
});
