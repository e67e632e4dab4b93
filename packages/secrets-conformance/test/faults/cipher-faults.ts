import { createHash } from "node:crypto";
import { type CipherContext, CipherError, type KeyStatus } from "@qarion/secrets-core/keys";
import type { CipherFault } from "./cipher-fault.js";
import { CbcCipher, SoundCipher, type SoundKey } from "./sound-cipher.js";

const printer = globalThis.console;
const changed = "decrypt: any changed character is refused";
const shortened = "decrypt: a shortened text is refused";
const lengthened = "decrypt: a lengthened text is refused";
const malformed = "decrypt: what is no ciphertext is malformed, and never plaintext";
const wrongKey = "keys: the wrong key opens nothing";
const previousOpens = "keys: a previous key opens and does not encrypt";
const fresh = "encrypt: two ciphertexts of one plaintext differ";
const otherContext = "context: another, a missing or an extra one is refused";
const cutContext = "context: pairs are told apart however they are cut";
const moves = "rotate: the plaintext moves to the current key";
const stays = "rotate: what is under the current key stays the very same text";
const opened = "rotate: what cannot be opened is refused";
const codes = "errors: each is a CipherError with a stable code";
const shows = "leaks: no error shows a plaintext or ciphertext";
const keyShows = "leaks: no error or status shows a key";
const foreign = "identify: knows no foreign text, and never throws";
const notText = "decrypt: what is no string is refused";
const emptyText = "encrypt: an empty plaintext is encrypted like any other";
const again = "encrypt: a ciphertext is not encrypted again";

