import { describe, expect, it } from "vitest";
import { crc32c } from "../../src/gcp/index.js";

describe("crc32c", () => {
  // RFC 3720, appendix B.4.
  it.each([
    ["32 bytes of zeros", Buffer.alloc(32), 0x8a9136aa],
    ["32 bytes of ones", Buffer.alloc(32, 0xff), 0x62a8ab43],
    ["32 incrementing bytes", Buffer.from(Array.from({ length: 32 }, (_, at) => at)), 0x46dd794e],
    ["32 decrementing bytes", Buffer.from(Array.from({ length: 32 }, (_, at) => 31 - at)), 0x113fdb5c],
  ])("gives the published checksum of %s", (_, data, checksum) => {
    expect(crc32c(data)).toBe(checksum);
  });

  it("gives the check value of its catalogue entry", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  });

  it("is 0 for no data", () => {
    expect(crc32c(Buffer.alloc(0))).toBe(0);
  });
});
