import { describe, expect, it } from "vitest";
import { memoryProvider, type Secret, SecretsError } from "../../src/index.js";
import { CipherError, type KeyRingOptions, keyRingFrom, keysOf } from "../../src/keys/index.js";
import { asBytes, clockedSecrets, contents, encryptsWith, hour, minute } from "./rings.js";
import { type Answer, denied, disabled, newKey, outage, ScriptedStore } from "./scripted-store.js";

const slots = {
  name: "rows",
  current: "KEY",
  previous: ["KEY@previous"],
  pending: "KEY@pending",
  parse: asBytes,
} as const;

function open(answers: Record<string, Answer>, options: Partial<KeyRingOptions> = {}) {
  const store = new ScriptedStore(answers);
  const { clock, secrets } = clockedSecrets(store, { cache: { ttlMs: 5 * minute, maxStaleMs: hour } });
  return { store, clock, secrets, opened: keyRingFrom(secrets, { ...slots, ...options }) };
}

async function openRing(answers: Record<string, Answer>, options: Partial<KeyRingOptions> = {}) {
  const { opened, ...rest } = open(answers, options);
  return { ...rest, ring: await opened };
}

const withCode = (code: string) => expect.objectContaining({ code });
/** Everything that an error shows of itself, its causes included. */
function told(error: unknown): string {
  return error instanceof Error
    ? `${error.message} ${error.stack} ${JSON.stringify(error)} ${told(error.cause)}`
    : String(error);
}

describe("rule 1: an empty or blank value is never a key", () => {
  const blanks: Record<string, string | Uint8Array> = {
    empty: "",
    "a space": " ",
    "a newline": "\n",
    "tabs and newlines": "\t\r\n \v\f",
    "a no-break space": "\u00a0",
    "a byte order mark": "\ufeff",
    "no bytes": new Uint8Array(0),
    "blank bytes": Buffer.from(" \n "),
  };

  it.each(Object.entries(blanks))("as the current key it is INVALID_VALUE: %s", async (_, blank) => {
    const { opened } = open({ KEY: blank });
    await expect(opened).rejects.toThrow(withCode("ERR_SECRETS_INVALID_VALUE"));
    await expect(opened).rejects.toThrow("empty or blank");
  });

  it.each(Object.entries(blanks))("as a previous or pending key it is absent: %s", async (_, blank) => {
    const { ring } = await openRing({ KEY: "one", "KEY@previous": blank, "KEY@pending": blank });
    expect(contents(ring)).toEqual(["current one"]);
  });

  it("as the current key at run time nothing new is made, and what was made still opens", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one", "KEY@previous": "zero" });
    store.set({ KEY: " " });
    await ring.refresh();
    expect(() => encryptsWith(ring)).toThrow(withCode("ERR_SECRETS_INVALID_VALUE"));
    expect(contents(ring)).toEqual(["current one", "previous zero"]);
    await clock.advance(hour + 5 * minute + 1);
    expect(contents(ring)).toEqual(["current one", "previous zero"]);
    store.set({ KEY: "two" });
    await ring.refresh();
    expect([contents(ring), encryptsWith(ring)]).toEqual([["current two", "previous zero"], "two"]);
  });

  it("as a previous key at run time it is absent at once", async () => {
    const { ring, store } = await openRing({ KEY: "one", "KEY@previous": "zero" });
    store.set({ "KEY@previous": "\n" });
    await ring.refresh();
    expect(contents(ring)).toEqual(["current one"]);
  });

  it("a value that `parse` makes no bytes of is no key either", async () => {
    const parse = (secret: Secret) => Buffer.from(secret.reveal(), "hex");
    await expect(open({ KEY: "no hexadecimal" }, { parse }).opened).rejects.toThrow(
      withCode("ERR_SECRETS_INVALID_VALUE"),
    );
    await expect(open({ KEY: "00ff", "KEY@previous": "zz" }, { parse }).opened).rejects.toThrow(
      withCode("ERR_SECRETS_INVALID_VALUE"),
    );
  });

  it("nor is what `parse` returns instead of bytes: from text would come a key of zeros, from a promise none", async () => {
    for (const parse of [(secret: Secret) => secret.reveal(), async (secret: Secret) => secret.revealBytes()]) {
      await expect(open({ KEY: "one" }, { parse: parse as never }).opened).rejects.toThrow(
        withCode("ERR_SECRETS_INVALID_VALUE"),
      );
    }
  });
});

