import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { SecretsError, type SecretsErrorCode } from "../src/index.js";
import { canary, shown } from "./shown.js";

const retryable: Record<SecretsErrorCode, boolean> = {
  ERR_SECRETS_NOT_FOUND: false,
  ERR_SECRETS_ACCESS_DENIED: false,
  ERR_SECRETS_VERSION_DISABLED: false,
  ERR_SECRETS_INTEGRITY: true,
  ERR_SECRETS_THROTTLED: true,
  ERR_SECRETS_UNAVAILABLE: true,
  ERR_SECRETS_TIMEOUT: true,
  ERR_SECRETS_ABORTED: false,
  ERR_SECRETS_UNAUTHENTICATED: true,
  ERR_SECRETS_INVALID_REF: false,
  ERR_SECRETS_INVALID_VALUE: false,
  ERR_SECRETS_INVALID_CONFIG: false,
  ERR_SECRETS_UNSUPPORTED: false,
  ERR_SECRETS_PROVIDER_UNKNOWN: false,
  ERR_SECRETS_PROVIDER_NOT_INSTALLED: false,
  ERR_SECRETS_CLOSED: false,
  ERR_SECRETS_UNKNOWN: false,
};
const codes = Object.keys(retryable) as SecretsErrorCode[];

describe("SecretsError", () => {
  it.each(codes)("%s says what happened and what to do, and whether it is an outage", (code) => {
    const error = new SecretsError(code);
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe(code);
    expect(error.retryable).toBe(retryable[code]);
    expect(error.hint).toMatch(/^[A-Z].{10,}\.$/);
    expect(error.message).toMatch(/^[a-z].*\. /);
    expect(error.message).toContain(error.hint);
    expect(error).not.toHaveProperty("cause");
  });

  it("names the secret and the provider, and takes a hint that knows more", () => {
    const error = new SecretsError("ERR_SECRETS_NOT_FOUND", { secretName: "db", provider: "aws", hint: "Create it." });
    expect(error.message).toBe('secret "db": provider "aws": not found. Create it.');
    expect(error).toMatchObject({ secretName: "db", provider: "aws", hint: "Create it." });
  });

  it("goes by its own name in print and in its stack", () => {
    const error = new SecretsError("ERR_SECRETS_CLOSED");
    expect(error.name).toBe("SecretsError");
    expect(String(error)).toMatch(/^SecretsError: closed\. /);
    expect(error.stack).toMatch(/^SecretsError: closed\. /);
    expect(inspect(error)).toContain("ERR_SECRETS_CLOSED");
  });

  it("shows a name on one line, escaped and cut", () => {
    const error = new SecretsError("ERR_SECRETS_NOT_FOUND", { secretName: `a\n\u001b[31m${"b".repeat(5_000)}` });
    expect(error.message).toContain('"a\\n\\u001b[31m');
    expect(error.message).not.toMatch(/\p{Cc}/u);
    expect(error.message.length).toBeLessThan(400);
  });

  it("falls back to _UNKNOWN for a code it does not know, as untyped code may pass it", () => {
    for (const code of ["NOT_FOUND", "toString", "__proto__", "", undefined]) {
      const error = new SecretsError(code as SecretsErrorCode);
      expect(error).toMatchObject({ code: "ERR_SECRETS_UNKNOWN", retryable: false });
      expect(error.message).not.toContain("undefined");
    }
  });
});

describe("SecretsError.is", () => {
  it("knows the errors of another copy of the package, both ways", async () => {
    vi.resetModules();
    const copy = await import("../src/index.js");
    expect(copy.SecretsError).not.toBe(SecretsError);
    const theirs = new copy.SecretsError("ERR_SECRETS_NOT_FOUND");
    expect(theirs).not.toBeInstanceOf(SecretsError);
    expect(SecretsError.is(theirs)).toBe(true);
    expect(copy.SecretsError.is(new SecretsError("ERR_SECRETS_NOT_FOUND"))).toBe(true);
  });

  it("is not deceived by what only looks like one", () => {
    const error = new SecretsError("ERR_SECRETS_NOT_FOUND");
    const lookalikes = [
      { ...error },
      JSON.parse(JSON.stringify(error)),
      Object.assign(new Error("x"), { name: "SecretsError", code: "ERR_SECRETS_NOT_FOUND" }),
      "ERR_SECRETS_NOT_FOUND",
      null,
      undefined,
      7,
    ];
    for (const lookalike of lookalikes) expect(SecretsError.is(lookalike)).toBe(false);
  });

  it("does not throw for an object that throws at every touch", () => {
    expect(SecretsError.is(hostile("x"))).toBe(false);
  });
});

/** Every access to it throws an error that holds the text. */
function hostile(text: string): object {
  const explode = () => {
    throw new Error(text);
  };
  return new Proxy(new Error(text), { get: explode, has: explode, ownKeys: explode, getPrototypeOf: explode });
}

