import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { noteEngine, sharedVectors } from "@qarion-testing/support";
import fernet from "fernet";
import { beforeAll, describe, expect, it } from "vitest";
import { fernetCipher, generateFernetKey } from "../src/index.js";
import { codeOf } from "./code-of.js";
import { base64url, bytesOf, handMadeToken } from "./hand-made-token.js";

const { version } = createRequire(import.meta.url)("fernet/package.json") as { version: string };
const key = generateFernetKey();
const cipher = fernetCipher({ keys: [key] });

/** Without a time to live, since its own default is one of 60 s. */
const npmFernetOpens = (token: string, secret = key) =>
  new fernet.Token({ secret: new fernet.Secret(secret), token, ttl: 0 }).decode();
const npmFernetSeals = (message: string) => new fernet.Token({ secret: new fernet.Secret(key) }).encode(message);

const texts = [
  "hello",
  "x".repeat(15),
  "x".repeat(16),
  "x".repeat(17),
  "postgres://u:p@h:5432/db?a=b&c",
  "żółć 漢字 🔑 👩‍👩‍👧",
  "\0\ufeff\r\n",
];

beforeAll(() => noteEngine(`npm fernet ${version}`));

describe("npm fernet", () => {
  it.each(texts)("opens what we seal, and we open what it seals: %j", (text) => {
    expect(npmFernetOpens(cipher.encrypt(text))).toBe(text);
    expect(cipher.decrypt(npmFernetSeals(text))).toBe(text);
  });

  it("opens what we rotated, and we rotate what it sealed", () => {
    const both = fernetCipher({ keys: [generateFernetKey(), key] });
    expect(both.decrypt(both.rotate(npmFernetSeals("hello")).ciphertext)).toBe("hello");
    const back = fernetCipher({ keys: [key, generateFernetKey()] });
    const foreign = fernetCipher({ keys: [generateFernetKey()] });
    expect(npmFernetOpens(back.rotate(back.encrypt("hello")).ciphertext)).toBe("hello");
    expect(() => npmFernetOpens(foreign.encrypt("hello"))).toThrow("HMAC");
  });

  it("reads the time that we write", () => {
    const token = new fernet.Token({ secret: new fernet.Secret(key), token: cipher.encrypt("hello"), ttl: 60 });
    expect(token.decode()).toBe("hello");
  });
});

describe("what npm fernet 0.4.0 accepts and this cipher must not", () => {
  it("is tested against that version", () => {
    expect(version).toBe("0.4.0");
  });

  const file = sharedVectors("fernet/invalid.json");
  const vectors =
    file === undefined
      ? []
      : (JSON.parse(readFileSync(file, "utf8")) as { desc: string; token: string; secret: string }[]);
  it.skipIf(file === undefined).each([
    ["payload size not multiple of block size", ""],
    ["payload padding error", "\u0010"],
    ["incorrect IV (causes padding error)", ""],
  ])("three of the specification's invalid tokens, read from ../shared/vectors/fernet: %s", (desc, accepted) => {
    const vector = vectors.find((each) => each.desc === desc);
    if (!vector) return expect.unreachable();
    expect(npmFernetOpens(vector.token, vector.secret)).toBe(accepted);
    expect(codeOf(() => fernetCipher({ keys: [vector.secret] }).decrypt(vector.token))).toBe("ERR_CIPHER_MALFORMED");
  });

  it("wrong padding under a valid MAC", () => {
    const token = handMadeToken({ key, blocks: Buffer.concat([Buffer.from("fifteen letters"), Buffer.of(0)]) });
    expect(npmFernetOpens(token)).toBe("fifteen letters\0");
    expect(codeOf(() => cipher.decrypt(token))).toBe("ERR_CIPHER_MALFORMED");
  });

  it("other texts of one token: the standard alphabet, white space, quotes, junk, wrong padding, a tail", () => {
    const token =
      Array.from({ length: 1_000 }, () => cipher.encrypt("hello")).find((each) => /-.*_|_.*-/.test(each)) ?? "";
    const last = token.indexOf("=") - 1;
    const bumped = token.slice(0, last) + String.fromCharCode(token.charCodeAt(last) + 1) + token.slice(last + 1);
    const variants = [
      token.replaceAll("-", "+").replaceAll("_", "/"),
      `${token}\n`,
      ` ${token}`,
      `"${token}"`,
      `${token.slice(0, 30)}!*${token.slice(30)}`,
      token.replaceAll("=", ""),
      `${token}==`,
      `${token}AAAA`,
      bumped,
    ];
    for (const variant of variants) {
      expect(npmFernetOpens(variant)).toBe("hello");
      expect(codeOf(() => cipher.decrypt(variant))).toBe("ERR_CIPHER_MALFORMED");
    }
  });

  it("a constant IV: it gives up randomness when it is told to use another", () => {
    const secret = new fernet.Secret(key);
    const iv = Array.from({ length: 16 }, () => 9);
    const [one, two] = [0, 1].map(() => bytesOf(new fernet.Token({ secret, iv }).encode("hello")).subarray(9, 25));
    expect(base64url(one ?? Buffer.alloc(0))).toBe(base64url(Buffer.from([...Array(16).keys()])));
    expect(two).toEqual(one);
  });
});
