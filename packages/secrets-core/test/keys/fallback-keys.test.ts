import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Secret, SecretsError } from "../../src/index.js";
import { CipherError, type KeyRingOptions, keyRingFrom, keysOf } from "../../src/keys/index.js";
import { asBytes, clockedSecrets, contents, encryptsWith, hour, minute } from "./rings.js";
import { type Answer, denied, disabled, outage, ScriptedStore } from "./scripted-store.js";

/** Tells in clear what it was derived from. */
const derive = (secret: Secret): Uint8Array => Buffer.from(`from(${secret.reveal()})`);

const options: KeyRingOptions = {
  name: "instance-url",
  current: "INSTANCE",
  previous: ["INSTANCE_PREVIOUS"],
  pending: "INSTANCE_NEXT",
  parse: asBytes,
  fallback: { current: "SECRET_KEY", previous: ["SECRET_KEY_PREVIOUS"], derive },
};

function open(answers: Record<string, Answer>) {
  const store = new ScriptedStore(answers);
  const { clock, secrets } = clockedSecrets(store, { cache: { ttlMs: 5 * minute, maxStaleMs: hour } });
  return { store, clock, secrets, opened: keyRingFrom(secrets, options) };
}

async function openRing(answers: Record<string, Answer>) {
  const { opened, ...rest } = open(answers);
  return { ...rest, ring: await opened };
}

const withCode = (code: string) => expect.objectContaining({ code });
const ids = (ring: Awaited<ReturnType<typeof openRing>>["ring"]) => ring.status().map(({ keyId }) => keyId);

describe("rule 8: the fallback is chosen once, at the start", () => {
  it("when the store says that there is no key of the ring's own", async () => {
    const { ring } = await openRing({ SECRET_KEY: "jwt-1" });
    expect(contents(ring)).toEqual(["current from(jwt-1)"]);
    expect(encryptsWith(ring)).toBe("from(jwt-1)");
  });

  it("and not when there is one", async () => {
    const { ring } = await openRing({ INSTANCE: "real", SECRET_KEY: "jwt-1", SECRET_KEY_PREVIOUS: "jwt-0" });
    expect(contents(ring)).toEqual(["current real"]);
  });

  it("with the keys derived from the previous value of its secret in the ring meanwhile", async () => {
    const { ring } = await openRing({ SECRET_KEY: "jwt-1", SECRET_KEY_PREVIOUS: "jwt-0" });
    expect(contents(ring)).toEqual(["current from(jwt-1)", "previous from(jwt-0)"]);
  });

  it("with a pending key of the ring's own beside it", async () => {
    const { ring } = await openRing({ SECRET_KEY: "jwt-1", INSTANCE_NEXT: "real" });
    expect(contents(ring)).toEqual(["current from(jwt-1)", "pending real"]);
  });

  it("reads the ring's own slots first, all of them", async () => {
    const { store } = await openRing({ SECRET_KEY: "jwt-1" });
    expect(store.calls).toEqual([
      "INSTANCE_NEXT",
      "INSTANCE@pending",
      "INSTANCE",
      "INSTANCE_PREVIOUS",
      "INSTANCE@previous",
      "SECRET_KEY",
      "SECRET_KEY_PREVIOUS",
    ]);
  });

  it.each<[string, Record<string, Answer>, string]>([
    ["a blank key of its own is an error", { INSTANCE: " ", SECRET_KEY: "jwt-1" }, "ERR_SECRETS_INVALID_VALUE"],
    ["an outage of its own key is an error", { INSTANCE: outage, SECRET_KEY: "jwt-1" }, "ERR_SECRETS_UNAVAILABLE"],
    ["a denied key of its own is an error", { INSTANCE: denied, SECRET_KEY: "jwt-1" }, "ERR_SECRETS_ACCESS_DENIED"],
    [
      "a disabled key of its own is an error",
      { INSTANCE: disabled, SECRET_KEY: "jwt-1" },
      "ERR_SECRETS_VERSION_DISABLED",
    ],
    [
      "_PREVIOUS without the current",
      { INSTANCE_PREVIOUS: "real-0", SECRET_KEY: "jwt-1" },
      "ERR_SECRETS_INVALID_CONFIG",
    ],
    ["an outage of its secret", { SECRET_KEY: outage }, "ERR_SECRETS_UNAVAILABLE"],
    ["its secret denied", { SECRET_KEY: denied }, "ERR_SECRETS_ACCESS_DENIED"],
    [
      "an outage of its secret's previous value",
      { SECRET_KEY: "jwt-1", SECRET_KEY_PREVIOUS: outage },
      "ERR_SECRETS_UNAVAILABLE",
    ],
    [
      "its secret's previous value denied",
      { SECRET_KEY: "jwt-1", SECRET_KEY_PREVIOUS: denied },
      "ERR_SECRETS_ACCESS_DENIED",
    ],
    ["its secret blank", { SECRET_KEY: "" }, "ERR_SECRETS_INVALID_VALUE"],
    ["neither", {}, "ERR_SECRETS_NOT_FOUND"],
    ["only the previous value of its secret", { SECRET_KEY_PREVIOUS: "jwt-0" }, "ERR_SECRETS_NOT_FOUND"],
  ])("an error and no choice: %s", async (_, answers, code) => {
    await expect(open(answers).opened).rejects.toThrow(withCode(code));
  });

  it("refuses a secret that nothing can be derived from, and does not repeat it", async () => {
    const store = new ScriptedStore({ SECRET_KEY: "hunter2hunter2" });
    const refusing = (secret: Secret): Uint8Array => {
      throw secret.reveal() === "" ? new Error() : new CipherError("ERR_CIPHER_INVALID_KEY", { hint: "Too weak." });
    };
    const opened = keyRingFrom(clockedSecrets(store).secrets, {
      ...options,
      fallback: { current: "SECRET_KEY", derive: refusing },
    });
    const error = await opened.catch((raw: unknown) => raw);
    expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE", secretName: "SECRET_KEY", hint: "Too weak." });
    expect(String(error)).not.toContain("hunter2");
  });
});

