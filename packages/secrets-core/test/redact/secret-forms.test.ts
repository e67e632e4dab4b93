import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fakeSecret } from "../../src/index.js";
import { createRedactor } from "../../src/redact/index.js";
import { formsOf } from "../../src/redact/secret-forms.js";
import { secretOf } from "../../src/secret.js";

function redacted(value: string | Uint8Array, text: string): string {
  const redactor = createRedactor();
  const facts = { name: "X", provider: "fake", stage: "current", fetchedAt: new Date(), state: "fresh" } as const;
  redactor.add(typeof value === "string" ? fakeSecret(value, "X") : secretOf(value, facts));
  return redactor.redact(text);
}

/** Text without end that repeats nothing soon, with characters that every encoding treats in its own way. */
function longText(length: number, seed = 1): string {
  const letters = ["a", "Z", "7", "+", "/", " ", '"', "\\", "\n", "%", "é", "ж", "語", "🔑", "=", "~"];
  let state = seed;
  let text = "";
  while (text.length < length) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    text += letters[state >>> 28];
  }
  return text;
}

const value = fc
  .string({ unit: "grapheme", minLength: 8, maxLength: 60 })
  .filter((text) => Buffer.byteLength(text) >= 12);
const around = fc.string({ unit: fc.constantFrom("~", "|", " "), maxLength: 10 });

const encodings: [string, (text: string) => string][] = [
  ["as it stands", (text) => text],
  ["in base64", (text) => Buffer.from(text).toString("base64")],
  ["in base64url", (text) => Buffer.from(text).toString("base64url")],
  ["in hex", (text) => Buffer.from(text).toString("hex")],
  ["in hex of capitals", (text) => Buffer.from(text).toString("hex").toUpperCase()],
  ["URL-encoded", (text) => encodeURIComponent(text)],
  ["URL-encoded in small letters", (text) => encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase())],
  ["in a form", (text) => encodeURIComponent(text).replaceAll("%20", "+")],
  ["escaped in JSON", (text) => JSON.stringify(text).slice(1, -1)],
  ["escaped in JSON within JSON", (text) => JSON.stringify(JSON.stringify(text)).slice(3, -3)],
];