describe("what `parse` says of a value", () => {
  it("is told when it is a hint meant to be told, under the name of the secret", async () => {
    const parse = () => {
      throw new CipherError("ERR_CIPHER_INVALID_KEY", { hint: "A key is 32 bytes." });
    };
    const error = await open({ KEY: "one" }, { parse }).opened.catch((raw: unknown) => raw);
    expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE", secretName: "KEY", hint: "A key is 32 bytes." });
  });

  it("is never repeated when it is any other error: that may quote the value", async () => {
    const value = newKey();
    const parse = (secret: Secret): Uint8Array => {
      throw new Error(`bad key ${secret.reveal()}`);
    };
    const error = await open({ KEY: value }, { parse }).opened.catch((raw: unknown) => raw);
    expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE", secretName: "KEY" });
    expect(told(error)).not.toContain(value);
  });
});

describe("rule 2: one ring, one source, one generation", () => {
  it("reads pending, current, previous: one after the other, in this order, past every cache", async () => {
    const { store, secrets, ring } = await openRing(
      { KEY: "one", "KEY@previous": "zero", OLD: "minus", "KEY@pending": "two" },
      { previous: ["KEY@previous", "OLD"] },
    );
    const order = ["KEY@pending", "KEY", "KEY@previous", "OLD"];
    expect(store.calls).toEqual(order);
    await secrets.getAll({ next: "KEY@pending", now: "KEY", before: "KEY@previous", old: "OLD" });
    expect(store.calls).toHaveLength(4); // from the cache
    await ring.refresh();
    expect(store.calls.slice(4)).toEqual(order);
    expect(contents(ring)).toEqual(["current one", "pending two", "previous zero", "previous minus"]);
  });

  it("asks for one slot at a time", async () => {
    const { store, ring } = await openRing({ KEY: "one", "KEY@previous": "zero", "KEY@pending": "two" });
    let asked = 0;
    let most = 0;
    store.before = async () => {
      most = Math.max(most, ++asked);
      await new Promise((resolve) => setImmediate(resolve));
      asked -= 1;
    };
    await ring.refresh();
    expect(most).toBe(1);
  });

  it("shows the old generation, whole, until the last slot is read, and then the new one, whole", async () => {
    const { store, ring } = await openRing({ KEY: "one", "KEY@previous": "zero", "KEY@pending": "two" });
    const before = contents(ring);
    store.set({ KEY: "two", "KEY@previous": "one", "KEY@pending": "three" });
    const seen: string[][] = [];
    store.before = () => void seen.push(contents(ring));
    await ring.refresh();
    expect(seen).toEqual([before, before, before]);
    expect(contents(ring)).toEqual(["current two", "pending three", "previous one"]);
  });

  it("never changes a generation that somebody holds", async () => {
    const { store, ring } = await openRing({ KEY: "one", "KEY@previous": "zero" });
    const held = keysOf(ring, (key) => Buffer.from(key)).generation();
    const copy = [...held];
    expect(Object.isFrozen(held)).toBe(true);
    store.set({ KEY: "two", "KEY@previous": "one" });
    await ring.refresh();
    expect(held).toEqual(copy);
  });

  it("hands out the same generation until the keys change: ciphers prepare keys by it", async () => {
    const { store, ring } = await openRing({ KEY: "one", "KEY@previous": "zero" });
    const keys = keysOf(ring, (key) => Buffer.from(key));
    const first = keys.generation();
    await ring.refresh();
    expect(keys.generation()).toBe(first);
    store.set({ KEY: "two", "KEY@previous": "one" });
    await ring.refresh();
    expect(keys.generation()).not.toBe(first);
    expect(keys.generation()[1]?.key).toBe(first[0]?.key); // the same key object, in another slot
  });

  it("counts a value that stands in two slots once, as the more active of the two", async () => {
    const { ring } = await openRing({ KEY: "one", "KEY@previous": "one", "KEY@pending": "one" });
    expect(contents(ring)).toEqual(["current one"]);
    const twice = await openRing({ KEY: "one", "KEY@previous": "two", "KEY@pending": "two" });
    expect(contents(twice.ring)).toEqual(["current one", "pending two"]);
  });

  it("keeps its own copy of the bytes: what `parse` returned may be written over", async () => {
    const shared = Buffer.from("one");
    const { ring } = await openRing({ KEY: "one" }, { parse: () => shared });
    shared.fill(0);
    expect(contents(ring)).toEqual(["current one"]);
  });
});

