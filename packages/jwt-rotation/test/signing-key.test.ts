import { fakeSecret } from "@qarion/secrets-core";
import { describe, expect, it } from "vitest";
import { jwtKeyKind, jwtPlugin } from "../src/index.js";
import { parseSigningKey } from "../src/signing-key.js";
import { strongKey } from "./slot-store.js";

const bytes = (text: string) => Buffer.from(text);

describe('the kind "jwt-key"', () => {
  it("makes 48 random bytes in base64url", () => {
    const made = Array.from({ length: 50 }, () => jwtKeyKind.generate());
    expect(new Set(made).size).toBe(50);
    for (const key of made) {
      expect(key).toMatch(/^[A-Za-z0-9_-]{64}$/);
      expect(jwtKeyKind.problem(bytes(key))).toBeUndefined();
    }
  });

  it.each([
    ["", "it is empty"],
    [" \n", "it is empty"],
    ["x".repeat(31), "it is shorter than 32 bytes"],
    ["ä".repeat(15), "it is shorter than 32 bytes"],
    ["super-secret-jwt-token-with-at-least-32-characters-long", "it is a published example or default value"],
    ["change-me-to-a-long-random-string-please", "it is a placeholder that was meant to be replaced"],
    ["\0".repeat(32), "all of its bytes are zero"],
  ])("tells what is wrong with %j", (value, problem) => {
    expect(jwtKeyKind.problem(bytes(value))).toBe(problem);
  });

  it("counts bytes, not characters: RFC 7518 section 3.2 asks for as many as the hash has", () => {
    expect(jwtKeyKind.problem(bytes("äbcdefghijklmnopqrstuvwxyz01234"))).toBeUndefined(); // 31 characters, 32 bytes
    expect(jwtKeyKind.problem(bytes("abcdefghijklmnopqrstuvwxyz01234"))).toBe("it is shorter than 32 bytes");
  });

  it("comes with the plugin", () => {
    expect(jwtPlugin.kinds).toEqual([jwtKeyKind]);
    expect(jwtPlugin.name).toBe("jwt");
    expect(jwtPlugin).not.toHaveProperty("provider");
  });
});

describe("parseSigningKey", () => {
  it("takes the value's UTF-8 bytes as they stand: a key that looks like base64 or hex is not decoded", () => {
    for (const value of [strongKey(), "00".repeat(16).replace("0", "f"), `${strongKey()}\n`, "schlüssel ".repeat(5)]) {
      expect(Buffer.from(parseSigningKey(fakeSecret(value), false)).toString("utf8")).toBe(value);
    }
  });

  it("refuses a weak key, says why and how to make a better one, and does not repeat it", () => {
    const weak = "c0ffee-c0ffee-c0ffee";
    const refused = () => parseSigningKey(fakeSecret(weak, "SECRET_KEY"), false);
    expect(refused).toThrow(expect.objectContaining({ code: "ERR_SECRETS_INVALID_VALUE", secretName: "SECRET_KEY" }));
    expect(refused).toThrow(/shorter than 32 bytes.*randomBytes\(48\)/);
    expect(refused).not.toThrow(/c0ffee/);
  });

  it("takes a weak key where that is allowed, but never a blank one", () => {
    expect(Buffer.from(parseSigningKey(fakeSecret("secret"), true)).toString()).toBe("secret");
    for (const blank of ["", "  ", "\n", "\ufeff"]) {
      expect(() => parseSigningKey(fakeSecret(blank), true)).toThrow(
        expect.objectContaining({ code: "ERR_SECRETS_INVALID_VALUE" }),
      );
    }
  });
});
