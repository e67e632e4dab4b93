import { randomBytes } from "node:crypto";
import { createSecrets, type MemoryProvider, memoryProvider, SecretsError } from "@qarion/secrets-core";
import { type Cipher, keyId, type LiveCipher } from "@qarion/secrets-core/keys";
import { type FakeClock, fakeClock } from "@qarion-testing/support";
import { describe, expect, it, onTestFinished } from "vitest";
import { deriveFernetKey, fernetCipher, generateFernetKey, instanceUrlCipher } from "../src/index.js";
import { codeOf } from "./code-of.js";
import { bytesOf } from "./hand-made-token.js";

const newSecretKey = () => randomBytes(48).toString("base64");
const [key, oldKey, nextKey] = [generateFernetKey(), generateFernetKey(), generateFernetKey()];
const under = (each: string) => fernetCipher({ keys: [each] });
const minute = 60_000;

interface Opened {
  readonly store: MemoryProvider;
  readonly clock: FakeClock;
  readonly cipher: LiveCipher;
}

/** A process that starts now, with a store of its own or one that others use too. */
async function start(from: Record<string, string | Uint8Array> | MemoryProvider): Promise<Opened> {
  const store =
    typeof from.get === "function"
      ? (from as MemoryProvider)
      : memoryProvider(from as Record<string, string | Uint8Array>);
  const clock = fakeClock();
  const secrets = createSecrets({ provider: store, clock, cache: { ttlMs: 5 * minute, maxStaleMs: 60 * minute } });
  onTestFinished(() => secrets.close());
  return { store, clock, cipher: await instanceUrlCipher(secrets) };
}

/** How a start fails. */
async function refusalOf(from: Record<string, string | Uint8Array> | MemoryProvider): Promise<SecretsError> {
  const error: unknown = await start(from).then(
    () => undefined,
    (raw: unknown) => raw,
  );
  if (SecretsError.is(error)) return error;
  throw new Error("a SecretsError was expected", { cause: error });
}

/** The code of the `SecretsError` that a ring answers with, or of the `CipherError`. */
function answerOf(attempt: () => unknown): string {
  try {
    return codeOf(attempt);
  } catch (error) {
    if (SecretsError.is(error)) return error.code;
    throw error;
  }
}

const idsAndStates = (cipher: Cipher) => cipher.status().map(({ keyId: id, state }) => `${state} ${id}`);
const idOf = (each: string) => keyId(bytesOf(each), "cipher");

