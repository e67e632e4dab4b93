import { describe, expect, it } from "vitest";
import { fernetCipher, fernetKeyKind, fernetPlugin, generateFernetKey } from "../src/index.js";

describe("fernetPlugin", () => {
  it("adds a cipher and a kind of secret under the name fernet, and no provider", () => {
    expect(fernetPlugin).toEqual({ name: "fernet", cipher: fernetCipher, kinds: [fernetKeyKind] });
  });

  it("makes ciphers from keys alone", () => {
    const keys = [generateFernetKey()];
    expect(fernetPlugin.cipher?.({ keys }).decrypt(fernetCipher({ keys }).encrypt("hello"))).toBe("hello");
  });

  it("generates keys that its own cipher takes", () => {
    const key = fernetPlugin.kinds?.[0]?.generate() ?? "";
    expect(fernetPlugin.cipher?.({ keys: [key] }).format).toBe("fernet");
  });
});
