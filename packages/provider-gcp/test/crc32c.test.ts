import { describe, expect, it } from "vitest";
import { crc32c } from "../src/crc32c.js";

const ascending = Uint8Array.from({ length: 32 }, (_, at) => at);
const scsiRead = Buffer.from(
  ["01c00000000000000000000000000000", "14000000000004000000001400000018", "28000000000000000200000000000000"].join(""),
  "hex",
);

describe("crc32c", () => {
  // RFC 3720, appendix B.4; the bytes of its CRC stand there in the order of transmission.
  it.each([
    ["32 bytes of zeroes", new Uint8Array(32), 0x8a9136aa],
    ["32 bytes of ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ["32 bytes that ascend", ascending, 0x46dd794e],
    ["32 bytes that descend", ascending.toReversed(), 0x113fdb5c],
    ["an iSCSI Read (10) command", scsiRead, 0xd9963a56],
  ])("of %s is that of RFC 3720", (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  it("of nothing is 0", () => {
    expect(crc32c(new Uint8Array())).toBe(0);
  });

  it("has the check value of its catalogue entry", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  });
});
