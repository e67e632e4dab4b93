import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { weakness } from "../../src/keys/index.js";

describe("weakness: published values", () => {
  it.each([
    ["FastAPI's JWT tutorial", "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7"],
    ["jwt.io, 256 bits", "a-string-secret-at-least-256-bits-long"],
    ["RFC 7515 appendix A.1", "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"],
    ["Supabase self-hosting", "super-secret-jwt-token-with-at-least-32-characters-long"],
    ["digits counted up", "12345678901234567890123456789012"],
    ["hex counted up", "0123456789abcdef0123456789abcdef"],
    ["express-session", "keyboard cat"],
    ["jsonwebtoken's README", "shhhhh"],
    ["the shortest word for it", "secret"],
  ])("%s", (_, value) => {
    expect(weakness(value)).toBe("it is a published example or default value");
  });

  it("are known in any case, with any punctuation, and around white space", () => {
    for (const value of ["SUPER_SECRET_KEY", "super-secret-key", "Super Secret Key!", "  super.secret.key\n"]) {
      expect(weakness(value)).toBe("it is a published example or default value");
    }
  });

  it("are known as bytes just as they are as text", () => {
    expect(weakness(Buffer.from("your-256-bit-secret"))).toBe(weakness("your-256-bit-secret"));
    expect(weakness(new TextEncoder().encode("keyboard cat"))).toBe(weakness("keyboard cat"));
  });
});

describe("weakness: placeholders", () => {
  it.each([
    "changeme",
    "please-change-me-before-going-live-0001",
    "CHANGE_THIS_IN_PRODUCTION_0123456789",
    "change it, 0123456789012345678901234567",
    "replace-me-with-32-random-bytes-please",
    "replace_this_with_a_real_secret_value",
    "your-secret-key-of-at-least-32-characters",
    "your-256-bit-secret",
    "your-384-bit-secret",
    "your-512-bit-secret",
    "django-insecure-x8!k2$p0q7w5e3r1t9y6u4i2o0",
    "dev-only-signing-key-not-for-production",
    "do-not-use-this-key-outside-of-the-tests",
    "an-insecure-key-that-is-long-enough-0000",
  ])("%s", (value) => {
    expect(weakness(value)).toBe("it is a placeholder that was meant to be replaced");
  });
});

describe("weakness", () => {
  it("calls an empty or blank value empty", () => {
    for (const value of ["", "  ", "\t\r\n", new Uint8Array(0), Buffer.from(" \n")]) {
      expect(weakness(value)).toBe("it is empty");
    }
  });

  it("knows nothing against random keys, as text or as bytes", () => {
    for (let round = 0; round < 200; round += 1) {
      const bytes = randomBytes(32);
      for (const value of [bytes, bytes.toString("hex"), bytes.toString("base64"), bytes.toString("base64url")]) {
        expect(weakness(value)).toBeUndefined();
      }
    }
  });

  it("takes no key of bytes for text, however few letters are in it", () => {
    expect(weakness(Buffer.concat([Buffer.from("secret"), Buffer.of(0x80, 0x01, 0xff)]))).toBeUndefined();
    expect(weakness(Buffer.of(0x01, 0x02, 0x03))).toBeUndefined();
  });

  it("does not take a word for the whole: a long passphrase may hold it", () => {
    expect(weakness("the secret of the correct horse battery staple")).toBeUndefined();
  });

  it("never repeats the value in its answer", () => {
    fc.assert(
      fc.property(fc.constantFrom("changeme", "your secret", "do not use"), fc.uuid(), (word, tail) => {
        expect(weakness(`${word} ${tail}`)).not.toContain(tail);
      }),
    );
  });
});