describe("a value is found", () => {
  it.each(encodings)("%s", (_, encode) => {
    fc.assert(
      fc.property(value, around, around, (text, before, after) => {
        const shown = redacted(text, before + encode(text) + after);
        expect(shown).toContain("[redacted X]");
        expect(shown.includes(encode(text))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it("in the base64 of a longer text, wherever it stands in that", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9!_]{12,40}$/),
        fc.string({ maxLength: 7 }),
        fc.string({ maxLength: 7 }),
        (text, before, after) => {
          const shown = redacted(text, Buffer.from(`${before}${text}${after}`).toString("base64"));
          expect(shown).toContain("[redacted X]");
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("a long value is found", () => {
  const lengths = [1_023, 1_024, 1_025, 4_096, 2 ** 16];

  it.each(encodings)("%s", (_, encode) => {
    for (const [index, length] of lengths.entries()) {
      // Of each the beginning differs, so that characters of every kind stand where the beginning is cut.
      for (let seed = 1; seed <= 4; seed += 1) {
        const value = `a${longText(length, seed + 4 * index)}z`;
        // The last digit of base64 also holds bits of what would follow.
        expect(redacted(value, encode(value))).toMatch(/^\[redacted X\][\w+/=-]{0,3}$/);
      }
    }
  });

  it("in the base64 of a longer text, wherever it stands in that", () => {
    for (const before of ["", "~", "~~", "~~~"]) {
      const value = longText(5_000);
      const shown = redacted(value, Buffer.from(`${before}${value}~~~`).toString("base64"));
      expect(shown).toMatch(/^[\w+/=]{0,5}\[redacted X\][\w+/=]{0,8}$/);
    }
  });

  it("by forms that begin as their beginnings say", () => {
    const content = fc.oneof(
      fc
        .tuple(fc.string({ unit: "binary", maxLength: 40 }), fc.nat())
        .map(([text, seed]) => text + longText(1_100, seed)),
      fc.uint8Array({ minLength: 1_025, maxLength: 1_100 }),
    );
    fc.assert(
      fc.property(content, (value) => {
        const forms = [...formsOf(value, 8)].filter((form) => typeof form !== "string");
        expect(forms.length).toBeGreaterThanOrEqual(8);
        for (const { start, whole } of forms) {
          expect(whole().startsWith(start)).toBe(true);
          expect(start.length).toBeGreaterThanOrEqual(16);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("of a value that is cut short", () => {
  const value = Buffer.from(longText(60_000)).toString("base64");

  it("the beginning is found from 256 characters on", () => {
    expect(redacted(value, `${value.slice(0, 256)}…`)).toBe("[redacted X]…");
    expect(redacted(value, `${value.slice(0, 8_000)} [truncated]`)).toBe("[redacted X] [truncated]");
    expect(redacted(value, `${value.slice(0, 255)}…`)).toBe(`${value.slice(0, 255)}…`);
  });

  it("in any form", () => {
    for (const [, encode] of encodings) {
      const text = `${longText(3_000)}z`;
      expect(redacted(text, `${encode(text).slice(0, 700)}|`)).toBe("[redacted X]|");
    }
  });

  it("no other piece is found, unless it is a part on its own", () => {
    expect(redacted(value, value.slice(1))).toBe(value.slice(1));
    expect(redacted(value, value.slice(0, 255) + value.slice(256))).toBe(value.slice(0, 255) + value.slice(256));
  });

  it("a line of PEM is such a part", () => {
    const lines = Array.from({ length: 20 }, (_, index) => value.slice(1_000 + 64 * index, 1_064 + 64 * index));
    const pem = ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----", ""].join("\n");
    const piece = [lines[4]?.slice(9), lines[5], lines[6], lines[7]?.slice(0, -9)].join("\n");
    expect(redacted(pem, piece)).toBe(
      [lines[4]?.slice(9), "[redacted X]", "[redacted X]", lines[7]?.slice(0, -9)].join("\n"),
    );
    expect(redacted(pem, `${pem.slice(0, 700)}…`)).toBe("[redacted X]…");
  });

  it("never less than a minimum length that was asked for", () => {
    const redactor = createRedactor({ minLength: 1_000 });
    redactor.add(fakeSecret(value, "X"));
    expect(redactor.redact(value.slice(0, 999))).toBe(value.slice(0, 999));
    expect(redactor.redact(value.slice(0, 1_000))).toBe("[redacted X]");
  });
});

describe("a binary value is found", () => {
  const binary = fc.uint8Array({ minLength: 12, maxLength: 2_000 }).filter((bytes) => !isText(bytes));
  function isText(bytes: Uint8Array): boolean {
    return Buffer.from(Buffer.from(bytes).toString("utf8"), "utf8").equals(bytes);
  }

  it("in hex and in base64, wherever it stands in longer bytes", () => {
    fc.assert(
      fc.property(binary, fc.uint8Array({ maxLength: 5 }), fc.uint8Array({ maxLength: 5 }), (bytes, before, after) => {
        const longer = Buffer.concat([before, bytes, after]);
        expect(redacted(bytes, `<${Buffer.from(bytes).toString("hex")}>`)).toBe("<[redacted X]>");
        expect(redacted(bytes, longer.toString("base64"))).toMatch(/^[\w+/]{0,8}\[redacted X\][\w+/=]{0,11}$/);
        expect(redacted(bytes, longer.toString("base64url"))).toMatch(/^[\w-]{0,8}\[redacted X\][\w-]{0,11}$/);
      }),
      { numRuns: 200 },
    );
  });
});

describe("a value of characters that are not well formed is found", () => {
  it("as it stands and as it becomes when it is written", () => {
    const value = "one half \uD83D of a pair";
    expect(redacted(value, `<${value}>`)).toBe("<[redacted X]>");
    expect(redacted(value, `<${Buffer.from(value).toString()}>`)).toBe("<[redacted X]>");
    expect(redacted(value, JSON.stringify({ value }))).toBe('{"value":"[redacted X]"}');
  });
});

describe("a value that is short in characters and long in bytes", () => {
  it("is found where it is encoded", () => {
    expect(redacted("ключик", `<${Buffer.from("ключик").toString("base64")}>`)).toBe("<[redacted X]>");
    expect(redacted("ключик", "ключик")).toBe("ключик");
  });
});

describe("a value that is made to cost much", () => {
  it.each([
    ["JSON of very many members", JSON.stringify(Array.from({ length: 300_000 }, (_, index) => index))],
    ["JSON nested very deep", "[".repeat(500_000) + "]".repeat(500_000)],
    ["blocks of PEM that do not end", "-----BEGIN X-----\n".repeat(60_000)],
    ["a URL in a URL in a URL", "https://x/?key=".repeat(20_000)],
  ])("%s: is taken apart in bounded time, and found", (_, value) => {
    expect(redacted(value, `<${value}>`)).toBe("<[redacted X]>");
  });
});

describe("the secret parts of a composite value are found alone", () => {
  const pem = [
    "-----BEGIN PRIVATE KEY-----",
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ",
    "C7VJTUt9Us8cKjMzEfYyjiWA4R4ypqxyz",
    "-----END PRIVATE KEY-----",
    "",
  ].join("\n");

  it.each([
    ["the password of a URL", "postgres://app:Tr0ub4dor-and-3@db.example.com/app", "Tr0ub4dor-and-3"],
    ["… decoded", "postgres://app:p%40ss%2Fw0rd-x@db.example.com/app", "p@ss/w0rd-x"],
    ["a parameter of a URL", "https://x.example.com/blob?sv=1&sig=abcDEF123456", "abcDEF123456"],
    ["a leaf of JSON by its name", JSON.stringify({ username: "app", password: "Tr0ub4dor-and-3" }), "Tr0ub4dor-and-3"],
    ["a leaf of JSON deep inside", JSON.stringify({ a: [{ apiKey: "Tr0ub4dor-and-3" }] }), "Tr0ub4dor-and-3"],
    ["a URL in JSON", JSON.stringify({ a: "postgres://app:Tr0ub4dor-and-3@db/app" }), "Tr0ub4dor-and-3"],
    ["a line of a PEM key in JSON", JSON.stringify({ private_key: pem }), "C7VJTUt9Us8cKjMzEfYyjiWA4R4ypqxyz"],
    [
      "a line of a PEM key with escaped line ends",
      `KEY="${pem.replaceAll("\n", "\\n")}"`,
      "C7VJTUt9Us8cKjMzEfYyjiWA4R4ypqxyz",
    ],
    ["a line of a second PEM block", `${pem.replaceAll("C7VJ", "D8WK")}\n${pem}`, "C7VJTUt9Us8cKjMzEfYyjiWA4R4ypqxyz"],
    ["what white space stands around", "\n  Tr0ub4dor-and-3 \n", "Tr0ub4dor-and-3"],
    ["a line of a PEM key", pem, "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ"],
    [
      "the key of a connection string",
      "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=abcDEF123456==;EndpointSuffix=core.example.net",
      "abcDEF123456==",
    ],
  ])("%s", (_, composite, part) => {
    expect(redacted(composite, `before ${part} after`)).toBe("before [redacted X] after");
    expect(redacted(composite, `before ${composite} after`)).toBe("before [redacted X] after");
  });

  it("and what is no secret in it stays", () => {
    const composite = JSON.stringify({ type: "service_account", project_id: "acme-production", private_key: pem });
    expect(redacted(composite, "service_account acme-production")).toBe("service_account acme-production");
  });
});

describe("a text that is too short to be told from others", () => {
  it("is left alone, so that it spoils nothing", () => {
    expect(redacted("abc", "abc abcdef")).toBe("abc abcdef");
    expect(redacted("", "anything")).toBe("anything");
    expect(redacted(JSON.stringify({ password: "abc" }), "abc")).toBe("abc");
  });
});
