import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { createSecrets, type SecretProvider, SecretsError, type SecretsErrorCode } from "../src/index.js";
import { canary, rejection, shown } from "./shown.js";

/** What users see of a provider that throws this. */
async function seen(raw: unknown, provider: Partial<SecretProvider> = {}): Promise<SecretsError> {
  const secrets = createSecrets({
    provider: {
      name: "acme",
      capabilities: { stages: true, versions: true },
      get: () => Promise.reject(raw),
      ...provider,
    },
  });
  const error = await rejection(secrets.get("db"));
  expect(SecretsError.is(error)).toBe(true);
  expect(error).toMatchObject({ secretName: "db", provider: "acme" });
  return error as SecretsError;
}

const withCode = (code: string) => Object.assign(new Error("x"), { code });
const named = (name: string) => Object.assign(new Error("x"), { name });

describe("an error that no provider classifies", () => {
  it.each([
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ECONNABORTED",
    "EPIPE",
    "EHOSTUNREACH",
    "EHOSTDOWN",
    "ENETUNREACH",
    "ENETDOWN",
    "UND_ERR_SOCKET",
  ])("%s is an outage", async (code) => {
    expect((await seen(withCode(code))).code).toBe("ERR_SECRETS_UNAVAILABLE");
  });

  it.each(["ETIMEDOUT", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"])(
    "%s is a timeout",
    async (code) => {
      expect((await seen(withCode(code))).code).toBe("ERR_SECRETS_TIMEOUT");
    },
  );

  it("is a timeout or an abort by its name, as AbortSignal raises them", async () => {
    expect((await seen(named("TimeoutError"))).code).toBe("ERR_SECRETS_TIMEOUT");
    expect((await seen(new DOMException("x", "TimeoutError"))).code).toBe("ERR_SECRETS_TIMEOUT");
    expect((await seen(new DOMException("x", "AbortError"))).code).toBe("ERR_SECRETS_ABORTED");
  });

  it("is looked for within: fetch keeps it in its cause, a dual-stack connect in its errors", async () => {
    const refused = withCode("ECONNREFUSED");
    expect((await seen(new TypeError("fetch failed", { cause: refused }))).code).toBe("ERR_SECRETS_UNAVAILABLE");
    const both = new AggregateError([refused, refused]);
    expect((await seen(new TypeError("fetch failed", { cause: both }))).code).toBe("ERR_SECRETS_UNAVAILABLE");
  });

  it("is not looked for without end", async () => {
    const ring = new Error("x");
    ring.cause = ring;
    expect((await seen(ring)).code).toBe("ERR_SECRETS_UNKNOWN");
  });

  it.each([[undefined], [null], ["text"], [42], [new Error("x")], [{}], [Object.create(null)], [[]]])(
    "is _UNKNOWN when it is %s",
    async (raw) => {
      expect(await seen(raw)).toMatchObject({ code: "ERR_SECRETS_UNKNOWN", retryable: false });
    },
  );

  it("becomes one SecretsError whatever it is made of", async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (raw) => {
        await seen(raw);
      }),
    );
  });

  it("shows nothing of getters that throw", async () => {
    const secret = canary();
    const explode = () => {
      throw new Error(secret);
    };
    const getters = {};
    for (const property of ["name", "code", "cause", "errors", "status", "message"]) {
      Object.defineProperty(getters, property, { get: explode });
    }
    const proxy = new Proxy({}, { get: explode, has: explode, getPrototypeOf: explode, ownKeys: explode });
    for (const raw of [getters, proxy, { cause: getters }, { errors: [proxy] }]) {
      const error = await seen(raw);
      expect(error.code).toBe("ERR_SECRETS_UNKNOWN");
      expect(shown(error)).not.toContain(secret);
    }
  });
});

describe("a provider's classifyError", () => {
  it("gets the raw error, and is the only one to", async () => {
    const raw = withCode("ECONNREFUSED");
    const classifyError = vi.fn(() => "ERR_SECRETS_ACCESS_DENIED" as const);
    const error = await seen(raw, { classifyError });
    expect(classifyError.mock.calls).toEqual([[raw]]);
    expect(error.code).toBe("ERR_SECRETS_ACCESS_DENIED");
    expect(error.cause).not.toBe(raw);
  });

  it("keeps its `this`", async () => {
    const provider = {
      denied: "EDENIED",
      classifyError(raw: unknown): SecretsErrorCode | undefined {
        return (raw as { code?: string }).code === this.denied ? "ERR_SECRETS_ACCESS_DENIED" : undefined;
      },
    };
    expect((await seen(withCode("EDENIED"), provider)).code).toBe("ERR_SECRETS_ACCESS_DENIED");
  });

  it("leaves what it does not know to core", async () => {
    expect((await seen(withCode("EPIPE"), { classifyError: () => undefined })).code).toBe("ERR_SECRETS_UNAVAILABLE");
  });

  it("that throws knows no code, and what it throws is not shown", async () => {
    const secret = canary();
    const error = await seen(withCode("EPIPE"), {
      classifyError() {
        throw new Error(secret);
      },
    });
    expect(error.code).toBe("ERR_SECRETS_UNAVAILABLE");
    expect(shown(error)).not.toContain(secret);
  });

  it.each(["NOT_FOUND", "toString", ""])("that answers %j, which is no code, makes it _UNKNOWN", async (code) => {
    const error = await seen(new Error("x"), { classifyError: () => code as SecretsErrorCode });
    expect(error).toMatchObject({ code: "ERR_SECRETS_UNKNOWN", retryable: false });
  });

  it("is not asked of a SecretsError, which has its code", async () => {
    const classifyError = vi.fn(() => "ERR_SECRETS_UNKNOWN" as const);
    const error = await seen(new SecretsError("ERR_SECRETS_VERSION_DISABLED"), { classifyError });
    expect(error.code).toBe("ERR_SECRETS_VERSION_DISABLED");
    expect(classifyError).not.toHaveBeenCalled();
  });
});

describe("a SecretsError that a provider throws itself", () => {
  it("keeps its code, hint and cause, and gets the names it lacks", async () => {
    const thrown = new SecretsError("ERR_SECRETS_INTEGRITY", {
      hint: "The CRC32C is wrong.",
      cause: named("CrcError"),
    });
    const error = await seen(thrown);
    expect(error).toMatchObject({ code: "ERR_SECRETS_INTEGRITY", hint: "The CRC32C is wrong." });
    expect(error.cause).toMatchObject({ name: "CrcError" });
  });

  it("is passed on as it is when it names both", async () => {
    const thrown = new SecretsError("ERR_SECRETS_NOT_FOUND", { secretName: "db", provider: "acme" });
    expect(await seen(thrown)).toBe(thrown);
  });

  it("keeps the names it has, such as that of the store behind a composed provider", async () => {
    const provider: SecretProvider = {
      name: "composed",
      capabilities: { stages: true, versions: true },
      get: () => Promise.reject(new SecretsError("ERR_SECRETS_THROTTLED", { provider: "aws" })),
    };
    const error = await rejection(createSecrets({ provider }).get("db"));
    expect(error).toMatchObject({ code: "ERR_SECRETS_THROTTLED", provider: "aws", secretName: "db" });
  });

  it("of a copy of the package with codes that this one does not know is _UNKNOWN", async () => {
    const newer = Object.assign(new Error("x"), {
      code: "ERR_SECRETS_FROM_THE_FUTURE",
      [Symbol.for("@qarion/secrets-core/SecretsError")]: true,
    });
    expect((await seen(newer)).code).toBe("ERR_SECRETS_UNKNOWN");
  });
});
