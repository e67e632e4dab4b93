import { randomBytes } from "node:crypto";
import { createSecrets, memoryProvider } from "@qarion/secrets-core";
import type { LiveCipher } from "@qarion/secrets-core/keys";
import { findPython, noteEngine } from "@qarion-testing/support";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { deriveFernetKey, fernetCipher, generateFernetKey, instanceUrlCipher } from "../src/index.js";
import { codeOf } from "./code-of.js";
import { handMadeToken, pkcs7, signed } from "./hand-made-token.js";
import { runPython } from "./python.js";

// All questions go over in one call: {"open": {"group": [question, …]}} comes back as {"open": {"group": [answer, …]}}.
const program = `
import base64, hashlib, json, sys
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

def derive(secret):
    return base64.urlsafe_b64encode(hashlib.sha256(secret.encode("utf-8")).digest()).decode()

def fernet_of(question):
    keys = question.get("keys", []) + [derive(secret) for secret in question.get("secrets", [])]
    return MultiFernet([Fernet(key) for key in keys])

def open_(question):
    try:
        fernet = fernet_of(question)
        if "ttl" in question:
            plaintext = fernet.decrypt_at_time(question["token"], question["ttl"], question["now"])
        else:
            plaintext = fernet.decrypt(question["token"])
        return base64.b64encode(plaintext).decode()
    except InvalidToken:
        return "InvalidToken"

def seal(question):
    return fernet_of(question).encrypt_at_time(base64.b64decode(question["plaintext"]), question["now"]).decode()

def rotate(question):
    return fernet_of(question).rotate(question["token"]).decode()

def time(question):
    return Fernet(question["keys"][0]).extract_timestamp(question["token"])  # MultiFernet has it only since 39

def generate(_):
    return Fernet.generate_key().decode()

kinds = {"open": open_, "seal": seal, "rotate": rotate, "time": time, "derive": derive, "generate": generate}
given = json.load(sys.stdin)
print(json.dumps({kind: {group: [kinds[kind](each) for each in questions] for group, questions in groups.items()} for kind, groups in given.items()}))
`;

const nowSeconds = 1_893_456_000;
const [key, newKey, oldKey] = [generateFernetKey(), generateFernetKey(), generateFernetKey()];
const cipher = fernetCipher({ keys: [key] });
const both = fernetCipher({ keys: [newKey, oldKey] });
const onlyNew = fernetCipher({ keys: [newKey] });

const texts = [
  "hello",
  "",
  "a".repeat(15),
  "a".repeat(16),
  "a".repeat(17),
  "żółć 漢字 🔑 👩‍👩‍👧 e\u0301",
  "\0\ufeff\r\n",
];
const binaries = [Buffer.from([...Array(256).keys()]), Buffer.of(0xff, 0xfe), Buffer.of(0), randomBytes(100_000)];
const plaintexts = [...texts.map((text) => Buffer.from(text)), ...binaries];

const secretKeys = [
  "a secret of the platform, long enough",
  " with white space around it\n",
  "clé 鍵 🔑 ключ e\u0301 é",
  "\0\u007f\uffff",
  "x".repeat(100_000),
  randomBytes(48).toString("base64"),
];
const fallbackSecret = `clé de la plateforme 🔑 ${randomBytes(24).toString("hex")}`;

// Tokens of odd forms, all under a valid MAC: only what each side thinks of the form decides.
const header = Buffer.concat([Buffer.of(0x80), Buffer.alloc(8), Buffer.alloc(16, 2)]);
const lastBytes = Array.from({ length: 256 }, (_, last) => last);
const oddities = [
  ...Array.from({ length: 26 }, (_, length) => signed(header.subarray(0, length), key)),
  ...Array.from({ length: 40 }, (_, length) => signed(Buffer.concat([header, Buffer.alloc(length, 3)]), key)),
  ...lastBytes.map((last) => handMadeToken({ key, blocks: Buffer.alloc(16, last) })),
  ...lastBytes.map((last) => handMadeToken({ key, blocks: Buffer.concat([Buffer.alloc(15, 2), Buffer.of(last)]) })),
  ...[0, 1, 0x7f, 0x81, 0xff].map((version) => handMadeToken({ key, blocks: pkcs7(Buffer.of(1)), version })),
];

const ages = [0, 59, 60, 61, 3_600, -1, -59, -60, -61, -3_600];
const dated = ages.map((age) =>
  handMadeToken({ key, blocks: pkcs7(Buffer.from("hello")), seconds: BigInt(nowSeconds - age) }),
);

