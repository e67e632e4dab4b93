import { keyId } from "@qarion/secrets-core/keys";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aesGcmCipher, generateAesKey } from "../src/index.js";
import {
  associatedData,
  columnKey,
  columnOf,
  contextMembers,
  formatQs1,
  openBody,
  parseQs1,
  sealBody,
} from "../src/qs1-format.js";
import { codeOf } from "./cipher-errors.js";
import { refused, vectors } from "./qs1-vectors.js";

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString("hex");

describe("the published vectors", () => {
  it("are there", () => {
    expect(vectors.length).toBeGreaterThanOrEqual(14);
    expect(refused.length).toBeGreaterThanOrEqual(45);
    expect(new Set(refused.map(({ error }) => error))).toEqual(
      new Set(["MALFORMED", "KEY_UNKNOWN", "AUTHENTICATION_FAILED", "CONTEXT"]),
    );
  });

  it.each(vectors)("every step is reproduced: $name", (vector) => {
    const material = Buffer.from(vector.key, "base64");
    const members = contextMembers(vector.context);
    expect(keyId(material, "cipher")).toBe(vector.keyId);
    const key = columnKey(material, columnOf(members));
    expect(hex(key.export())).toBe(vector.columnKey);
    const aad = associatedData(vector.keyId, members);
    expect(hex(aad)).toBe(vector.aad);
    const body = sealBody(Buffer.from(vector.plaintext, "base64"), key, Buffer.from(vector.iv, "hex"), aad);
    expect(formatQs1({ keyId: vector.keyId, body })).toBe(vector.ciphertext);
    expect(openBody(body, key, aad)?.toString("base64")).toBe(vector.plaintext);
  });

  it.each(vectors)("the cipher opens: $name", (vector) => {
    const cipher = aesGcmCipher({ keys: [vector.key] });
    const plaintext = cipher.decryptBytes(vector.ciphertext, vector.context);
    expect(Buffer.from(plaintext).toString("base64")).toBe(vector.plaintext);
    expect(cipher.identify(vector.ciphertext)).toEqual({ format: "aes-256-gcm", keyId: vector.keyId });
  });

  it.each(vectors)("the cipher moves to another key, with nothing lost: $name", (vector) => {
    const cipher = aesGcmCipher({ keys: [generateAesKey(), vector.key] });
    const { ciphertext, changed } = cipher.rotate(vector.ciphertext, vector.context);
    expect(changed).toBe(true);
    expect(Buffer.from(cipher.decryptBytes(ciphertext, vector.context)).toString("base64")).toBe(vector.plaintext);
  });

  it.each(refused)("the cipher refuses with $error: $name", ({ key, context, ciphertext, error }) => {
    const cipher = aesGcmCipher({ keys: [key] });
    for (const run of [
      () => cipher.decrypt(ciphertext, context),
      () => cipher.decryptBytes(ciphertext, context),
      () => cipher.rotate(ciphertext, context),
    ]) {
      expect(codeOf(run)).toBe(`ERR_CIPHER_${error}`);
    }
    expect(cipher.identify(ciphertext) === undefined).toBe(error === "MALFORMED");
  });
});

describe("the text", () => {
  const keyIds = fc.uint8Array({ minLength: 9, maxLength: 9 }).map((id) => Buffer.from(id).toString("base64url"));

  it("is taken apart into what it was made of", () => {
    fc.assert(
      fc.property(keyIds, fc.uint8Array({ minLength: 28, maxLength: 100 }), (id, body) => {
        const text = formatQs1({ keyId: id, body });
        expect(text).toMatch(/^qs1\.a256gcm\.[\w-]{12}\.[\w-]{38,}$/);
        expect(parseQs1(text)?.keyId).toBe(id);
        expect(hex(parseQs1(text)?.body)).toBe(hex(body));
      }),
    );
  });

  it("is the only one of its bytes: whatever is taken apart is written the same again", () => {
    const part = fc.oneof(
      fc.constantFrom("qs1", "a256gcm", "AAAAAAAAAAAA", "A".repeat(38), "qs", ".", "=", " ", "\n", "é"),
      fc.string({ unit: fc.constantFrom(..."AZaz09-_+/=. \n"), minLength: 36, maxLength: 48 }),
    );
    const textual = fc.tuple(fc.constantFrom("qs1", "qs2", ""), fc.constant("a256gcm"), part, part);
    const near = fc.oneof(
      textual.map((parts) => parts.join(".")),
      fc.tuple(keyIds, part).map(([id, body]) => `qs1.a256gcm.${id}.${body}`),
      fc.string(),
    );
    let takenApart = 0;
    fc.assert(
      fc.property(near, (text) => {
        const parsed = parseQs1(text);
        if (parsed) takenApart += 1;
        expect(parsed && formatQs1(parsed)).toBe(parsed && text);
      }),
      { numRuns: 3_000, seed: 1 },
    );
    expect(takenApart).toBeGreaterThan(0);
  });

  it("holds IV and tag at least: bodies of 0 to 27 bytes are refused", () => {
    for (let length = 0; length < 28; length += 1) {
      expect(parseQs1(`qs1.a256gcm.AAAAAAAAAAAA.${Buffer.alloc(length, 0xa5).toString("base64url")}`)).toBeUndefined();
    }
    expect(parseQs1(`qs1.a256gcm.AAAAAAAAAAAA.${Buffer.alloc(28, 0xa5).toString("base64url")}`)).toBeDefined();
  });
});

describe("the associated data", () => {
  /** Reads it back as the document describes it: an encoding that can be read back stands for one context only. */
  function read(aad: Buffer): { readonly header: string[]; readonly members: [string, string][] } {
    let at = 0;
    const number = () => {
      at += 4;
      return aad.readUInt32BE(at - 4);
    };
    const part = () => {
      const length = number();
      at += length;
      return aad.subarray(at - length, at).toString("utf8");
    };
    const header = [part(), part(), part()];
    const count = number();
    const members = Array.from({ length: count }, (): [string, string] => [part(), part()]);
    expect(at).toBe(aad.length);
    return { header, members };
  }

  const bound = fc.string({ unit: "binary", maxLength: 6 });
  const contexts = fc.dictionary(fc.string({ unit: "binary", minLength: 1, maxLength: 4 }), bound, { maxKeys: 6 });

  it("can be read back to the very context, members in the order of their names' bytes", () => {
    fc.assert(
      fc.property(contexts, (context) => {
        const { header, members } = read(associatedData("AAAAAAAAAAAA", contextMembers(context)));
        expect(header).toEqual(["qs1", "a256gcm", "AAAAAAAAAAAA"]);
        expect(new Map(members)).toEqual(new Map(Object.entries(context)));
        const names = members.map(([name]) => Buffer.from(name, "utf8").toString("hex"));
        expect(names).toEqual([...names].sort());
      }),
      { numRuns: 500 },
    );
  });

  it("binds the id of the key", () => {
    const members = contextMembers({ column: "a" });
    expect(associatedData("AAAAAAAAAAAA", members)).not.toEqual(associatedData("AAAAAAAAAAAB", members));
  });
});

describe("the column key", () => {
  const material = Buffer.alloc(32, 3);

  it("differs between columns and between keys, and is not the ring's key", () => {
    const columns = ["", "a", "b", "ab", "a\0", "\0", "\0a", "A", "a ", "é", "e\u0301"];
    const all = [material, Buffer.alloc(32, 4)].flatMap((key) =>
      columns.map((column) => hex(columnKey(key, column).export())),
    );
    expect(new Set([...all, hex(material)]).size).toBe(all.length + 1);
  });
});
