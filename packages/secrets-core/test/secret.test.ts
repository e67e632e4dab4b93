import { Console } from "node:console";
import { Writable } from "node:stream";
import { format, inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSecrets, fakeSecret, memoryProvider, type Secret, SecretsError } from "../src/index.js";
import { canary, shown } from "./shown.js";

async function stored(value: string | Uint8Array, name = "SECRET_KEY"): Promise<Secret> {
  return createSecrets({ provider: memoryProvider({ [name]: value }) }).get(name);
}

const codePoint = fc.integer({ min: 0, max: 0x10ffff }).filter((point) => point < 0xd800 || point > 0xdfff);
const unicode = fc.array(codePoint).map((points) => String.fromCodePoint(...points));

function thrownBy(run: () => unknown): SecretsError {
  try {
    run();
  } catch (error) {
    expect(SecretsError.is(error)).toBe(true);
    return error as SecretsError;
  }
  throw new Error("expected it to throw");
}

describe("a Secret tells who it is", () => {
  it("by name, provider, stage, version, state and the moment of the read", async () => {
    const before = Date.now();
    const secret = await stored("value");
    expect(secret).toMatchObject({
      name: "SECRET_KEY",
      provider: "memory",
      stage: "current",
      version: "1",
      state: "fresh",
    });
    expect(secret.fetchedAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(secret.fetchedAt.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it("with the moment of its activation only where the store knows it", async () => {
    const activatedAt = new Date(1_700_000_000_000);
    const get = (facts: object) =>
      createSecrets({
        provider: {
          name: "p",
          capabilities: { stages: true, versions: true },
          get: async () => ({ value: "x", ...facts }),
        },
      }).get("A");
    expect((await get({ activatedAt })).activatedAt).toEqual(activatedAt);
    const bare = await get({});
    expect(bare).not.toHaveProperty("activatedAt");
    expect(bare).not.toHaveProperty("version");
  });
});

describe("a Secret does not show its value", () => {
  it("to anything that prints, logs, serialises or walks it", async () => {
    const value = canary();
    for (const secret of [await stored(value), fakeSecret(value), (await stored(value)).map((v) => `<${v}>`)]) {
      expect(shown(secret)).not.toContain(value);
      expect(shown({ nested: [{ secret }], map: new Map([["k", secret]]) })).not.toContain(value);
    }
  });

  it("when it is binary: neither as text nor as numbers", async () => {
    const value = Buffer.from(canary());
    const text = shown(await stored(Uint8Array.from(value)));
    expect(text).not.toContain(value.toString());
    expect(text).not.toContain(value.toString("hex"));
    expect(text).not.toContain([...value].join(","));
    expect(text.replaceAll(" ", "")).not.toContain([...value.subarray(0, 6)].join(","));
    expect(text).not.toContain(
      value
        .subarray(0, 6)
        .toString("hex")
        .replace(/(..)(?=.)/g, "$1 "),
    );
  });

  it("to a console, by any of its methods", async () => {
    const value = canary();
    const secret = await stored(value);
    let printed = "";
    const sink = new Writable({
      write(chunk, _, done) {
        printed += chunk;
        done();
      },
    });
    const output = new Console(sink, sink);
    output.log(secret);
    output.log("%s %o %O %j %d %i %f", secret, secret, secret, secret, secret, secret, secret);
    output.error({ secret });
    output.dir(secret, { depth: null, showHidden: true });
    output.table([secret]);
    output.trace(secret);
    output.assert(false, "%s %o", secret, secret);
    expect(printed).toContain("[redacted SECRET_KEY]");
    expect(printed).not.toContain(value);
  });

  it("but its name, in brackets", async () => {
    const secret = await stored("value");
    const redacted = "[redacted SECRET_KEY]";
    expect(String(secret)).toBe(redacted);
    expect(`${secret}`).toBe(redacted);
    expect(inspect(secret)).toBe(redacted);
    expect(inspect(secret, { showHidden: true, getters: true, depth: null })).toBe(redacted);
    expect(format("%s|%o", secret, secret)).toBe(`${redacted}|${redacted}`);
    expect(JSON.stringify({ secret })).toBe(`{"secret":"${redacted}"}`);
    expect([secret].join()).toBe(redacted);
    expect(encodeURIComponent(String(secret))).not.toContain("value");
    expect(Object.prototype.toString.call(secret)).toBe("[object Secret]");
    expect(Number(secret)).toBeNaN();
  });

  it("to spread, entries, own keys, assign and structuredClone", async () => {
    const value = canary();
    const secret = await stored(value);
    const copies = [
      { ...secret },
      Object.entries(secret),
      Object.assign({}, secret),
      structuredClone(secret),
      Object.getOwnPropertyDescriptors(secret),
      Reflect.ownKeys(secret).map((key) => Reflect.get(secret, key)),
    ];
    for (const copy of copies) expect(shown(copy)).not.toContain(value);
    expect({ ...secret }).not.toHaveProperty("reveal");
  });

  it("in the message of an error that someone makes of it", async () => {
    const value = canary();
    const secret = await stored(value);
    expect(new Error(`cannot connect with ${secret}`).message).toBe("cannot connect with [redacted SECRET_KEY]");
    expect(shown(new Error("x", { cause: secret }))).not.toContain(value);
  });
});

describe("a Secret is frozen", () => {
  it("against new properties, changed ones and methods put in place of its own", async () => {
    const secret = await stored("value");
    expect(Object.isFrozen(secret)).toBe(true);
    for (const property of ["name", "state", "reveal", "toString", "extra"]) {
      expect(Reflect.set(secret, property, "changed")).toBe(false);
      expect(Reflect.defineProperty(secret, property, { value: "changed" })).toBe(false);
    }
    expect(secret.reveal()).toBe("value");
  });

  it("in its bytes: what one caller does to its copy, no other sees", async () => {
    const secrets = createSecrets({ provider: memoryProvider({ KEY: Uint8Array.of(1, 2, 3) }) });
    (await secrets.get("KEY")).revealBytes().fill(0);
    expect([...(await secrets.get("KEY")).revealBytes()]).toEqual([1, 2, 3]);
  });

  it("against a provider that goes on using the buffer it handed over", async () => {
    const buffer = new Uint8Array(3);
    let fill = 1;
    const secrets = createSecrets({
      provider: {
        name: "pooled",
        capabilities: { stages: true, versions: true },
        get: async () => ({ value: buffer.fill(fill++) }),
      },
    });
    const first = await secrets.get("KEY");
    await secrets.refresh("KEY");
    expect([...first.revealBytes()]).toEqual([1, 1, 1]);
    expect([...(await secrets.get("KEY")).revealBytes()]).toEqual([2, 2, 2]);
  });
});

describe("reveal", () => {
  it("gives the text as it was stored, the empty one too", async () => {
    for (const value of ["", " ", "a\n", "\uFEFFbom", "é€😀", "\0"]) {
      expect((await stored(value)).reveal()).toBe(value);
      expect((await stored(new TextEncoder().encode(value))).reveal()).toBe(value);
    }
  });

  it("and revealBytes agree on every text and every UTF-8 value", async () => {
    await fc.assert(
      fc.asyncProperty(unicode, async (value) => {
        const bytes = new TextEncoder().encode(value);
        expect(Buffer.from((await stored(value)).revealBytes()).equals(bytes)).toBe(true);
        expect((await stored(bytes)).reveal()).toBe(value);
      }),
    );
  });

  it("refuses what is binary, without showing it", async () => {
    const secret = await stored(Uint8Array.of(0xff, 0xfe, 0x80));
    const error = thrownBy(() => secret.reveal());
    expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE", secretName: "SECRET_KEY", provider: "memory" });
    expect(error.hint).toContain("revealBytes");
    expect([...secret.revealBytes()]).toEqual([0xff, 0xfe, 0x80]);
  });
});

describe("revealJson", () => {
  it("gives the parsed value, of bytes too", async () => {
    const value = { a: [1, "b", null] };
    expect((await stored(JSON.stringify(value))).revealJson()).toEqual(value);
    expect((await stored(new TextEncoder().encode("7"))).revealJson()).toBe(7);
  });

  it("quotes nothing of a short value either, which V8 quotes in full", () => {
    for (const text of ["p4ss", "{p4ss}", '"p4ss'])
      expect(shown(thrownBy(() => fakeSecret(text).revealJson()))).not.toContain("p4ss");
  });

  it("gives every caller its own object", async () => {
    const secret = await stored('{"a":1}');
    (secret.revealJson() as { a: number }).a = 2;
    expect(secret.revealJson()).toEqual({ a: 1 });
  });

  it("does not quote what it cannot parse, as JSON.parse does", async () => {
    const value = canary();
    for (const text of [value, `{"password":"${value}"`, `["${value}",]`, `"${value}`]) {
      const error = thrownBy(() => fakeSecret(text).revealJson());
      expect(error.code).toBe("ERR_SECRETS_INVALID_VALUE");
      expect(shown(error)).not.toContain(value);
    }
  });

  it("says of binary that it is binary", async () => {
    const secret = await stored(Uint8Array.of(0xff));
    expect(thrownBy(() => secret.revealJson()).hint).toContain("revealBytes");
  });
});

describe("map", () => {
  it("builds a secret that stays redacted and keeps the facts", async () => {
    const value = canary();
    const password = await stored(value, "DB_PASSWORD");
    const url = password.map((p) => `postgres://app:${p}@db/app`);
    expect(url.reveal()).toBe(`postgres://app:${value}@db/app`);
    expect(String(url)).toBe("[redacted DB_PASSWORD]");
    expect(shown(url)).not.toContain(value);
    expect({ ...url }).toEqual({ ...password });
    expect(Object.isFrozen(url)).toBe(true);
  });

  it("wraps what the function throws, since that may quote the value", async () => {
    const value = canary();
    const error = thrownBy(() => fakeSecret(value, "URL").map((text) => new URL(text).host));
    expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE", secretName: "URL" });
    expect(error).not.toHaveProperty("cause");
    expect(shown(error)).not.toContain(value);
  });

  it("passes on a SecretsError, and refuses a result that is no string", async () => {
    const own = new SecretsError("ERR_SECRETS_UNSUPPORTED");
    expect(
      thrownBy(() =>
        fakeSecret("x").map(() => {
          throw own;
        }),
      ),
    ).toBe(own);
    for (const result of [undefined, 7, Promise.resolve("x"), Buffer.from("x")]) {
      expect(thrownBy(() => fakeSecret("x").map(() => result as never)).code).toBe("ERR_SECRETS_INVALID_VALUE");
    }
  });
});

describe("equals", () => {
  it("compares values across types and lengths", async () => {
    const secret = await stored("value");
    expect(secret.equals("value")).toBe(true);
    expect(secret.equals(new TextEncoder().encode("value"))).toBe(true);
    expect(secret.equals(fakeSecret("value", "OTHER"))).toBe(true);
    expect(secret.equals(await stored(new TextEncoder().encode("value")))).toBe(true);
    expect(secret.equals("valuf")).toBe(false);
    expect(secret.equals("")).toBe(false);
    expect(secret.equals("value\0")).toBe(false);
    expect(fakeSecret("").equals("")).toBe(true);
  });

  it("is equality of bytes, for any two values", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(fakeSecret(Buffer.from(a).toString("latin1")).equals(Buffer.from(b).toString("latin1"))).toBe(
          Buffer.from(a).equals(b),
        );
      }),
    );
  });
});