describe("instanceUrlCipher with keys of its own", () => {
  it("encrypts with INSTANCE_ENCRYPTION_KEY and opens with _PREVIOUS and _NEXT too", async () => {
    const { cipher } = await start({
      INSTANCE_ENCRYPTION_KEY: key,
      INSTANCE_ENCRYPTION_KEY_PREVIOUS: oldKey,
      INSTANCE_ENCRYPTION_KEY_NEXT: nextKey,
    });
    expect(idsAndStates(cipher)).toEqual([
      `current ${idOf(key)}`,
      `pending ${idOf(nextKey)}`,
      `previous ${idOf(oldKey)}`,
    ]);
    expect(under(key).decrypt(cipher.encrypt("url"))).toBe("url");
    for (const each of [key, oldKey, nextKey]) expect(cipher.decrypt(under(each).encrypt("url"))).toBe("url");
    expect(codeOf(() => cipher.decrypt(under(generateFernetKey()).encrypt("url")))).toBe(
      "ERR_CIPHER_AUTHENTICATION_FAILED",
    );
    expect([cipher.format, cipher.bindsContext]).toEqual(["fernet", false]);
  });

  it("does not know SECRET_KEY then: what is encrypted with the key derived from it does not open", async () => {
    const secretKey = newSecretKey();
    const { cipher } = await start({
      INSTANCE_ENCRYPTION_KEY: key,
      SECRET_KEY: secretKey,
      SECRET_KEY_PREVIOUS: secretKey,
    });
    expect(idsAndStates(cipher)).toEqual([`current ${idOf(key)}`]);
    expect(codeOf(() => cipher.decrypt(under(deriveFernetKey(secretKey)).encrypt("url")))).toBe(
      "ERR_CIPHER_AUTHENTICATION_FAILED",
    );
  });

  it("does not need SECRET_KEY, nor the right to read it", async () => {
    const { cipher } = await start({ INSTANCE_ENCRYPTION_KEY: key, SECRET_KEY: "", SECRET_KEY_PREVIOUS: "changeme" });
    expect(under(key).decrypt(cipher.encrypt("url"))).toBe("url");
  });

  it("follows a rotation with no restart: refresh(), ready() when it is due, and by itself", async () => {
    const { cipher, store, clock } = await start({ INSTANCE_ENCRYPTION_KEY: oldKey });
    const row = cipher.encrypt("row");
    const rotateTo = (next: string, previous: string) => {
      store.set("INSTANCE_ENCRYPTION_KEY_PREVIOUS", previous);
      store.set("INSTANCE_ENCRYPTION_KEY", next);
    };

    rotateTo(key, oldKey);
    await cipher.ready();
    expect(under(oldKey).decrypt(cipher.encrypt("not due yet"))).toBe("not due yet");
    await cipher.refresh();
    expect(under(key).decrypt(cipher.encrypt("url"))).toBe("url");
    expect(cipher.decrypt(row)).toBe("row");
    expect(cipher.rotate(row)).toMatchObject({ changed: true, fromKeyId: idOf(oldKey), toKeyId: idOf(key) });

    rotateTo(nextKey, key);
    clock.freeze(6 * minute); // a frozen runtime: time passed and nothing ran
    await cipher.ready();
    expect(under(nextKey).decrypt(cipher.encrypt("url"))).toBe("url");

    rotateTo(key, nextKey);
    await clock.advance(6 * minute);
    expect(under(key).decrypt(cipher.encrypt("url"))).toBe("url");
  });

  it("stays on its last good keys through an outage, then stops making new ciphertexts", async () => {
    const { cipher, store, clock } = await start({ INSTANCE_ENCRYPTION_KEY: key });
    const row = cipher.encrypt("row");
    store.fail("ERR_SECRETS_UNAVAILABLE");
    await clock.advance(64 * minute);
    expect(cipher.decrypt(cipher.encrypt("row"))).toBe("row");
    await clock.advance(10 * minute);
    expect(answerOf(() => cipher.encrypt("row"))).toBe("ERR_SECRETS_UNAVAILABLE");
    expect(cipher.decrypt(row)).toBe("row");
    store.fail(undefined);
    await cipher.refresh();
    expect(cipher.decrypt(cipher.encrypt("row"))).toBe("row");
  });

  it("denied, it neither encrypts nor opens", async () => {
    const { cipher, store } = await start({ INSTANCE_ENCRYPTION_KEY: key });
    const row = cipher.encrypt("row");
    store.fail("ERR_SECRETS_ACCESS_DENIED");
    await cipher.refresh();
    const attempts = [() => cipher.encrypt("x"), () => cipher.decrypt(row), () => cipher.rotate(row)];
    for (const attempt of attempts) expect(answerOf(attempt)).toBe("ERR_SECRETS_ACCESS_DENIED");
  });

  it("makes nothing new when the store comes to hold what is no key, and opens what it made", async () => {
    const { cipher, store } = await start({ INSTANCE_ENCRYPTION_KEY: key });
    for (const bad of [`${nextKey}\n`, "", "changeme", Buffer.alloc(32)]) {
      store.set("INSTANCE_ENCRYPTION_KEY", bad);
      await cipher.refresh();
      expect(() => cipher.encrypt("url")).toThrow(SecretsError);
      expect(cipher.decrypt(under(key).encrypt("url"))).toBe("url");
    }
  });

  it("after close, it does not follow any more", async () => {
    const { cipher, store, clock } = await start({ INSTANCE_ENCRYPTION_KEY: key });
    await cipher.close();
    store.set("INSTANCE_ENCRYPTION_KEY", nextKey);
    await clock.advance(10 * minute);
    expect(clock.sleepers()).toEqual([]);
    expect(idsAndStates(cipher)).toEqual([`current ${idOf(key)}`]);
  });
});