export const cipherFaults: readonly CipherFault[] = [
  {
    // npm fernet 0.4.0 ignores the IV that it is given and takes 00..0f.
    fault: "the IV is always the same",
    caughtBy: [fresh, moves],
    make: (materials) =>
      new (class extends SoundCipher {
        protected override newIv() {
          return Uint8Array.from({ length: 12 }, (_, at) => at);
        }
      })(materials),
  },
  {
    // Random bytes from a source with few states.
    fault: "the IV is one of 256",
    caughtBy: [fresh, moves],
    make: (materials) =>
      new (class extends SoundCipher {
        protected override newIv() {
          return new Uint8Array(12).fill(super.newIv()[0] ?? 0);
        }
      })(materials),
  },
  {
    // typeorm-encrypted 0.8: Node's GCM takes tags of 4 bytes unless authTagLength is forced.
    fault: "tags of 4 bytes are accepted",
    caughtBy: [shortened],
    make: (materials) =>
      new (class extends SoundCipher {
        protected override acceptsTag(tag: Buffer) {
          return tag.length > 0;
        }
      })(materials),
  },
  {
    // mongoose-field-encryption 7: CBC without a MAC, `amount=100` flipped to `900` unnoticed.
    fault: "nothing is authenticated",
    caughtBy: [changed, wrongKey, opened],
    byChance: [previousOpens, moves, stays, codes],
    make: (materials) =>
      new (class extends CbcCipher {
        override readonly bindsContext = false;
        protected override readonly hasMac = false;
        override encrypt(plaintext: string | Uint8Array, context?: CipherContext) {
          return super.encrypt(plaintext, refused(context));
        }
        override decryptBytes(ciphertext: string, context?: CipherContext) {
          return super.decryptBytes(ciphertext, refused(context));
        }
        override rotate(ciphertext: string, context?: CipherContext) {
          return super.rotate(ciphertext, refused(context));
        }
      })(materials),
  },
  {
    // A cipher that says it binds a context and does not: prisma-field-encryption binds none.
    fault: "the context is ignored",
    caughtBy: [otherContext, cutContext, moves, opened],
    make: (materials) =>
      new (class extends SoundCipher {
        protected override associatedData(id: string) {
          return super.associatedData(id, {});
        }
      })(materials),
  },
  {
    // Associated data joined without lengths: {ab: "c"} and {a: "bc"} are one.
    fault: "the pairs of a context are joined without their lengths",
    caughtBy: [cutContext],
    make: (materials) =>
      new (class extends SoundCipher {
        protected override associatedData(id: string, context: CipherContext) {
          return Buffer.from(id + Object.entries(context).sort().flat().join(""));
        }
      })(materials),
  },
  {
    fault: "only the values of a context are bound",
    caughtBy: [otherContext, cutContext],
    make: (materials) =>
      new (class extends SoundCipher {
        protected override associatedData(id: string, context: CipherContext) {
          return super.associatedData(id, Object.fromEntries(Object.values(context).sort().entries()) as CipherContext);
        }
      })(materials),
  },
  {
    // A row binding typed in another order in the migration than in the service makes every row unreadable.
    fault: "the order of a context's pairs matters",
    caughtBy: ["context: the order of the pairs does not matter"],
    make: (materials) =>
      new (class extends SoundCipher {
        protected override associatedData(id: string, context: CipherContext) {
          return Buffer.from(JSON.stringify([id, ...Object.entries(context)]));
        }
      })(materials),
  },
  {
    // Fernet-like ciphers that take whatever context they are given.
    fault: "a cipher that binds no context takes one without a word",
    caughtBy: ["context: a cipher that binds none refuses to be given one"],
    make: (materials) =>
      new (class extends SoundCipher {
        override readonly bindsContext = false;
        protected override associatedData(id: string) {
          return super.associatedData(id, {});
        }
      })(materials),
  },
  {
    // Key rings read from the wrong end.
    fault: "the previous key encrypts",
    caughtBy: [
      "keys: a previous key opens and does not encrypt",
      "status: tells each key's state and counts its uses",
      moves,
      emptyText,
    ],
    make: (materials) =>
      new (class extends SoundCipher {
        protected override encryptionKey(): SoundKey {
          return this.keys.at(-1) ?? super.encryptionKey();
        }
      })(materials),
  },
  {
    // Cloak.Ecto rewrites current rows, so that a second run writes everything again.
    fault: "rotate encrypts anew what is under the current key",
    caughtBy: [stays],
    make: (materials) =>
      new (class extends SoundCipher {
        override rotate(ciphertext: string, context: CipherContext = {}) {
          const { ciphertext: _, ...told } = super.rotate(ciphertext, context);
          return { ...told, ciphertext: super.encrypt(super.decryptBytes(ciphertext, context), context) };
        }
      })(materials),
  },
  {
    // superset#37842, n8n#22478: the re-encryption that does nothing and says it did.
    fault: "rotate says that it changed the text, and did not",
    caughtBy: [moves, stays, emptyText],
    make: (materials) =>
      new (class extends SoundCipher {
        override rotate(ciphertext: string, context?: CipherContext) {
          return { ...super.rotate(ciphertext, context), ciphertext };
        }
      })(materials),
  },
  {
    // prisma-field-encryption decides by the key's fingerprint alone that a row is current.
    fault: "rotate takes the key id's word for it that a text is current",
    caughtBy: [opened, shortened, changed, lengthened, otherContext, cutContext, moves],
    make: (materials) =>
      new (class extends SoundCipher {
        override rotate(ciphertext: string, context?: CipherContext) {
          const { id } = this.encryptionKey();
          const isCurrent = typeof ciphertext === "string" && ciphertext.split(".")[1] === id;
          if (isCurrent) return { ciphertext, changed: false, fromKeyId: id, toKeyId: id };
          return super.rotate(ciphertext, context);
        }
      })(materials),
  },
  {
    fault: "rotate goes through text, and loses bytes",
    caughtBy: [moves],
    make: (materials) =>
      new (class extends SoundCipher {
        protected override seal(plaintext: Uint8Array, key: SoundKey, context: CipherContext) {
          const isOwn = new Error().stack?.includes("rotate") === true;
          return super.seal(isOwn ? Buffer.from(Buffer.from(plaintext).toString("utf8")) : plaintext, key, context);
        }
      })(materials),
  },
  {
    fault: "identify throws on what it does not know",
    caughtBy: [foreign],
    make: (materials) =>
      new (class extends SoundCipher {
        override identify(ciphertext: string) {
          const told = super.identify(ciphertext);
          if (!told) throw new CipherError("ERR_CIPHER_MALFORMED");
          return told;
        }
      })(materials),
  },
  {
    fault: "identify knows the texts of its own keys alone",
    caughtBy: ["identify: tells the format without a key"],
    make: (materials) =>
      new (class extends SoundCipher {
        override identify(ciphertext: string) {
          const told = super.identify(ciphertext);
          return told && this.keys.some(({ id }) => id === told.keyId) ? told : undefined;
        }
      })(materials),
  },
  {
    // Rails' support_unencrypted_data and prisma-field-encryption#152: any failure returns the raw value.
    fault: "what is malformed is returned as plaintext",
    caughtBy: [malformed, notText, shortened, lengthened, changed],
    make: (materials) =>
      new (class extends SoundCipher {
        override decryptBytes(ciphertext: string, context?: CipherContext) {
          return this.parse(ciphertext) ? super.decryptBytes(ciphertext, context) : Buffer.from(String(ciphertext));
        }
      })(materials),
  },
  {
    // kviklet#575: a wrong key passes CBC's padding 1 time in 256, and out comes garbage.
    fault: "the right key is found by its padding",
    caughtBy: [wrongKey, changed],
    byChance: [previousOpens, moves, stays, opened, codes],
    make: (materials) =>
      new (class extends CbcCipher {
        override readonly bindsContext = false;
        protected override mac() {
          return Buffer.alloc(32);
        }
        override encrypt(plaintext: string | Uint8Array, context?: CipherContext) {
          return super.encrypt(plaintext, refused(context));
        }
        override decryptBytes(ciphertext: string, context?: CipherContext) {
          return super.decryptBytes(ciphertext, refused(context));
        }
        override rotate(ciphertext: string, context?: CipherContext) {
          return super.rotate(ciphertext, refused(context));
        }
      })(materials),
  },
  {
    // RFC 7638 section 7: a plain digest of a symmetric key confirms a guess, and tells that two rings share it.
    fault: "the key id is a plain digest of the key",
    caughtBy: [keyShows],
    make: (materials) =>
      new (class extends SoundCipher {
        protected override idOf(material: Uint8Array) {
          return createHash("sha256").update(material).digest("base64url").slice(0, 12);
        }
      })(materials),
  },
  {
    fault: "the key id is the place that the key has",
    // What looks a key up by such an id finds the wrong one as soon as the keys have moved.
    caughtBy: [
      "keys: an id belongs to the key, whatever place it has",
      "keys: a previous key opens and does not encrypt",
      "status: tells each key's state and counts its uses",
      moves,
      stays,
      emptyText,
    ],
    make: (materials) => {
      let place = 0;
      return new (class extends SoundCipher {
        protected override idOf() {
          place += 1;
          return `place-${place}`.padEnd(12, "0");
        }
      })(materials);
    },
  },
  {
    fault: "status shows the key",
    caughtBy: [keyShows],
    make: (materials) =>
      new (class extends SoundCipher {
        override status(): readonly KeyStatus[] {
          const key = Buffer.from(this.keys[0]?.material ?? []).toString("hex");
          return super.status().map((status) => ({ ...status, because: `it is ${key}` }));
        }
      })(materials),
  },
  {
    // npm fernet: JSON.stringify(token) shows the keys.
    fault: "a property of the cipher holds the keys",
    caughtBy: [keyShows],
    make: (materials) =>
      new (class extends SoundCipher {
        readonly options = { keys: materials };
      })(materials),
  },
  {
    fault: "status does not count",
    caughtBy: ["status: tells each key's state and counts its uses"],
    make: (materials) =>
      new (class extends SoundCipher {
        override status(): readonly KeyStatus[] {
          return super.status().map((status) => ({ ...status, uses: 0 }));
        }
      })(materials),
  },
  {
    // prisma-field-encryption#8: without its key a migration encrypts ciphertext again.
    fault: "a ciphertext is encrypted again",
    caughtBy: [again],
    make: (materials) =>
      new (class extends SoundCipher {
        protected override bytesOf(plaintext: string | Uint8Array) {
          if (typeof plaintext !== "string" || !plaintext.trim().replace(/^["']/, "").startsWith("gAAAA-ref1")) {
            return plaintext instanceof Uint8Array ? plaintext : super.bytesOf(plaintext);
          }
          return Buffer.from(plaintext);
        }
      })(materials),
  },
  {
    // Untyped callers: `undefined` is stored as the encrypted word "undefined".
    fault: "whatever is given is turned into text",
    caughtBy: ["encrypt: what is no plaintext is refused"],
    make: (materials) =>
      new (class extends SoundCipher {
        protected override bytesOf(plaintext: unknown) {
          return super.bytesOf(plaintext instanceof Uint8Array ? plaintext : String(plaintext));
        }
      })(materials),
  },
  {
    // pyca Fernet takes junk characters; Node's base64url decoder skips them too.
    fault: "white space around a ciphertext is trimmed, and so accepted",
    caughtBy: [lengthened],
    make: (materials) =>
      new (class extends SoundCipher {
        protected override parse(text: unknown) {
          return super.parse(typeof text === "string" ? text.trim() : text);
        }
      })(materials),
  },
  {
    // Buffer.from(text, "base64url") without a look at what it skipped.
    fault: "base64url is decoded as Node does",
    caughtBy: [changed, shortened, lengthened],
    make: (materials) =>
      new (class extends SoundCipher {
        protected override parse(text: unknown) {
          if (typeof text !== "string") return undefined;
          const [prefix, keyId = "", iv = "", body = "", tag = "", ...more] = text.split(".");
          if (prefix !== "gAAAA-ref1" || more.length > 0 || iv === "" || tag === "") return undefined;
          return { keyId, iv: of(iv), body: of(body), tag: of(tag) };
        }
      })(materials),
  },
  {
    // `toString("utf8")` replaces what is invalid, and the row is lost when it is written back.
    fault: "bytes that are no UTF-8 are handed out as text",
    caughtBy: ["decrypt: bytes that are no UTF-8 are not handed out as text"],
    make: (materials) =>
      new (class extends SoundCipher {
        override decrypt(ciphertext: string, context?: CipherContext) {
          return Buffer.from(this.decryptBytes(ciphertext, context)).toString("utf8");
        }
      })(materials),
  },
  {
    // Airflow: an empty value is stored as it is.
    fault: "an empty plaintext is not encrypted",
    caughtBy: [emptyText, "encrypt: any text comes back as it was"],
    make: (materials) =>
      new (class extends SoundCipher {
        override encrypt(plaintext: string | Uint8Array, context?: CipherContext) {
          return plaintext === "" ? "" : super.encrypt(plaintext, context);
        }
      })(materials),
  },
  {
    fault: "an error quotes the text that it could not read",
    caughtBy: [shows],
    make: (materials) =>
      new (class extends SoundCipher {
        protected override malformed(text: unknown) {
          return new CipherError("ERR_CIPHER_MALFORMED", { hint: `It begins with ${String(text).slice(-20)}.` });
        }
      })(materials),
  },
  {
    // npm fernet: plain Errors without a code, and errors of node:crypto let through.
    fault: "errors are plain",
    caughtBy: [codes, malformed, notText],
    make: (materials) =>
      new (class extends SoundCipher {
        protected override malformed(): never {
          throw new Error("bad token");
        }
      })(materials),
  },
  {
    fault: "what was encrypted is printed",
    caughtBy: ["leaks: nothing that is printed shows a plaintext or key"],
    make: (materials) =>
      new (class extends SoundCipher {
        protected override bytesOf(plaintext: string | Uint8Array) {
          if (typeof plaintext === "string" && plaintext.startsWith("cNry")) printer.log(plaintext);
          return super.bytesOf(plaintext);
        }
      })(materials),
  },
  {
    // crypto-js: WordArrays and Latin-1 in between.
    fault: "bytes are read as Latin-1 text",
    caughtBy: [
      "encrypt: any bytes come back as they were",
      "encrypt: 1 MiB comes back whole",
      "decrypt: bytes that are no UTF-8 are not handed out as text",
      moves,
    ],
    make: (materials) =>
      new (class extends SoundCipher {
        override encrypt(plaintext: string | Uint8Array, context?: CipherContext) {
          const text = plaintext instanceof Uint8Array ? Buffer.from(plaintext).toString("latin1") : plaintext;
          return super.encrypt(text, context);
        }
      })(materials),
  },
  {
    fault: "every decryption hands out the same buffer",
    caughtBy: ["decrypt: the bytes handed out are nobody else's"],
    make: (materials) => {
      const cache = new Map<string, Uint8Array>();
      return new (class extends SoundCipher {
        override decryptBytes(ciphertext: string, context?: CipherContext) {
          const opened = super.decryptBytes(ciphertext, context);
          const kept = cache.get(ciphertext) ?? opened;
          cache.set(ciphertext, kept);
          return kept;
        }
      })(materials);
    },
  },
];

function refused(context: CipherContext | undefined): CipherContext {
  if (context !== undefined && Object.keys(context).length > 0) throw new CipherError("ERR_CIPHER_CONTEXT");
  return {};
}

function of(text: string): Buffer {
  return Buffer.from(text, "base64url");
}
