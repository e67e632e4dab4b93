import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { keyId } from "../../src/keys/index.js";

describe("keyId", () => {
  it("is base64url(HMAC-SHA256(key, 'qarion/kid/v1' NUL ring)[0..9])", () => {
    const key = randomBytes(48);
    const digest = createHmac("sha256", key)
      .update(Buffer.concat([Buffer.from("qarion/kid/v1"), Buffer.of(0), Buffer.from("sessions")]))
      .digest("base64");
    // 9 bytes are exactly 12 characters of base64, with no padding.
    const expected = digest.slice(0, 12).replaceAll("+", "-").replaceAll("/", "_");
    expect(keyId(key, "sessions")).toBe(expected);
  });

  it("never changes: ids stand in stored ciphertexts and issued tokens", () => {
    expect(keyId(Buffer.from("k".repeat(32)), "sessions")).toBe("kYprWDIquXu9");
    expect(keyId(new Uint8Array(32), "cipher")).toBe("QAz2Hv_ps_eQ");
  });

  it("differs between keys and between rings", () => {
    const [one, two] = [randomBytes(32), randomBytes(32)];
    expect(new Set([keyId(one, "a"), keyId(two, "a"), keyId(one, "b"), keyId(two, "b")]).size).toBe(4);
  });

  it("takes the name of the ring as UTF-8", () => {
    const key = randomBytes(32);
    const expected = createHmac("sha256", key).update(Buffer.from("qarion/kid/v1\0schlüssel", "utf8")).digest();
    expect(keyId(key, "schlüssel")).toBe(expected.subarray(0, 9).toString("base64url"));
  });
});