describe("instanceUrlCipher does not start", () => {
  const secretKey = newSecretKey();
  const own = "INSTANCE_ENCRYPTION_KEY";

  it("with a current key that is blank, and does not take the fallback for it", async () => {
    for (const blank of ["", "  ", "\n"]) {
      expect(await refusalOf({ [own]: blank, SECRET_KEY: secretKey })).toMatchObject({
        code: "ERR_SECRETS_INVALID_VALUE",
        secretName: own,
      });
    }
  });

  it("with a key that is none, in any place, and says what a key looks like", async () => {
    for (const name of [own, `${own}_PREVIOUS`, `${own}_NEXT`]) {
      const error = await refusalOf({ [own]: key, SECRET_KEY: secretKey, [name]: `"${nextKey}"` });
      expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE", secretName: name });
      expect(error.hint).toContain(
        "32 bytes in urlsafe base64 with padding: 44 characters. This one stands in quotes.",
      );
    }
    expect(await refusalOf({ [own]: randomBytes(32) })).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE" });
  });

  it("with a previous key and no current one: that is half a configuration, and no reason to fall back", async () => {
    const error = await refusalOf({ [`${own}_PREVIOUS`]: oldKey, SECRET_KEY: secretKey });
    expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG", secretName: own });
    expect(error.hint).toContain(`${own}_PREVIOUS is set and ${own} is not`);
  });

  it.each(["ERR_SECRETS_ACCESS_DENIED", "ERR_SECRETS_UNAVAILABLE", "ERR_SECRETS_UNAUTHENTICATED"] as const)(
    "when the store answers %s: only not found leads to the fallback",
    async (code) => {
      const store = memoryProvider({ [own]: key, SECRET_KEY: secretKey });
      const real = store.get.bind(store);
      store.get = async (ref, context) => {
        if (ref.name.startsWith(own)) throw new SecretsError(code, { secretName: ref.name });
        return real(ref, context);
      };
      delete (store as Partial<MemoryProvider>).getMany;
      expect(await refusalOf(store)).toMatchObject({ code });
    },
  );

  it("with neither a key nor a secret to derive one from", async () => {
    expect(await refusalOf({})).toMatchObject({ code: "ERR_SECRETS_NOT_FOUND", secretName: own });
    expect(await refusalOf({ SECRET_KEY: " \n" })).toMatchObject({
      code: "ERR_SECRETS_INVALID_VALUE",
      secretName: own,
    });
  });

  it.each(["changeme", "super-secret-key", "your-256-bit-secret"])(
    "on a fallback that everyone knows: %s",
    async (weak) => {
      const error = await refusalOf({ SECRET_KEY: weak });
      expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE", secretName: "SECRET_KEY" });
      expect(error.hint).toMatch(/^No key can be derived from it: it is a /);
      expect(await refusalOf({ SECRET_KEY: secretKey, SECRET_KEY_PREVIOUS: weak })).toMatchObject({
        code: "ERR_SECRETS_INVALID_VALUE",
        secretName: "SECRET_KEY_PREVIOUS",
      });
    },
  );
});