describe("a ring does not start half-configured", () => {
  it.each<[string, Record<string, Answer>, string]>([
    ["no current key", {}, "ERR_SECRETS_NOT_FOUND"],
    ["a current key that is denied", { KEY: denied }, "ERR_SECRETS_ACCESS_DENIED"],
    ["a current key that is disabled", { KEY: disabled }, "ERR_SECRETS_VERSION_DISABLED"],
    ["an outage", { KEY: outage }, "ERR_SECRETS_UNAVAILABLE"],
    ["an outage on the previous key", { KEY: "one", "KEY@previous": outage }, "ERR_SECRETS_UNAVAILABLE"],
    ["an outage on the pending key", { KEY: "one", "KEY@pending": outage }, "ERR_SECRETS_UNAVAILABLE"],
    ["a previous key that is denied", { KEY: "one", "KEY@previous": denied }, "ERR_SECRETS_ACCESS_DENIED"],
    ["a pending key that is denied", { KEY: "one", "KEY@pending": denied }, "ERR_SECRETS_ACCESS_DENIED"],
    ["a previous key and no current one", { "KEY@previous": "zero" }, "ERR_SECRETS_INVALID_CONFIG"],
  ])("%s", async (_, answers, code) => {
    await expect(open(answers).opened).rejects.toThrow(withCode(code));
  });

  it("and names both sides of a previous key without a current one", async () => {
    await expect(open({ OLD: "zero" }, { previous: ["OLD"] }).opened).rejects.toThrow(/OLD is set and KEY is not/);
  });

  it("a stage that the provider does not have, named by the user, is an error", async () => {
    const { secrets } = clockedSecrets(new ScriptedStore({ KEY: "one" }, { stages: false }));
    await expect(keyRingFrom(secrets, slots)).rejects.toThrow(withCode("ERR_SECRETS_UNSUPPORTED"));
  });

  it("a start that failed leaves no key taken and nothing running", async () => {
    const { secrets, store, clock, opened } = open({ KEY: "one", "KEY@previous": denied });
    await expect(opened).rejects.toThrow(SecretsError);
    expect(clock.sleepers()).toEqual([]);
    store.set({ "KEY@previous": undefined });
    await expect(keyRingFrom(secrets, { ...slots, name: "another" })).resolves.toBeDefined();
  });

  it("needs a Secrets of createSecrets()", async () => {
    await expect(keyRingFrom({} as never, slots)).rejects.toThrow(withCode("ERR_SECRETS_INVALID_CONFIG"));
  });
});

