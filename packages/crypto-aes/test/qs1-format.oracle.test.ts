import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CipherContext } from "@qarion/secrets-core/keys";
import { findPython, noteEngine } from "@qarion-testing/support";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { aesGcmCipher, generateAesKey } from "../src/index.js";
import { codeOf } from "./cipher-errors.js";
import { refused, vectors, vectorsFile } from "./qs1-vectors.js";

const python = findPython("cryptography");
const oracle = fileURLToPath(new URL("./qs1_oracle.py", import.meta.url));

type Request =
  | { do: "seal"; key: string; context: CipherContext; iv: string; plaintext: string }
  | { do: "open"; keys: readonly string[]; context: CipherContext; ciphertext: string };
type Answer = Readonly<Partial<Record<"plaintext" | "error" | "ciphertext" | "keyId", string>>>;

function run(args: readonly string[], input: string): string {
  return execFileSync(python?.executable ?? "", [oracle, ...args], { input, encoding: "utf8", maxBuffer: 2 ** 28 });
}

/** One process for all requests; keys go in over standard input. */
function ask(requests: readonly Request[]): readonly Answer[] {
  const answers = JSON.parse(run([], JSON.stringify(requests))) as readonly Answer[];
  expect(answers).toHaveLength(requests.length);
  return answers;
}

const bound = fc.string({ unit: "binary", maxLength: 12 });
const name = fc.oneof(fc.constantFrom("column", "row", "__proto__", "10", "9"), bound).filter(Boolean);
const plaintexts = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ unit: "binary", maxLength: 80 }).map((text) => new TextEncoder().encode(text)),
);
const samples = fc.sample(
  fc.record({
    context: fc.dictionary(name, bound, { maxKeys: 6 }),
    bytes: plaintexts,
    key: fc.constantFrom(...Array.from({ length: 5 }, generateAesKey)),
  }),
  400,
);
const base64 = (key: string | Uint8Array) => Buffer.from(key as string, "base64url").toString("base64");

describe.skipIf(python === undefined)("Python's cryptography (skipped where no Python has it)", () => {
  beforeAll(() => noteEngine(`Python ${python?.version} with cryptography ${python?.moduleVersion ?? "unknown"}`));

  it("makes the published vectors, byte for byte", () => {
    expect(run(["vectors"], "") === readFileSync(vectorsFile, "utf8")).toBe(true);
  });

  it("agrees on the published vectors, what opens and what is refused and why", () => {
    const answers = ask(
      [...vectors, ...refused].map(({ key, context, ciphertext }) => ({
        do: "open",
        keys: [key],
        context,
        ciphertext,
      })),
    );
    expect(answers).toEqual([
      ...vectors.map(({ plaintext }) => ({ plaintext })),
      ...refused.map(({ error }) => ({ error })),
    ]);
  });

  it("opens what the cipher encrypts, and refuses it under any other context or key", () => {
    const stranger = base64(generateAesKey());
    const requests = samples.flatMap(({ context, bytes, key }): Request[] => {
      const ciphertext = aesGcmCipher({ keys: [key] }).encrypt(bytes, context);
      const others = Object.entries(context);
      const other = others.length > 0 ? Object.fromEntries(others.slice(1)) : { row: "" };
      return [
        { do: "open", keys: [stranger, base64(key)], context, ciphertext },
        { do: "open", keys: [base64(key)], context: other, ciphertext },
        { do: "open", keys: [stranger], context, ciphertext },
      ];
    });
    expect(ask(requests)).toEqual(
      samples.flatMap(({ bytes }) => [
        { plaintext: Buffer.from(bytes).toString("base64") },
        { error: "AUTHENTICATION_FAILED" },
        { error: "KEY_UNKNOWN" },
      ]),
    );
  });

  it("makes what the cipher opens and takes for its own", () => {
    const answers = ask(
      samples.map(({ context, bytes, key }) => ({
        do: "seal",
        key: base64(key),
        context,
        iv: randomBytes(12).toString("hex"),
        plaintext: Buffer.from(bytes).toString("base64"),
      })),
    );
    samples.forEach(({ context, bytes, key }, index) => {
      const { ciphertext = "", keyId } = answers[index] ?? {};
      const cipher = aesGcmCipher({ keys: [generateAesKey(), key] });
      expect(cipher.status()[1]?.keyId).toBe(keyId);
      expect(Buffer.compare(cipher.decryptBytes(ciphertext, context), bytes)).toBe(0);
      const rotated = cipher.rotate(ciphertext, context);
      expect(Buffer.compare(cipher.decryptBytes(rotated.ciphertext, context), bytes)).toBe(0);
      expect(codeOf(() => cipher.decrypt(ciphertext, { ...context, "one more": "" }))).toBe(
        "ERR_CIPHER_AUTHENTICATION_FAILED",
      );
    });
  });

  it("agrees on what is canonical text, for texts that are one edit away", () => {
    const key = generateAesKey();
    const cipher = aesGcmCipher({ keys: [key] });
    const made = ["", "a", "ab", "abc"].map((plaintext) => cipher.encrypt(plaintext));
    const inserted = fc.string({ unit: fc.constantFrom(..."AQgw09-_+/=. \n\0"), maxLength: 2 });
    const texts = fc
      .sample(fc.tuple(fc.constantFrom(...made), fc.nat(70), fc.nat(2), inserted), 600)
      .map(([text, at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut));
    const answers = ask(texts.map((ciphertext) => ({ do: "open", keys: [base64(key)], context: {}, ciphertext })));
    const codes = new Set<string>();
    texts.forEach((text, index) => {
      const { error } = answers[index] ?? {};
      codes.add(String(error));
      if (error === undefined) expect(made).toContain(text);
      else expect([text, codeOf(() => cipher.decrypt(text))]).toEqual([text, `ERR_CIPHER_${error}`]);
    });
    expect(codes).toContain("MALFORMED");
    expect(codes).toContain("AUTHENTICATION_FAILED");
  });
});
