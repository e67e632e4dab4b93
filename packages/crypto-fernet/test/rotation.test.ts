import { createSecrets, type MemoryProvider, memoryProvider } from "@qarion/secrets-core";
import { type Cipher, keyId, keyRingFrom, type LiveKeyRing } from "@qarion/secrets-core/keys";
import fc from "fast-check";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { fernetCipher, generateFernetKey } from "../src/index.js";
import { codeOf } from "./code-of.js";
import { bytesOf, handMadeToken, pkcs7 } from "./hand-made-token.js";

const [current, previous, other] = [generateFernetKey(), generateFernetKey(), generateFernetKey()];
const cipher = fernetCipher({ keys: [current, previous] });
const old = fernetCipher({ keys: [previous] });
const fresh = fernetCipher({ keys: [current] });
const idOf = (key: string) => keyId(bytesOf(key), "cipher");

afterEach(() => vi.useRealTimers());

describe("rotate", () => {
  it("moves a ciphertext of a previous key to the current one", () => {
    const token = old.encrypt("hello");
    const rotated = cipher.rotate(token);
    expect(rotated).toEqual({
      ciphertext: expect.any(String),
      changed: true,
      fromKeyId: idOf(previous),
      toKeyId: idOf(current),
    });
    expect(fresh.decrypt(rotated.ciphertext)).toBe("hello");
    expect(codeOf(() => old.decrypt(rotated.ciphertext))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
    expect(old.decrypt(token)).toBe("hello");
  });

  it("leaves the very same text when it is under the current key already", () => {
    const token = fresh.encrypt("hello");
    expect(cipher.rotate(token)).toEqual({
      ciphertext: token,
      changed: false,
      fromKeyId: idOf(current),
      toKeyId: idOf(current),
    });
  });

  it("is idempotent", () => {
    const once = cipher.rotate(old.encrypt("hello")).ciphertext;
    expect(cipher.rotate(once)).toMatchObject({ ciphertext: once, changed: false });
    expect(cipher.rotate(cipher.rotate(once).ciphertext).ciphertext).toBe(once);
  });

  it("loses nothing, text or bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (plaintext) => {
        const rotated = cipher.rotate(old.encrypt(plaintext));
        expect(Uint8Array.from(fresh.decryptBytes(rotated.ciphertext))).toEqual(plaintext);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (plaintext) => {
        expect(fresh.decrypt(cipher.rotate(old.encrypt(plaintext)).ciphertext)).toBe(plaintext);
      }),
    );
  });

  it("loses nothing of what others encrypted twice, which this cipher would not have begun", () => {
    const inner = old.encrypt("hello");
    const twice = handMadeToken({ key: previous, blocks: pkcs7(Buffer.from(inner)) });
    expect(fresh.decrypt(cipher.rotate(twice).ciphertext)).toBe(inner);
  });

  it("keeps the time to the second and takes a new IV", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2020-02-29T12:34:56Z") });
    const token = old.encrypt("hello");
    vi.setSystemTime("2040-01-01T00:00:00Z");
    const [one, two] = [bytesOf(cipher.rotate(token).ciphertext), bytesOf(cipher.rotate(token).ciphertext)];
    for (const bytes of [one, two]) expect(bytes.subarray(0, 9)).toEqual(bytesOf(token).subarray(0, 9));
    expect(cipher.identify(token)?.createdAt).toEqual(new Date("2020-02-29T12:34:56Z"));
    expect(one.subarray(9, 25)).not.toEqual(two.subarray(9, 25));
    expect(one.subarray(9, 25)).not.toEqual(bytesOf(token).subarray(9, 25));
  });

  it.each([0n, 1n, 4_294_967_296n, 8_640_000_000_000n])("keeps the time %d", (seconds) => {
    const token = handMadeToken({ key: previous, blocks: pkcs7(Buffer.from("x")), seconds });
    expect(bytesOf(cipher.rotate(token).ciphertext).readBigUInt64BE(1)).toBe(seconds);
  });

  it("without the key is an error, and gives nothing", () => {
    const foreign = fernetCipher({ keys: [other] }).encrypt("hello");
    expect(codeOf(() => cipher.rotate(foreign))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
    expect(codeOf(() => cipher.rotate("hello"))).toBe("ERR_CIPHER_MALFORMED");
  });

  it("does the same whichever place the key has in the list", () => {
    const token = old.encrypt("hello");
    for (const keys of [
      [current, previous, other],
      [current, other, previous],
    ]) {
      expect(fernetCipher({ keys }).rotate(token)).toMatchObject({ changed: true, fromKeyId: idOf(previous) });
    }
  });
});