describe("rule 8: rotating the other secret does not rotate this ring", () => {
  it("the key is pinned while SECRET_KEY rotates twice; what the others write with is opened too", async () => {
    const { ring, store } = await openRing({ SECRET_KEY: "jwt-1" });
    store.set({ SECRET_KEY: "jwt-2", SECRET_KEY_PREVIOUS: "jwt-1" });
    await ring.refresh();
    expect(contents(ring)).toEqual(["current from(jwt-1)", "previous from(jwt-2)"]);
    store.set({ SECRET_KEY: "jwt-3", SECRET_KEY_PREVIOUS: "jwt-2" });
    await ring.refresh();
    expect(encryptsWith(ring)).toBe("from(jwt-1)");
    expect(contents(ring)).toEqual(["current from(jwt-1)", "previous from(jwt-3)", "previous from(jwt-2)"]);
  });

  it.each<[string, Answer | undefined]>([
    ["removed", undefined],
    ["blank", " "],
    ["disabled", disabled],
    ["out of reach", outage],
  ])("the key is pinned when SECRET_KEY is %s", async (_, answer) => {
    const { ring, store, clock } = await openRing({ SECRET_KEY: "jwt-1" });
    store.set({ SECRET_KEY: answer });
    await clock.advance(3 * hour);
    expect(encryptsWith(ring)).toBe("from(jwt-1)");
  });

  it("a denied SECRET_KEY stops both, until it is allowed again", async () => {
    const { ring, store } = await openRing({ SECRET_KEY: "jwt-1" });
    store.set({ SECRET_KEY: denied });
    await ring.refresh();
    expect(() => contents(ring)).toThrow(withCode("ERR_SECRETS_ACCESS_DENIED"));
    expect(() => encryptsWith(ring)).toThrow(withCode("ERR_SECRETS_ACCESS_DENIED"));
    store.set({ SECRET_KEY: "jwt-1" });
    await ring.refresh();
    expect(encryptsWith(ring)).toBe("from(jwt-1)");
  });

  it("what was derived stays while its secret cannot be read, and goes with it", async () => {
    const { ring, store } = await openRing({ SECRET_KEY: "jwt-1", SECRET_KEY_PREVIOUS: "jwt-0" });
    store.set({ SECRET_KEY_PREVIOUS: outage });
    await ring.refresh();
    expect(contents(ring)).toEqual(["current from(jwt-1)", "previous from(jwt-0)"]);
    store.set({ SECRET_KEY_PREVIOUS: undefined });
    await ring.refresh();
    expect(contents(ring)).toEqual(["current from(jwt-1)"]);
  });

  it("an outage of the ring's own slot does not unpin it, and ends encrypting as any outage does", async () => {
    const { ring, store, clock } = await openRing({ SECRET_KEY: "jwt-1" });
    store.set({ INSTANCE: outage });
    await clock.advance(hour + 5 * minute);
    expect(encryptsWith(ring)).toBe("from(jwt-1)");
    await clock.advance(1);
    expect(() => encryptsWith(ring)).toThrow(withCode("ERR_SECRETS_UNAVAILABLE"));
    expect(contents(ring)).toEqual(["current from(jwt-1)"]);
  });
});

