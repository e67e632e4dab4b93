import { describe, expect, it, onTestFinished } from "vitest";
import { createSecrets, type MemoryProvider, memoryProvider } from "../../src/index.js";
import {
  type Cipher,
  decodeBase64url,
  encodeBase64url,
  type KeySource,
  keyRingFrom,
  keysOf,
  type LiveKeyRing,
  liveCipher,
} from "../../src/keys/index.js";

/** Hides nothing: it writes the key in front of the plaintext, so that a test can see which one was used. */
class VisibleCipher implements Cipher {
  readonly format = "visible";
  readonly bindsContext = false;
  readonly #keys;

  constructor(keys: KeySource) {
    this.#keys = keysOf(keys, (value) => Buffer.from(value));
  }

  encrypt(plaintext: string | Uint8Array): string {
    return `${Buffer.from(this.#keys.encryptionKey().material)}:${encodeBase64url(Buffer.from(plaintext), { padded: false })}`;
  }

  decrypt(ciphertext: string): string {
    return Buffer.from(this.decryptBytes(ciphertext)).toString();
  }

  decryptBytes(ciphertext: string): Uint8Array {
    return decodeBase64url(ciphertext.split(":")[1] ?? "", { padded: false }) ?? new Uint8Array();
  }

  identify(): { readonly format: string } {
    return { format: this.format };
  }

  rotate(ciphertext: string): ReturnType<Cipher["rotate"]> {
    const { keyId } = this.#keys.encryptionKey();
    return { ciphertext: this.encrypt(this.decrypt(ciphertext)), changed: true, fromKeyId: keyId, toKeyId: keyId };
  }

  status(): ReturnType<Cipher["status"]> {
    return this.#keys.status();
  }
}

async function openRing(): Promise<{ store: MemoryProvider; ring: LiveKeyRing }> {
  const store = memoryProvider({ KEY: "key one" });
  const secrets = createSecrets({ provider: store, cache: { ttlMs: 0, maxStaleMs: 60_000 } });
  onTestFinished(() => secrets.close());
  const ring = await keyRingFrom(secrets, { name: "live", current: "KEY", parse: (secret) => secret.revealBytes() });
  return { store, ring };
}

const make = ({ keys }: { readonly keys: LiveKeyRing }) => new VisibleCipher(keys);

describe("liveCipher", () => {
  it("is the cipher that was made, from the very ring", async () => {
    const { ring } = await openRing();
    const made: VisibleCipher[] = [];
    const cipher = liveCipher(ring, (options) => {
      expect(Object.keys(options)).toEqual(["keys"]);
      expect(options.keys).toBe(ring);
      made.push(make(options));
      return made[0] as VisibleCipher;
    });
    expect(made).toHaveLength(1);
    expect(made[0]).toBe(cipher);
    expect(cipher).toBeInstanceOf(VisibleCipher);
  });

  it("keeps what the cipher can do, methods of its class included", async () => {
    const { ring } = await openRing();
    const cipher = liveCipher(ring, make);
    expect([cipher.format, cipher.bindsContext]).toEqual(["visible", false]);
    expect(cipher.encrypt("hello")).toBe("key one:aGVsbG8");
    expect(cipher.decrypt(cipher.encrypt("hello"))).toBe("hello");
    expect(cipher.identify(cipher.encrypt("hello"))).toEqual({ format: "visible" });
    expect(cipher.rotate(cipher.encrypt("hello")).ciphertext).toBe("key one:aGVsbG8");
    expect(cipher.status()).toEqual(ring.status());
  });

  it("refresh() brings the ring's new keys into use", async () => {
    const { store, ring } = await openRing();
    const cipher = liveCipher(ring, make);
    store.set("KEY", "key two");
    expect(cipher.encrypt("hello")).toBe("key one:aGVsbG8");
    await cipher.refresh();
    expect(cipher.encrypt("hello")).toBe("key two:aGVsbG8");
  });

  it("refresh() does not reject in an outage: the last good keys stay", async () => {
    const { store, ring } = await openRing();
    const cipher = liveCipher(ring, make);
    store.fail("ERR_SECRETS_UNAVAILABLE");
    await expect(cipher.refresh()).resolves.toBeUndefined();
    expect(cipher.encrypt("hello")).toBe("key one:aGVsbG8");
  });

  it("passes refresh, ready and close on to the ring, one call for each, and answers when the ring does", async () => {
    const calls: string[] = [];
    const answer = (name: string) => async () => {
      calls.push(name);
      await new Promise((resolve) => setImmediate(resolve));
      calls.push(`${name} done`);
    };
    const { ring: real } = await openRing();
    const ring = { ...real, refresh: answer("refresh"), ready: answer("ready"), close: answer("close") };
    const cipher = liveCipher(ring, () => new VisibleCipher(real));
    expect(calls).toEqual([]);
    const { ready, refresh, close } = cipher; // they need no `this`
    await ready();
    await refresh();
    await close();
    expect(calls).toEqual(["ready", "ready done", "refresh", "refresh done", "close", "close done"]);
  });

  it("close() ends the ring: it lets go of its keys, so that another may hold them", async () => {
    const store = memoryProvider({ KEY: "key one" });
    const secrets = createSecrets({ provider: store });
    onTestFinished(() => secrets.close());
    const open = (name: string) =>
      keyRingFrom(secrets, { name, current: "KEY", parse: (secret) => secret.revealBytes() });
    const cipher = liveCipher(await open("first"), make);
    await expect(open("second")).rejects.toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG" });
    await cipher.close();
    await expect(open("second")).resolves.toBeDefined();
  });

  it("throws what the making of the cipher throws", async () => {
    const { ring } = await openRing();
    const error = new TypeError("no such cipher");
    expect(() =>
      liveCipher(ring, () => {
        throw error;
      }),
    ).toThrow(error);
  });
});