describe("a ring while its keys are rotated", () => {
  async function opened(
    initial: Record<string, string>,
  ): Promise<{ store: MemoryProvider; ring: LiveKeyRing; live: Cipher }> {
    const store = memoryProvider(initial);
    const secrets = createSecrets({ provider: store });
    onTestFinished(() => secrets.close());
    const ring = await keyRingFrom(secrets, {
      name: "rows",
      current: "KEY",
      previous: ["KEY_PREVIOUS"],
      pending: "KEY_NEXT",
      parse: (secret) => bytesOf(secret.reveal()),
    });
    return { store, ring, live: fernetCipher({ keys: ring }) };
  }

  it("a pending key opens and does not encrypt", async () => {
    const { live } = await opened({ KEY: previous, KEY_NEXT: current });
    expect(live.status().map(({ keyId: id, state }) => [id, state])).toEqual([
      [idOf(previous), "current"],
      [idOf(current), "pending"],
    ]);
    expect(live.decrypt(fresh.encrypt("by a process that was promoted earlier"))).toMatch(/^by a process/);
    for (let round = 0; round < 20; round += 1) expect(old.decrypt(live.encrypt("x"))).toBe("x");
    expect(live.rotate(fresh.encrypt("x"))).toMatchObject({ changed: true, toKeyId: idOf(previous) });
  });

  it("every ciphertext stays readable from next to current to previous, with one and the same cipher", async () => {
    const { store, ring, live } = await opened({ KEY: previous });
    const rows = [live.encrypt("row 0")];
    const step = async (change: () => void) => {
      change();
      await ring.refresh();
      rows.push(live.encrypt(`row ${rows.length}`));
      expect(rows.map((row) => live.decrypt(row))).toEqual(rows.map((_, index) => `row ${index}`));
    };
    await step(() => store.set("KEY_NEXT", current));
    await step(() => store.set("KEY_PREVIOUS", previous));
    await step(() => store.set("KEY", current));
    await step(() => store.delete("KEY_NEXT"));
    expect(rows.map((row) => live.rotate(row).changed)).toEqual([true, true, true, false, false]);
    const rotated = rows.map((row) => live.rotate(row).ciphertext);

    store.delete("KEY_PREVIOUS");
    await ring.refresh();
    expect(rotated.map((row) => live.decrypt(row))).toEqual(rows.map((_, index) => `row ${index}`));
    expect(codeOf(() => live.decrypt(rows[0] ?? ""))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
  });

  it("a key that is none for Fernet is never used, though the ring's own parse let it through", async () => {
    const store = memoryProvider({ KEY: bytesOf(current) });
    const secrets = createSecrets({ provider: store });
    const ring = await keyRingFrom(secrets, { name: "rows", current: "KEY", parse: (secret) => secret.revealBytes() });
    const live = fernetCipher({ keys: ring });
    const row = live.encrypt("x");
    store.set("KEY", "a key of forty-eight bytes, for signing and not for this");
    await ring.refresh();
    for (const attempt of [() => live.encrypt("x"), () => live.decrypt(row), () => live.rotate(row)]) {
      expect(codeOf(attempt)).toBe("ERR_CIPHER_INVALID_KEY");
    }
    await secrets.close();
  });
});