describe("rule 8: a ring that held a real key never falls back", () => {
  it("a real key is adopted at run time, and opens what was written on the fallback", async () => {
    const { ring, store } = await openRing({ SECRET_KEY: "jwt-1", SECRET_KEY_PREVIOUS: "jwt-0" });
    store.set({ INSTANCE: "real" });
    await ring.refresh();
    expect(encryptsWith(ring)).toBe("real");
    expect(contents(ring)).toEqual(["current real", "previous from(jwt-1)", "previous from(jwt-0)"]);
  });

  it("from then on the other secret is not read, and what it does changes nothing", async () => {
    const { ring, store } = await openRing({ SECRET_KEY: "jwt-1" });
    store.set({ INSTANCE: "real" });
    await ring.refresh();
    store.calls.length = 0;
    store.set({ SECRET_KEY: denied });
    await ring.refresh();
    expect(store.calls).toEqual([
      "INSTANCE_NEXT",
      "INSTANCE@pending",
      "INSTANCE",
      "INSTANCE_PREVIOUS",
      "INSTANCE@previous",
    ]);
    expect(contents(ring)).toEqual(["current real", "previous from(jwt-1)"]);
  });

  it.each<[string, Answer | undefined]>([
    ["removed", undefined],
    ["disabled", disabled],
  ])("not when the adopted key is %s: encrypting stops, old rows still open", async (_, answer) => {
    const { ring, store } = await openRing({ SECRET_KEY: "jwt-1" });
    store.set({ INSTANCE: "real" });
    await ring.refresh();
    store.set({ INSTANCE: answer });
    for (let round = 0; round < 3; round += 1) await ring.refresh();
    expect(() => encryptsWith(ring)).toThrow(SecretsError);
    expect(contents(ring)).toEqual(["previous from(jwt-1)"]);
    store.set({ INSTANCE: "real-2" });
    await ring.refresh();
    expect(encryptsWith(ring)).toBe("real-2");
  });

  it("not when a ring that started with a real key loses it", async () => {
    const { ring, store } = await openRing({ INSTANCE: "real", SECRET_KEY: "jwt-1" });
    store.set({ INSTANCE: undefined });
    await ring.refresh();
    expect(() => encryptsWith(ring)).toThrow(withCode("ERR_SECRETS_NOT_FOUND"));
    expect(contents(ring)).toEqual([]);
  });

  it("not when the adopted key turns blank: nothing new is made", async () => {
    const { ring, store } = await openRing({ SECRET_KEY: "jwt-1" });
    store.set({ INSTANCE: "real" });
    await ring.refresh();
    store.set({ INSTANCE: "" });
    await ring.refresh();
    expect(() => encryptsWith(ring)).toThrow(withCode("ERR_SECRETS_INVALID_VALUE"));
  });

  it("pinning the derived key as the real one changes no key and no id, and ends the fallback", async () => {
    const { ring, store } = await openRing({ SECRET_KEY: "jwt-1" });
    const before = keysOf(ring, (key) => Buffer.from(key)).encryptionKey();
    store.set({ INSTANCE: "from(jwt-1)", SECRET_KEY: "jwt-2", SECRET_KEY_PREVIOUS: "jwt-1" });
    await ring.refresh();
    expect(keysOf(ring, (key) => Buffer.from(key)).encryptionKey()).toBe(before);
    expect(contents(ring)[0]).toBe("current from(jwt-1)");
    store.set({ INSTANCE: undefined });
    await ring.refresh();
    expect(() => encryptsWith(ring)).toThrow(withCode("ERR_SECRETS_NOT_FOUND"));
  });
});

describe("rule 9: a derived key has no id that could confirm a guess", () => {
  it("it is shown by what it is derived from, each key by a label of its own, for good", async () => {
    const { ring, store } = await openRing({ SECRET_KEY: "jwt-1", SECRET_KEY_PREVIOUS: "jwt-0" });
    expect(ids(ring)).toEqual(["derived:SECRET_KEY", "derived:SECRET_KEY_PREVIOUS"]);
    store.set({ SECRET_KEY: "jwt-2", SECRET_KEY_PREVIOUS: "jwt-1" });
    await ring.refresh();
    expect(ids(ring)).toEqual(["derived:SECRET_KEY", "derived:SECRET_KEY~2"]);
    store.set({ SECRET_KEY: "jwt-3", SECRET_KEY_PREVIOUS: "jwt-2" });
    await ring.refresh();
    expect(ids(ring)).toEqual(["derived:SECRET_KEY", "derived:SECRET_KEY~3", "derived:SECRET_KEY~2"]);
    store.set({ INSTANCE: "real" });
    await ring.refresh();
    expect(ids(ring).slice(1)).toEqual(["derived:SECRET_KEY", "derived:SECRET_KEY~3", "derived:SECRET_KEY~2"]);
  });

  it("nothing that anyone can compute from the secret stands in the status", async () => {
    const { ring } = await openRing({ SECRET_KEY: "jwt-1" });
    const text = JSON.stringify(ring.status());
    for (const guess of ["jwt-1", "from(jwt-1)"]) {
      for (const encoding of ["hex", "base64", "base64url"] as const) {
        expect(text).not.toContain(createHash("sha256").update(guess).digest(encoding).slice(0, 8));
      }
    }
    expect(ids(ring)).toEqual(["derived:SECRET_KEY"]);
  });
});
