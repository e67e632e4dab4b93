import type { Cipher } from "@qarion/secrets-core/keys";
import { expectBytes, refusal, refusedByAll, refusedWith } from "../cipher-trial.js";
import { holds } from "../outcome.js";
import type { CipherTest } from "./cipher-test.js";

const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const mostPositions = 200;

/** A character with each of its bits flipped: as base64url, as a hexadecimal digit, as ASCII. */
function flipped(character: string): ReadonlySet<string> {
  const variants = new Set<string>();
  const at = base64url.indexOf(character);
  if (at >= 0) for (let bit = 1; bit < 64; bit *= 2) variants.add(base64url[at ^ bit] ?? "");
  const digit = Number.parseInt(character, 16);
  if (!Number.isNaN(digit)) for (let bit = 1; bit < 16; bit *= 2) variants.add((digit ^ bit).toString(16));
  for (let bit = 1; bit < 128; bit *= 2) variants.add(String.fromCharCode(character.charCodeAt(0) ^ bit));
  variants.delete(character);
  return variants;
}

/** All positions of a short text; of a long one as many, both ends included. */
function positions(text: string): readonly number[] {
  if (text.length <= mostPositions) return Array.from(text, (_, at) => at);
  const step = (text.length - 1) / (mostPositions - 1);
  return Array.from({ length: mostPositions }, (_, index) => Math.round(index * step));
}

function waysToOpen(cipher: Cipher): readonly ((ciphertext: string) => unknown)[] {
  return [(text) => cipher.decrypt(text), (text) => cipher.decryptBytes(text), (text) => cipher.rotate(text)];
}

export const decryptTests = {
  "decrypt: any changed character is refused": {
    run({ current, previous }) {
      for (const plaintext of ["", "a value of forty-one characters, like a URL", "x".repeat(1_000)]) {
        const ciphertext = current.encrypt(plaintext);
        for (const at of positions(ciphertext)) {
          for (const variant of flipped(ciphertext[at] ?? "")) {
            const changed = ciphertext.slice(0, at) + variant + ciphertext.slice(at + 1);
            const what = `a ciphertext with character ${at + 1} of ${ciphertext.length} changed`;
            refusal(what, () => current.decryptBytes(changed));
            if (variant === "A") refusedByAll(what, previous, changed);
          }
        }
      }
      const [one, two] = [current.encrypt("1".repeat(48)), current.encrypt("2".repeat(48))];
      for (let at = 16; at < Math.min(one.length, two.length) - 16; at += 16) {
        const spliced = one.slice(0, at) + two.slice(at);
        if (spliced !== one && spliced !== two) refusedByAll("a ciphertext spliced of two", current, spliced);
      }
    },
  },

  "decrypt: a shortened text is refused": {
    run({ current }) {
      for (const plaintext of ["", "a value of forty-one characters, like a URL"]) {
        const ciphertext = current.encrypt(plaintext);
        for (let length = 0; length < ciphertext.length; length += 1) {
          refusedByAll(`a ciphertext cut after ${length} characters`, current, ciphertext.slice(0, length));
          refusedByAll(
            `a ciphertext without its first ${length + 1} characters`,
            current,
            ciphertext.slice(length + 1),
          );
        }
        for (let at = 1; at < ciphertext.length - 1; at += 1) {
          const text = ciphertext.slice(0, at) + ciphertext.slice(at + 1);
          if (text !== ciphertext) refusal("a ciphertext without one character", () => current.decryptBytes(text));
        }
      }
    },
  },

  "decrypt: a lengthened text is refused": {
    run({ current }) {
      const ciphertext = current.encrypt("a value");
      const ends = [..."A-_=+/. \n\t\0", "\r\n", "==", "AAAA", "A".repeat(16), "%3D", ciphertext, `.${ciphertext}`];
      for (const end of ends) {
        refusedByAll("a ciphertext with something appended", current, ciphertext + end);
        refusedByAll("a ciphertext with something in front", current, end + ciphertext);
      }
      for (const quote of ['"', "'", "`"]) refusedByAll("a ciphertext in quotes", current, quote + ciphertext + quote);
      for (let at = 1; at < ciphertext.length; at += 1) {
        for (const inserted of "A\n ") {
          const text = ciphertext.slice(0, at) + inserted + ciphertext.slice(at);
          refusal("a ciphertext with something put in", () => current.decryptBytes(text));
        }
      }
    },
  },

  "decrypt: what is no ciphertext is malformed, and never plaintext": {
    run({ current }) {
      const texts = [
        "",
        " ",
        "hello",
        "postgres://app@db/app",
        "null",
        "gAAAA",
        "qs1.",
        "{}",
        "====",
        "a".repeat(100),
        "\0",
        "🔑",
      ];
      for (const text of texts) {
        for (const open of waysToOpen(current)) {
          refusedWith(["ERR_CIPHER_MALFORMED"], "a text that is no ciphertext", () => open(text));
        }
      }
    },
  },

  "decrypt: what is no string is refused": {
    run({ current }) {
      const ciphertext = current.encrypt("a value");
      const bytes = Buffer.from(ciphertext);
      const disguised = [bytes, new String(ciphertext), [ciphertext], { toString: () => ciphertext }];
      for (const value of [undefined, null, 42, true, {}, Symbol("x"), ...disguised] as readonly unknown[]) {
        for (const open of waysToOpen(current)) {
          const what = `${typeof value} given as ciphertext`;
          refusedWith(["ERR_CIPHER_MALFORMED"], what, () => open(value as string));
        }
      }
    },
  },

  "decrypt: bytes that are no UTF-8 are not handed out as text": {
    run({ current }) {
      const samples = [
        Uint8Array.of(0xff),
        Uint8Array.of(0x61, 0xc3),
        Uint8Array.of(0xed, 0xa0, 0x80),
        Uint8Array.of(0xc0, 0x80),
      ];
      for (const bytes of samples) {
        const ciphertext = current.encrypt(bytes);
        refusedWith(["ERR_CIPHER_MALFORMED"], "decrypt() of bytes that are no text", () => current.decrypt(ciphertext));
        expectBytes(current.decryptBytes(ciphertext), bytes, "bytes that are no text");
      }
    },
  },

  "decrypt: the bytes handed out are nobody else's": {
    run({ current }) {
      const plaintext = Uint8Array.from({ length: 40 }, (_, at) => at);
      const ciphertext = current.encrypt(plaintext);
      holds(
        plaintext.every((byte, at) => byte === at),
        "encrypt() changed the bytes that it was given",
      );
      const expected = Uint8Array.from(plaintext);
      plaintext.fill(1);
      current.decryptBytes(ciphertext).fill(2);
      expectBytes(current.decryptBytes(ciphertext), expected, "after the bytes handed out first were overwritten");
    },
  },
} satisfies Record<string, CipherTest>;
