import { inspect } from "node:util";
import { SecretsError } from "@qarion/secrets-core";
import { describe, expect, it } from "vitest";
import { JwtError, type JwtErrorCode } from "../src/index.js";

const codes: readonly JwtErrorCode[] = [
  "ERR_JWT_MALFORMED",
  "ERR_JWT_ALGORITHM",
  "ERR_JWT_UNKNOWN_KEY",
  "ERR_JWT_SIGNATURE",
  "ERR_JWT_EXPIRED",
  "ERR_JWT_NOT_YET",
  "ERR_JWT_CLAIMS",
  "ERR_JWT_STALE",
];

describe("JwtError", () => {
  it.each(codes)("%s has a message of its own and is an Error named JwtError", (code) => {
    const error = new JwtError(code);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe("JwtError");
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^\S.*\.$/);
    expect(codes.filter((other) => new JwtError(other).message === error.message)).toEqual([code]);
    expect(error.hint).toBeUndefined();
  });

  it("is retryable for a stale ring and for nothing else", () => {
    expect(codes.filter((code) => new JwtError(code).retryable)).toEqual(["ERR_JWT_STALE"]);
  });

  it("ends its message with the hint and keeps it", () => {
    const error = new JwtError("ERR_JWT_CLAIMS", { hint: "Do this." });
    expect(error.hint).toBe("Do this.");
    expect(error.message).toBe("the claims cannot be accepted. Do this.");
  });

  it("keeps a SecretsError as its cause", () => {
    const cause = new SecretsError("ERR_SECRETS_UNAVAILABLE");
    expect(new JwtError("ERR_JWT_STALE", { cause }).cause).toBe(cause);
  });

  it("drops any other cause, since it may quote a token", () => {
    for (const cause of [new Error("canary-value"), "canary-value", { message: "canary-value" }, null, 1]) {
      const error = new JwtError("ERR_JWT_STALE", { cause });
      expect(error.cause).toBeUndefined();
      expect("cause" in error).toBe(false);
      expect(inspect(error, { depth: null, showHidden: true })).not.toContain("canary-value");
    }
  });

  it("is known by its brand, so that another copy of the package is recognised", () => {
    expect(JwtError.is(new JwtError("ERR_JWT_EXPIRED"))).toBe(true);
    expect(JwtError.is({ [Symbol.for("@qarion/jwt-rotation/JwtError")]: true })).toBe(true);
    for (const other of [
      new Error("x"),
      new SecretsError("ERR_SECRETS_UNKNOWN"),
      { code: "ERR_JWT_EXPIRED" },
      null,
      undefined,
      "x",
    ]) {
      expect(JwtError.is(other)).toBe(false);
    }
  });
});