describe("rule 5: outage", () => {
  const codes = ["UNAVAILABLE", "THROTTLED", "TIMEOUT", "UNAUTHENTICATED", "INTEGRITY"] as const;

  it.each(codes)("decrypting goes on for as long as it lasts, encrypting for ttlMs + maxStaleMs: %s", async (name) => {
    const code = `ERR_SECRETS_${name}` as const;
    const { ring, store, clock } = await openRing({ KEY: "one", "KEY@previous": "zero" });
    store.set({ KEY: { code }, "KEY@previous": { code }, "KEY@pending": { code } });
    await clock.advance(hour + 5 * minute);
    expect(encryptsWith(ring)).toBe("one");
    await clock.advance(1);
    expect(() => encryptsWith(ring)).toThrow(expect.objectContaining({ code, retryable: true }));
    await clock.advance(6 * hour);
    expect(contents(ring)).toEqual(["current one", "previous zero"]);
  });

  it("ends by itself: the ring asks again and encrypts as soon as the store answers", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one" });
    store.set({ KEY: outage });
    await clock.advance(3 * hour);
    expect(() => encryptsWith(ring)).toThrow(SecretsError);
    store.set({ KEY: "one" });
    await clock.advance(30_000);
    expect(encryptsWith(ring)).toBe("one");
  });

  it("an outage of the other slots alone stops nothing", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one", "KEY@previous": "zero", "KEY@pending": "two" });
    store.set({ "KEY@previous": outage, "KEY@pending": outage });
    await clock.advance(24 * hour);
    expect(encryptsWith(ring)).toBe("one");
    expect(contents(ring)).toEqual(["current one", "pending two", "previous zero"]);
  });

  it("a machine that stood still does not encrypt with what it knew, until ready() asked", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one" });
    store.set({ KEY: "two", "KEY@previous": "one" });
    clock.freeze(24 * hour);
    expect(() => encryptsWith(ring)).toThrow(expect.objectContaining({ code: "ERR_SECRETS_UNAVAILABLE" }));
    await ring.ready();
    expect(encryptsWith(ring)).toBe("two");
  });

  it("a wall clock that is set back does not keep an old key in use", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one" });
    store.set({ KEY: outage });
    clock.freeze(-24 * hour);
    await clock.advance(hour + 5 * minute + 1);
    expect(() => encryptsWith(ring)).toThrow(SecretsError);
  });

  it("denied: encrypting and decrypting both stop, and both come back soon after it is allowed again", async () => {
    const { ring, store, clock } = await openRing({ KEY: "one", "KEY@previous": "zero" });
    store.set({ KEY: denied });
    await ring.refresh();
    expect(() => encryptsWith(ring)).toThrow(withCode("ERR_SECRETS_ACCESS_DENIED"));
    expect(() => contents(ring)).toThrow(withCode("ERR_SECRETS_ACCESS_DENIED"));
    expect(ring.status().map(({ state }) => state)).toEqual(["current", "previous"]);
    await clock.advance(hour); // nobody mends it for a while
    store.set({ KEY: "one" });
    await clock.advance(30_000);
    expect(encryptsWith(ring)).toBe("one");
    expect(contents(ring)).toEqual(["current one", "previous zero"]);
  });

  it.each([
    ["not found", undefined, "ERR_SECRETS_NOT_FOUND"],
    ["disabled", disabled, "ERR_SECRETS_VERSION_DISABLED"],
  ])(
    "a current key that is %s: encrypting stops, previous goes on, and it comes back soon",
    async (_, answer, code) => {
      const { ring, store, clock } = await openRing({ KEY: "one", "KEY@previous": "zero" });
      store.set({ KEY: answer });
      await ring.refresh();
      expect(() => encryptsWith(ring)).toThrow(withCode(code));
      expect(contents(ring)).toEqual(["previous zero"]);
      await clock.advance(hour);
      store.set({ KEY: "two" });
      await clock.advance(30_000);
      expect(encryptsWith(ring)).toBe("two");
      expect(contents(ring)).toEqual(["current two", "previous zero"]);
    },
  );

  it("not found affects that slot alone", async () => {
    const { ring, store } = await openRing({ KEY: "one", "KEY@previous": "zero", "KEY@pending": "two" });
    store.set({ "KEY@previous": undefined });
    await ring.refresh();
    expect(contents(ring)).toEqual(["current one", "pending two"]);
    store.set({ "KEY@pending": disabled });
    await ring.refresh();
    expect(contents(ring)).toEqual(["current one"]);
  });

  it("a value at run time that is no key leaves the other slots in place", async () => {
    const parse = (secret: Secret) => {
      if (secret.reveal().startsWith("bad")) throw new CipherError("ERR_CIPHER_INVALID_KEY");
      return secret.revealBytes();
    };
    const { ring, store, clock } = await openRing(
      { KEY: "one", "KEY@previous": "zero", "KEY@pending": "two" },
      { parse },
    );
    const good = contents(ring);
    for (const slot of ["KEY@previous", "KEY@pending"]) {
      store.set({ KEY: "one", "KEY@previous": "zero", "KEY@pending": "two", [slot]: "bad value" });
      await ring.refresh();
      expect(contents(ring)).toEqual(good.filter((held) => !held.startsWith(slot.slice(4))));
      expect(encryptsWith(ring)).toBe("one");
    }
    store.set({ KEY: "three", "KEY@previous": "zero", "KEY@pending": undefined });
    await clock.advance(30_000);
    expect(contents(ring)).toEqual(["current three", "previous zero"]);
  });
});

