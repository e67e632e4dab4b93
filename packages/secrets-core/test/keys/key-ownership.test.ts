import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Secret } from "../../src/index.js";
import { keyRingFrom } from "../../src/keys/index.js";
import { asBytes, clockedSecrets, contents, encryptsWith, hour, openRotating } from "./rings.js";
import { type Answer, ScriptedStore } from "./scripted-store.js";

const one = { name: "one", current: "ONE", previous: ["ONE@previous"], pending: ["ONE@pending"] } as const;
const two = { name: "two", current: "TWO", previous: ["TWO@previous"], pending: ["TWO@pending"] } as const;
const sameKey = expect.objectContaining({ code: "ERR_SECRETS_INVALID_CONFIG" });

function setUp(answers: Record<string, Answer>) {
  const store = new ScriptedStore(answers);
  return { store, ...clockedSecrets(store) };
}

describe("equal material in two rings of one Secrets", () => {
  it.each(["TWO", "TWO@previous", "TWO@pending"])("is refused at the start, in whatever slot: %s", async (slot) => {
    const { secrets } = setUp({ ONE: "key-1", TWO: "key-2", [slot]: "key-1" });
    await openRotating(secrets, one);
    await expect(openRotating(secrets, two)).rejects.toThrow(sameKey);
  });

  it("is refused against any slot of the first ring, with the names of both and no key", async () => {
    for (const slot of ["ONE@previous", "ONE@pending"]) {
      const { secrets } = setUp({ ONE: "key-1", [slot]: "shared-key", TWO: "shared-key" });
      await openRotating(secrets, one);
      const error = await openRotating(secrets, two).catch((raw: unknown) => raw);
      expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG" });
      expect(String(error)).toContain('"one" and "two"');
      expect(String(error)).not.toContain("shared-key");
    }
  });

  it("is refused under whatever secret it stands, and beside rings of ciphers", async () => {
    const { secrets } = setUp({ ONE: "shared", "app/rows": "shared" });
    await openRotating(secrets, one);
    await expect(keyRingFrom(secrets, { name: "rows", current: "app/rows", parse: asBytes })).rejects.toThrow(sameKey);
  });

  it("is told by the bytes of the key, not by how they are written", async () => {
    const { secrets } = setUp({ ONE: "6b6579", TWO: "key" });
    await openRotating(secrets, { ...one, parse: (secret: Secret) => Buffer.from(secret.reveal(), "hex") });
    await expect(openRotating(secrets, two)).rejects.toThrow(sameKey);
  });

  it("is refused too when HMAC cannot tell the two apart", async () => {
    const { secrets } = setUp({ ONE: "key", TWO: "key\0" });
    await openRotating(secrets, { ...one, hmacKeys: true });
    await expect(openRotating(secrets, { ...two, hmacKeys: true })).rejects.toThrow(sameKey);
  });

  it("is not seen where a key derives from a signing key of more than 64 bytes, which HMAC hashes the same way", async () => {
    const signing = "s".repeat(86);
    const { secrets } = setUp({ ONE: signing });
    await openRotating(secrets, { ...one, hmacKeys: true });
    const parse = (secret: Secret) => createHash("sha256").update(secret.reveal()).digest();
    await expect(keyRingFrom(secrets, { name: "rows", current: "ONE", parse })).resolves.toBeDefined();
  });

  it("at run time leaves the last generation of that ring, and signing ends when it is too old", async () => {
    const { store, secrets, clock } = setUp({ ONE: "key-1", TWO: "key-2" });
    const first = await openRotating(secrets, one);
    const second = await openRotating(secrets, two);
    store.set({ TWO: "key-1", "TWO@previous": "key-2" });
    await second.refresh();
    expect(contents(second)).toEqual(["current key-2"]);
    expect(encryptsWith(second)).toBe("key-2");
    expect(second.error).toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG" });
    await clock.advance(2 * hour);
    expect(() => encryptsWith(second)).toThrow();
    expect(contents(second)).toEqual(["current key-2"]);
    expect(contents(first)).toEqual(["current key-1"]);
    expect(encryptsWith(first)).toBe("key-1");
    store.set({ TWO: "key-3" });
    await clock.advance(30_000);
    expect(contents(second)).toEqual(["current key-3", "previous key-2"]);
    expect(second.error).toBeUndefined();
  });

  it("is free again once the ring that held it has dropped it", async () => {
    const { store, secrets } = setUp({ ONE: "key-1", TWO: "key-2" });
    const first = await openRotating(secrets, one);
    const second = await openRotating(secrets, two);
    store.set({ ONE: "key-3", TWO: "key-1" });
    await first.refresh();
    await second.refresh();
    expect(contents(second)).toEqual(["current key-1"]);
  });

  it("is free again once the ring that held it is closed, also when a refresh was under way", async () => {
    const { store, secrets } = setUp({ ONE: "key-1", TWO: "key-1" });
    const first = await openRotating(secrets, one);
    store.before = () => first.close();
    await first.refresh();
    store.before = () => undefined;
    await first.refresh(); // a ring that is closed asks for nothing any more
    await expect(openRotating(secrets, two)).resolves.toBeDefined();
  });

  it("closing one of two rings of one name leaves the key with the other", async () => {
    const { secrets } = setUp({ ONE: "key-1", TWO: "key-1" });
    const first = await openRotating(secrets, one);
    await openRotating(secrets, one);
    await first.close();
    await first.close();
    await expect(openRotating(secrets, two)).rejects.toThrow(sameKey);
  });

  it("is fine in rings of one name: they serve one purpose", async () => {
    const { secrets } = setUp({ ONE: "key-1" });
    await openRotating(secrets, one);
    await expect(openRotating(secrets, one)).resolves.toBeDefined();
  });

  it("is not seen across two Secrets", async () => {
    await openRotating(setUp({ ONE: "key-1" }).secrets, one);
    await expect(openRotating(setUp({ TWO: "key-1" }).secrets, two)).resolves.toBeDefined();
  });
});
