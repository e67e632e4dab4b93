import { expectBytes, refusedWith } from "../cipher-trial.js";
import { holds } from "../outcome.js";
import type { CipherTest } from "./cipher-test.js";

const texts: Readonly<Record<string, string>> = {
  word: "hunter2",
  url: "postgres://app:p%40ss@db.example.com:5432/app?sslmode=require",
  json: '{"a":"b"}',
  broken_json: '{"a":',
  spaces: "  around \t\r\n",
  nul: "a\0b",
  byte_order_mark: "\ufeffbom",
  unicode: "pässwörd 🔑 e\u0301 \u00e9 \u2028",
  base64: "c2VjcmV0IHZhbHVl",
  number: "0",
  word_null: "null",
};

/** Every length around the block size of the usual ciphers. */
const lengths = [0, 1, 2, 15, 16, 17, 31, 32, 33, 255, 256, 257];

export const encryptTests = {
  "encrypt: any text comes back as it was": {
    run({ current }) {
      const long = lengths.map((length) => ["x".repeat(length), `${length} characters`] as const);
      for (const [text, label] of [...Object.entries(texts).map(([label, text]) => [text, label] as const), ...long]) {
        const ciphertext: unknown = current.encrypt(text);
        holds(typeof ciphertext === "string", "encrypt() gave no string");
        holds(current.decrypt(ciphertext) === text, `another text came back (kind "${label}")`);
        expectBytes(current.decryptBytes(ciphertext), Buffer.from(text), `the text of the kind "${label}"`);
      }
    },
  },

  "encrypt: an empty plaintext is encrypted like any other": {
    run({ current, previous, other }) {
      for (const empty of ["", new Uint8Array(0)]) {
        const ciphertext = current.encrypt(empty);
        holds(ciphertext !== "", "an empty plaintext gave an empty ciphertext");
        holds(current.identify(ciphertext) !== undefined, "the ciphertext of an empty plaintext is not recognised");
        holds(current.decrypt(ciphertext) === "", "an empty plaintext came back as something else");
        const rotated = previous.rotate(ciphertext).ciphertext;
        holds(other.decrypt(rotated) === "", "a rotated empty plaintext came back as something else");
        refusedWith(wrongKey, "the ciphertext of an empty plaintext, with another key,", () =>
          other.decrypt(ciphertext),
        );
      }
    },
  },

  "encrypt: any bytes come back as they were": {
    run({ current }) {
      const every = Uint8Array.from({ length: 512 }, (_, at) => (at < 256 ? at : 511 - at));
      for (const bytes of [every, Uint8Array.of(0), Uint8Array.of(0xff, 0xfe, 0x80), Buffer.from([0, 0, 16, 16])]) {
        expectBytes(current.decryptBytes(current.encrypt(bytes)), bytes, "bytes");
        const view = new Uint8Array(bytes.length + 8).subarray(4, 4 + bytes.length);
        view.set(bytes);
        expectBytes(current.decryptBytes(current.encrypt(view)), bytes, "bytes of a view into other memory");
      }
    },
  },

  "encrypt: 1 MiB comes back whole": {
    run({ current }) {
      const bytes = Uint8Array.from({ length: 1_048_576 }, (_, at) => (at * 31 + (at >> 8)) & 0xff);
      expectBytes(current.decryptBytes(current.encrypt(bytes)), bytes, "1 MiB");
    },
  },

  "encrypt: two ciphertexts of one plaintext differ": {
    run({ current, other }) {
      const made = Array.from({ length: 1_000 }, () => current.encrypt("the same plaintext"));
      holds(new Set(made).size === made.length, "one plaintext gave one ciphertext twice in 1,000 times");
      const [first = "", second = ""] = made;
      const same = [...first].filter((character, at) => character === second[at]).length;
      holds(same < first.length - 8, "two ciphertexts of one plaintext differ in fewer than 8 characters");
      holds(other.encrypt("the same plaintext") !== first, "two keys gave one ciphertext");
    },
  },

  "encrypt: a ciphertext is not encrypted again": {
    run({ current, other }) {
      for (const ciphertext of [current.encrypt("a value"), other.encrypt("a value")]) {
        const disguises = [
          ciphertext,
          ` ${ciphertext}\n`,
          `"${ciphertext}"`,
          `'${ciphertext}'`,
          Buffer.from(ciphertext),
        ];
        for (const each of [...disguises, ciphertext.slice(0, -4)]) {
          refusedWith(["ERR_CIPHER_PLAINTEXT"], "a ciphertext given as plaintext", () => current.encrypt(each));
        }
      }
    },
  },

  "encrypt: what is no plaintext is refused": {
    run({ current }) {
      const values: readonly unknown[] = [
        undefined,
        null,
        42,
        true,
        {},
        ["x"],
        new ArrayBuffer(4),
        Symbol("x"),
        "x\ud83d",
      ];
      for (const value of values) {
        const what = typeof value === "string" ? "half a surrogate pair" : `${typeof value} given as plaintext`;
        refusedWith(["ERR_CIPHER_PLAINTEXT"], what, () => current.encrypt(value as string));
      }
    },
  },
} satisfies Record<string, CipherTest>;

const wrongKey = ["ERR_CIPHER_AUTHENTICATION_FAILED", "ERR_CIPHER_KEY_UNKNOWN"] as const;