describe("the cause of a SecretsError", () => {
  it("tells name, code, status and request id, which is what the allow-list holds", () => {
    const raw = Object.assign(new Error("x"), {
      name: "ThrottlingException",
      code: "ETHROTTLE",
      $metadata: { httpStatusCode: 400, requestId: "0f4b1c5e-1111-2222-3333-444455556666" },
    });
    const { cause } = new SecretsError("ERR_SECRETS_THROTTLED", { cause: raw });
    expect(cause).toBeInstanceOf(Error);
    expect(cause).not.toBe(raw);
    expect(cause).toMatchObject({
      name: "ThrottlingException",
      code: "ETHROTTLE",
      status: 400,
      requestId: "0f4b1c5e-1111-2222-3333-444455556666",
      message: "ThrottlingException, code ETHROTTLE, status 400, request 0f4b1c5e-1111-2222-3333-444455556666",
    });
  });

  it.each([
    ["status", { status: 503 }],
    ["statusCode", { statusCode: "503" }],
    ["$metadata", { $metadata: { httpStatusCode: 503 } }],
  ])("finds the HTTP status in %s", (_, facts) => {
    expect(new SecretsError("ERR_SECRETS_UNAVAILABLE", { cause: facts }).cause).toMatchObject({ status: 503 });
  });

  it("holds nothing of a message, a stack, headers, a body, a response or a cause", () => {
    const secret = canary();
    const raw = Object.assign(new TypeError(`failed with ${secret}`, { cause: new Error(secret) }), {
      config: { headers: { authorization: `Bearer ${secret}` }, url: `https://u:${secret}@host` },
      response: { status: 500, data: secret, headers: { "set-cookie": secret } },
      request: { body: secret },
      input: secret,
      errors: [new Error(secret)],
      $response: { body: Buffer.from(secret) },
      [Symbol("secret")]: secret,
      toString: () => secret,
      toJSON: () => secret,
      [inspect.custom]: () => secret,
    });
    raw.stack = `Error: ${secret}\n    at ${secret}`;
    const error = new SecretsError("ERR_SECRETS_UNKNOWN", { cause: raw });
    expect(shown(error)).not.toContain(secret);
    expect(shown(error.cause)).toContain("TypeError");
  });

  it("tells nothing in the place of a fact that has not the shape of one", () => {
    const secret = canary();
    const raw = {
      name: secret,
      code: secret,
      status: `500 ${secret}`,
      statusCode: [secret],
      requestId: secret,
      $metadata: { httpStatusCode: secret, requestId: { toString: () => secret } },
    };
    const error = new SecretsError("ERR_SECRETS_UNKNOWN", { cause: raw });
    expect(shown(error)).not.toContain(secret);
    expect(error.cause).toMatchObject({ name: "Error", message: "Error" });
  });

  it.each([
    "hunter2",
    "Passw0rd",
    "AKIAIOSFODNN7EXAMPLE",
    "sk_live_4eC39HqLyjWDar",
    "d41d8cd98f00b204e9800998ecf8427e",
  ])("tells no name and no code that may look like a key or a password: %s", (text) => {
    const error = new SecretsError("ERR_SECRETS_UNKNOWN", { cause: { name: text, code: text } });
    expect(shown(error)).not.toContain(text);
  });

  it.each(["ECONNREFUSED", "ERR_INVALID_URL", "UND_ERR_SOCKET", "28P01", "14", "ThrottlingException"])(
    "tells the code %s, which is one of Node, undici, SQL, gRPC or AWS",
    (code) => {
      expect(new SecretsError("ERR_SECRETS_UNKNOWN", { cause: { code } }).cause).toMatchObject({ code });
    },
  );

  it("holds no text of a raw error beyond those shapes, whatever the fields", () => {
    const text = fc.string({ minLength: 1 }).map((text) => `${text} !${text}`); // a space is in none of the shapes
    fc.assert(
      fc.property(
        text,
        fc.array(fc.constantFrom("name", "code", "status", "statusCode", "requestId", "message", "stack", "hint"), {
          minLength: 1,
        }),
        (text, fields) => {
          const raw = Object.fromEntries(fields.map((field) => [field, text]));
          const { cause } = new SecretsError("ERR_SECRETS_UNKNOWN", { cause: raw });
          expect((cause as Error).message).toBe("Error");
          expect((cause as Error).stack).toBe("Error: Error");
        },
      ),
    );
  });

  it("survives getters and proxies that throw, and shows nothing of what they throw", () => {
    const secret = canary();
    const withGetters = {};
    for (const property of ["name", "code", "status", "statusCode", "requestId", "$metadata", "message", "cause"]) {
      Object.defineProperty(withGetters, property, {
        get() {
          throw new Error(secret);
        },
      });
    }
    for (const raw of [withGetters, hostile(secret)]) {
      const error = new SecretsError("ERR_SECRETS_UNKNOWN", { cause: raw });
      expect(error.code).toBe("ERR_SECRETS_UNKNOWN");
      expect(shown(error)).not.toContain(secret);
    }
  });

  it.each([["a string"], [7], [null], [Symbol("raw")], [() => undefined]])("is an Error for a raw %s too", (raw) => {
    const { cause } = new SecretsError("ERR_SECRETS_UNKNOWN", { cause: raw });
    expect(cause).toBeInstanceOf(Error);
    expect((cause as Error).message).not.toContain("raw");
    expect((cause as Error).message).not.toContain("a string");
  });

  it("is a SecretsError as it is, since that holds nothing to hide", () => {
    const inner = new SecretsError("ERR_SECRETS_TIMEOUT");
    expect(new SecretsError("ERR_SECRETS_UNAVAILABLE", { cause: inner }).cause).toBe(inner);
  });
});

it("a cause tells nothing that the AWS SDK copied out of an answer's body", () => {
  const planted = "planted-token-abcdef";
  const raw = Object.assign(new Error("x"), { code: "ABCDE", requestId: planted, $metadata: { httpStatusCode: 403 } });
  const { cause } = new SecretsError("ERR_SECRETS_ACCESS_DENIED", { cause: raw });
  expect(inspect(cause, { showHidden: true })).not.toMatch(/ABCDE|planted/);
  expect(cause).toMatchObject({ status: 403 });
});