function questions(fallback: LiveCipher) {
  const sealed = plaintexts.map((plaintext) => plaintext.toString("base64"));
  const atOld = handMadeToken({ key: oldKey, blocks: pkcs7(Buffer.from("old row")), seconds: 1_500_000_000n });
  return {
    open: {
      ours: plaintexts.map((plaintext) => ({ keys: [key], token: cipher.encrypt(plaintext) })),
      rotatedByUs: [{ keys: [newKey], token: both.rotate(atOld).ciphertext }],
      oddities: oddities.map((token) => ({ keys: [key], token })),
      dated: dated.map((token) => ({ keys: [key], token, ttl: 60, now: nowSeconds })),
      derived: secretKeys.map((secret) => ({
        secrets: [secret],
        token: fernetCipher({ keys: [deriveFernetKey(secret)] }).encrypt("derived"),
      })),
      fallback: [{ secrets: [fallbackSecret], token: fallback.encrypt("postgres://u:p@h/db") }],
      wrongKey: [{ keys: [newKey], token: cipher.encrypt("hello") }],
    },
    seal: {
      theirs: sealed.map((plaintext) => ({ keys: [key], plaintext, now: nowSeconds })),
      underOldKey: [{ keys: [oldKey], plaintext: Buffer.from("old row").toString("base64"), now: 1_500_000_000 }],
      fallback: [
        { secrets: [fallbackSecret], plaintext: Buffer.from("from Python").toString("base64"), now: nowSeconds },
      ],
    },
    rotate: { ours: [{ keys: [newKey, oldKey], token: atOld }] },
    time: { ours: [{ keys: [newKey], token: both.rotate(atOld).ciphertext }] },
    derive: { secretKeys },
    generate: { keys: Array.from({ length: 20 }, () => 0) },
  };
}

type Questions = ReturnType<typeof questions>;
type Answers = {
  readonly [K in keyof Questions]: { readonly [G in keyof Questions[K]]: readonly (string | number)[] };
};

const python = findPython("cryptography");
const title = "Python cryptography";
const absent = python === undefined ? " (skipped: no Python with cryptography found)" : "";

describe.skipIf(python === undefined)(`${title}${absent}`, () => {
  const secrets = createSecrets({ provider: memoryProvider({ SECRET_KEY: fallbackSecret }) });
  let fallback: LiveCipher;
  let answers: Answers;
  const asBase64 = (texts: readonly string[]) => texts.map((text) => Buffer.from(text).toString("base64"));

  beforeAll(async () => {
    if (python === undefined) return;
    fallback = await instanceUrlCipher(secrets);
    answers = runPython(python, program, questions(fallback)) as Answers;
    noteEngine(`Python ${python.version} with cryptography ${python.moduleVersion}`);
    return () => secrets.close();
  });
  afterEach(() => vi.useRealTimers());

  it("opens what we seal: text, Unicode, nothing at all, and bytes", () => {
    expect(answers.open.ours).toEqual(plaintexts.map((plaintext) => plaintext.toString("base64")));
    expect(answers.open.wrongKey).toEqual(["InvalidToken"]);
  });

  it("seals what we open: text, Unicode, nothing at all, and bytes", () => {
    const tokens = answers.seal.theirs.map(String);
    expect(tokens.map((token) => Buffer.from(cipher.decryptBytes(token)))).toEqual(plaintexts);
    expect(texts.map((_, index) => cipher.decrypt(tokens[index] ?? ""))).toEqual(texts);
    for (const token of tokens) expect(cipher.identify(token)?.createdAt).toEqual(new Date(nowSeconds * 1_000));
  });

  it("derives the same key from the same secret", () => {
    expect(answers.derive.secretKeys).toEqual(secretKeys.map(deriveFernetKey));
    expect(answers.open.derived).toEqual(asBase64(secretKeys.map(() => "derived")));
  });

  it("shares the rows of instanceUrlCipher on its fallback, both ways", () => {
    expect(answers.open.fallback).toEqual(asBase64(["postgres://u:p@h/db"]));
    expect(fallback.decrypt(String(answers.seal.fallback[0]))).toBe("from Python");
  });

  it("generates keys that we take, as it takes ours", () => {
    for (const each of answers.generate.keys) {
      const theirs = fernetCipher({ keys: [String(each)] });
      expect(theirs.decrypt(theirs.encrypt("hello"))).toBe("hello");
    }
  });

  it("rotates to what we open with the new key alone, with the time that was", () => {
    const rotated = String(answers.rotate.ours[0]);
    expect(onlyNew.decrypt(rotated)).toBe("old row");
    expect(onlyNew.identify(rotated)?.createdAt).toEqual(new Date(1_500_000_000_000));
    expect(both.rotate(rotated)).toMatchObject({ changed: false, ciphertext: rotated });
  });

  it("opens with the new key alone what we rotated, with the time that was", () => {
    expect(answers.open.rotatedByUs).toEqual(asBase64(["old row"]));
    expect(answers.time.ours).toEqual([1_500_000_000]);
    const theirs = both.rotate(String(answers.seal.underOldKey[0]));
    expect(theirs.changed).toBe(true);
    expect(onlyNew.decrypt(theirs.ciphertext)).toBe("old row");
    expect(onlyNew.identify(theirs.ciphertext)?.createdAt).toEqual(new Date(1_500_000_000_000));
  });

  it("agrees on the edges of a time to live", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: nowSeconds * 1_000 });
    const limited = fernetCipher({ keys: [key], ttlSeconds: 60 });
    const ours = dated.map((token) => codeOf(() => limited.decrypt(token)) === "accepted");
    expect(ours).toEqual(answers.open.dated.map((answer) => answer !== "InvalidToken"));
    expect(ages.filter((_, index) => ours[index])).toEqual([0, 59, 60, -1, -59, -60]);
  });

  it("agrees on every odd form under a valid MAC: lengths, paddings, versions", () => {
    const ours = oddities.map((token) => {
      if (codeOf(() => cipher.decryptBytes(token)) !== "accepted") return "InvalidToken";
      return Buffer.from(cipher.decryptBytes(token)).toString("base64");
    });
    expect(ours).toEqual(answers.open.oddities);
    expect(new Set(ours).size).toBeGreaterThan(10);
  });
});
