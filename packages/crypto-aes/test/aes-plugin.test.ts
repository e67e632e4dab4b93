import { describe, expect, it } from "vitest";
import { aesGcmCipher, aesKeyKind, aesPlugin, generateAesKey } from "../src/index.js";

describe("aesPlugin", () => {
  it("brings the cipher and the kind of secret under the name aes, and no provider", () => {
    expect(aesPlugin).toEqual({ name: "aes", cipher: aesGcmCipher, kinds: [aesKeyKind] });
  });

  it("its cipher takes the keys that its kind makes", () => {
    const key = aesPlugin.kinds?.[0]?.generate() ?? "";
    const cipher = aesPlugin.cipher?.({ keys: [key] });
    expect(cipher?.decrypt(cipher.encrypt("x", { column: "a" }), { column: "a" })).toBe("x");
    expect(() => aesPlugin.cipher?.({ keys: [generateAesKey()] }).decrypt(cipher?.encrypt("x") ?? "")).toThrow(
      expect.objectContaining({ code: "ERR_CIPHER_KEY_UNKNOWN" }),
    );
  });
});