describe("instanceUrlCipher on the fallback", () => {
  const secretKeys = [newSecretKey(), newSecretKey(), newSecretKey()];
  const [first = "", second = "", third = ""] = secretKeys;
  const derived = secretKeys.map(deriveFernetKey);
  const [derivedFirst = "", derivedSecond = ""] = derived;
  const rotateSecretKey = (store: MemoryProvider, to: string, from: string) => {
    store.set("SECRET_KEY_PREVIOUS", from);
    store.set("SECRET_KEY", to);
  };

  it("encrypts with the key derived from SECRET_KEY, whose id would confirm a guess and is not shown", async () => {
    const { cipher } = await start({ SECRET_KEY: first });
    expect(under(derivedFirst).decrypt(cipher.encrypt("url"))).toBe("url");
    expect(idsAndStates(cipher)).toEqual(["current derived:SECRET_KEY"]);
    expect(JSON.stringify(cipher.status())).not.toContain(idOf(derivedFirst));
    expect(cipher.rotate(cipher.encrypt("url"))).toMatchObject({ changed: false, toKeyId: "derived:SECRET_KEY" });
  });

  it("derives from the very value, white space included, as Python does", async () => {
    const { cipher } = await start({ SECRET_KEY: ` ${first}\n`, SECRET_KEY_PREVIOUS: `${second}\n` });
    expect(under(deriveFernetKey(` ${first}\n`)).decrypt(cipher.encrypt("url"))).toBe("url");
    expect(cipher.decrypt(under(deriveFernetKey(`${second}\n`)).encrypt("url"))).toBe("url");
  });

  it("opens with the key derived from SECRET_KEY_PREVIOUS too", async () => {
    const { cipher } = await start({ SECRET_KEY: second, SECRET_KEY_PREVIOUS: first });
    expect(cipher.decrypt(under(derivedFirst).encrypt("url"))).toBe("url");
    expect(under(derivedSecond).decrypt(cipher.encrypt("url"))).toBe("url");
    expect(idsAndStates(cipher)).toEqual(["current derived:SECRET_KEY", "previous derived:SECRET_KEY_PREVIOUS"]);
  });

  it("keeps the key it started with while SECRET_KEY rotates twice: rows stay readable, new ones are under one key", async () => {
    const { cipher, store } = await start({ SECRET_KEY: first });
    const rows = [cipher.encrypt("row 0")];
    rotateSecretKey(store, second, first);
    await cipher.refresh();
    rows.push(cipher.encrypt("row 1"));
    rotateSecretKey(store, third, second);
    await cipher.refresh();
    rows.push(cipher.encrypt("row 2"));

    expect(rows.map((row) => cipher.decrypt(row))).toEqual(["row 0", "row 1", "row 2"]);
    expect(rows.map((row) => under(derivedFirst).decrypt(row))).toEqual(["row 0", "row 1", "row 2"]);
    expect(rows.map((row) => cipher.rotate(row).changed)).toEqual([false, false, false]);
  });

  it("opens what processes write that started after the rotation, as they open what it writes", async () => {
    const { cipher: before, store } = await start({ SECRET_KEY: first });
    rotateSecretKey(store, second, first);
    const { cipher: after } = await start(store);
    await before.refresh();
    expect(before.decrypt(after.encrypt("by the new one"))).toBe("by the new one");
    expect(after.decrypt(before.encrypt("by the old one"))).toBe("by the old one");
  });

  it("is the trap: restarted after two rotations, the first rows are lost to it until the key is pinned", async () => {
    const { cipher: before, store } = await start({ SECRET_KEY: first });
    const row = before.encrypt("row");
    rotateSecretKey(store, second, first);
    rotateSecretKey(store, third, second);
    const { cipher: lost } = await start(store);
    expect(codeOf(() => lost.decrypt(row))).toBe("ERR_CIPHER_AUTHENTICATION_FAILED");
    const { cipher: pinned } = await start({ SECRET_KEY: third, INSTANCE_ENCRYPTION_KEY: derivedFirst });
    expect(pinned.decrypt(row)).toBe("row");
  });

  it("pinned as INSTANCE_ENCRYPTION_KEY, the derived key reads the same rows whatever SECRET_KEY is", async () => {
    const { cipher: before } = await start({ SECRET_KEY: first });
    const row = before.encrypt("row");
    const others: Record<string, string>[] = [
      {},
      { SECRET_KEY: first },
      { SECRET_KEY: third, SECRET_KEY_PREVIOUS: second },
      { SECRET_KEY: "" },
    ];
    for (const other of others) {
      const { cipher: after } = await start({ ...other, INSTANCE_ENCRYPTION_KEY: derivedFirst });
      expect(after.decrypt(row)).toBe("row");
      expect(after.rotate(row)).toMatchObject({ ciphertext: row, changed: false });
      expect(before.decrypt(after.encrypt("back"))).toBe("back");
    }
  });

  it("of a value that everyone knows is only taken when it is pinned by hand, to leave it", async () => {
    const row = under(deriveFernetKey("changeme")).encrypt("row");
    const { cipher } = await start({
      INSTANCE_ENCRYPTION_KEY: key,
      INSTANCE_ENCRYPTION_KEY_PREVIOUS: deriveFernetKey("changeme"),
      SECRET_KEY: first,
      SECRET_KEY_PREVIOUS: "changeme",
    });
    expect(under(key).decrypt(cipher.rotate(row).ciphertext)).toBe("row");
  });

  it("pinned under a running process, it changes no row and no key id, and SECRET_KEY matters no more", async () => {
    const { cipher, store } = await start({ SECRET_KEY: first });
    const row = cipher.encrypt("row");
    store.set("INSTANCE_ENCRYPTION_KEY", derivedFirst);
    await cipher.refresh();
    expect(idsAndStates(cipher)).toEqual(["current derived:SECRET_KEY"]);
    rotateSecretKey(store, second, first);
    await cipher.refresh();
    expect(cipher.rotate(row)).toMatchObject({ ciphertext: row, changed: false });
    expect(under(derivedFirst).decrypt(cipher.encrypt("url"))).toBe("url");
  });

  it("re-keyed under a running process: the derived key opens, the new one encrypts", async () => {
    const { cipher, store } = await start({ SECRET_KEY: first });
    const row = cipher.encrypt("row");
    store.set("INSTANCE_ENCRYPTION_KEY_PREVIOUS", derivedFirst);
    store.set("INSTANCE_ENCRYPTION_KEY", key);
    await cipher.refresh();
    const rotated = cipher.rotate(row);
    expect(rotated).toMatchObject({ changed: true, fromKeyId: "derived:SECRET_KEY", toKeyId: idOf(key) });
    expect(under(key).decrypt(rotated.ciphertext)).toBe("row");
    expect(under(key).decrypt(cipher.encrypt("url"))).toBe("url");
  });

  it("is never come back to by a ring that held a real key", async () => {
    const { cipher, store } = await start({ SECRET_KEY: first });
    store.set("INSTANCE_ENCRYPTION_KEY", key);
    await cipher.refresh();
    const row = cipher.encrypt("row");
    expect(under(key).decrypt(row)).toBe("row");
    store.delete("INSTANCE_ENCRYPTION_KEY");
    await cipher.refresh();
    expect(answerOf(() => cipher.encrypt("url"))).toBe("ERR_SECRETS_NOT_FOUND");

    const started = await start({ INSTANCE_ENCRYPTION_KEY: key, SECRET_KEY: first });
    started.store.delete("INSTANCE_ENCRYPTION_KEY");
    await started.cipher.refresh();
    expect(answerOf(() => started.cipher.encrypt("url"))).toBe("ERR_SECRETS_NOT_FOUND");
    expect(answerOf(() => started.cipher.decrypt(under(derivedFirst).encrypt("url")))).toBe(
      "ERR_CIPHER_AUTHENTICATION_FAILED",
    );
  });
});
