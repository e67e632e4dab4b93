import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fakeSecret } from "../../src/index.js";
import { createRedactor } from "../../src/redact/index.js";

function redacted(value: string, text: string): string {
  const redactor = createRedactor();
  redactor.add(fakeSecret(value, "X"));
  return redactor.redact(text);
}

const value = fc
  .string({ unit: "grapheme", minLength: 8, maxLength: 60 })
  .filter((text) => Buffer.byteLength(text) >= 12);
const around = fc.string({ unit: fc.constantFrom("~", "|", " "), maxLength: 10 });

describe("a value is found", () => {
  it.each<[string, (text: string) => string]>([
    ["as it stands", (text) => text],
    ["in base64", (text) => Buffer.from(text).toString("base64")],
    ["in base64url", (text) => Buffer.from(text).toString("base64url")],
    ["in hex", (text) => Buffer.from(text).toString("hex")],
    ["URL-encoded", (text) => encodeURIComponent(text)],
    ["in a form", (text) => encodeURIComponent(text).replaceAll("%20", "+")],
    ["escaped in JSON", (text) => JSON.stringify(text).slice(1, -1)],
    ["escaped in JSON within JSON", (text) => JSON.stringify(JSON.stringify(text)).slice(3, -3)],
  ])("%s", (_, encode) => {
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