describe("a JSON secret that holds many", () => {
  const members = { ...slots, current: "app#KEY", previous: ["app#KEY_PREVIOUS"], pending: "app#KEY_NEXT" };
  const app = (document: Record<string, unknown>) => ({ app: JSON.stringify(document) });

  it("is read member by member, each read of its own: a value moves within it, too", async () => {
    const { ring, store } = await openRing(app({ KEY: "one", KEY_PREVIOUS: "", other: 1 }), members);
    expect(contents(ring)).toEqual(["current one"]);
    expect(store.calls).toEqual(["app", "app", "app"]);
    store.set(app({ KEY: "two", KEY_PREVIOUS: "one", KEY_NEXT: "three" }));
    await ring.refresh();
    expect(contents(ring)).toEqual(["current two", "pending three", "previous one"]);
  });

  it("does not start without the member, and makes nothing new when the document breaks", async () => {
    await expect(open(app({ other: "x" }), members).opened).rejects.toThrow(withCode("ERR_SECRETS_NOT_FOUND"));
    await expect(open({ app: "{" }, members).opened).rejects.toThrow(withCode("ERR_SECRETS_INVALID_VALUE"));
    const { ring, store } = await openRing(app({ KEY: "one", KEY_PREVIOUS: "zero" }), members);
    store.set({ app: '{"KEY":' });
    await ring.refresh();
    expect(contents(ring)).toEqual(["current one"]);
    expect(() => encryptsWith(ring)).toThrow(withCode("ERR_SECRETS_INVALID_VALUE"));
  });

  it("that is not found, denied or out of reach as a whole is so for each member", async () => {
    const { ring, store } = await openRing(app({ KEY: "one", KEY_PREVIOUS: "zero" }), members);
    store.set({ app: denied });
    await ring.refresh();
    expect(() => contents(ring)).toThrow(withCode("ERR_SECRETS_ACCESS_DENIED"));
    store.set(app({ KEY: "one", KEY_PREVIOUS: "zero" }));
    await ring.refresh();
    store.set({ app: outage });
    await ring.refresh();
    expect(contents(ring)).toEqual(["current one", "previous zero"]);
  });
});

describe("the ids of a cipher ring", () => {
  it("come from the value and not from the slot or the ring's name", async () => {
    const { ring, store, secrets } = await openRing({ KEY: "one", "KEY@pending": "two" });
    const [one, two] = ring.status().map(({ keyId }) => keyId);
    const fromList = keysOf(["one", "two"], (key) => Buffer.from(key)).status();
    expect([one, two]).toEqual(fromList.map(({ keyId }) => keyId));
    store.set({ KEY: "two", "KEY@previous": "one", "KEY@pending": undefined });
    await ring.refresh();
    expect(ring.status().map(({ keyId }) => keyId)).toEqual([two, one]);
    await ring.close();
    const renamed = await keyRingFrom(secrets, { ...slots, name: "another name" });
    expect(renamed.status().map(({ keyId }) => keyId)).toEqual([two, one]);
  });

  it("say what the ring can say by itself, with the uses of this process", async () => {
    const { ring } = await openRing({ KEY: "one", "KEY@previous": "zero", "KEY@pending": "two" });
    const keys = keysOf(ring, (key) => Buffer.from(key));
    const current = keys.encryptionKey();
    keys.used(current);
    keys.used(current);
    const [one, two, zero] = ring.status();
    expect(one).toMatchObject({ state: "current", uses: 2, safeToRemove: false });
    expect(two).toMatchObject({ state: "pending", uses: 0, safeToRemove: false });
    expect(zero).toMatchObject({ state: "previous", uses: 0, safeToRemove: "unknown" });
    expect(zero?.because).toMatch(/audit of the stored rows/);
    expect(two).not.toHaveProperty("lastUsedAt");
  });

  it("date the last use by the clock of the Secrets", async () => {
    const { ring, clock } = await openRing({ KEY: "one" });
    const keys = keysOf(ring, (key) => Buffer.from(key));
    await clock.advance(minute);
    keys.used(keys.encryptionKey());
    expect(ring.status()[0]?.lastUsedAt).toEqual(new Date(clock.now()));
  });

  it("with the memory provider follow its rotation", async () => {
    const provider = memoryProvider({ KEY: "one" });
    const { secrets } = clockedSecrets(provider);
    const ring = await keyRingFrom(secrets, slots);
    provider.set("KEY", "two", { stage: "pending" });
    provider.rotate("KEY", "two");
    await ring.refresh();
    expect(contents(ring)).toEqual(["current two", "previous one"]);
  });
});
