import { createSecretKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { sharedVectors } from "@qarion-testing/support";
import { describe, expect, it } from "vitest";
import { openBody, parseQs1, sealBody } from "../src/qs1-format.js";

interface Case {
  readonly tcId: number;
  readonly comment: string;
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
  readonly result: "valid" | "invalid" | "acceptable";
}
interface Group {
  readonly keySize: number;
  readonly ivSize: number;
  readonly tagSize: number;
  readonly tests: readonly Case[];
}

const path = sharedVectors("wycheproof/aes_gcm_test.json");
const hex = (text: string) => Buffer.from(text, "hex");

describe.skipIf(path === undefined)("Wycheproof aes_gcm_test (skipped where the shared vectors are not there)", () => {
  const { testGroups } = path
    ? (JSON.parse(readFileSync(path, "utf8")) as { testGroups: readonly Group[] })
    : { testGroups: [] };
  const ofKeySize256 = testGroups.filter(({ keySize }) => keySize === 256);
  const cases = ofKeySize256
    .filter(({ ivSize, tagSize }) => ivSize === 96 && tagSize === 128)
    .flatMap(({ tests }) => tests);

  it("has the cases of 256-bit keys, 96-bit IVs and 128-bit tags, valid and invalid", () => {
    expect(cases.length).toBeGreaterThanOrEqual(66);
    expect(new Set(cases.map(({ result }) => result))).toEqual(new Set(["valid", "invalid"]));
  });

  it.each(cases)("$tcId is $result $comment", ({ key, iv, aad, msg, ct, tag, result }) => {
    const secretKey = createSecretKey(hex(key));
    const body = hex(iv + ct + tag);
    const opened = openBody(body, secretKey, hex(aad))?.toString("hex");
    const sealed = sealBody(hex(msg), secretKey, hex(iv), hex(aad)).toString("hex");
    if (result === "valid") {
      expect(opened).toBe(msg);
      expect(sealed).toBe(iv + ct + tag);
    } else {
      expect(opened).toBeUndefined();
      expect(sealed).not.toBe(iv + ct + tag);
    }
  });

  const otherIvs = ofKeySize256.filter(({ ivSize }) => ivSize !== 96).flatMap(({ tests }) => tests);

  it("other sizes of IV cannot be expressed: no such case opens", () => {
    expect(otherIvs.length).toBeGreaterThanOrEqual(30);
    for (const { key, iv, aad, ct, tag } of otherIvs) {
      const body = hex(iv + ct + tag);
      const parsed = parseQs1(`qs1.a256gcm.AAAAAAAAAAAA.${body.toString("base64url")}`);
      expect(parsed && openBody(parsed.body, createSecretKey(hex(key)), hex(aad))).toBeUndefined();
    }
  });

  it("short tags cannot be expressed: a valid case with its tag cut does not open, whatever the length", () => {
    for (const { key, iv, aad, ct, tag } of cases.filter(({ result }) => result === "valid")) {
      for (let bytes = 0; bytes < 16; bytes += 1) {
        const body = hex(iv + ct + tag.slice(0, 2 * bytes));
        const parsed = parseQs1(`qs1.a256gcm.AAAAAAAAAAAA.${body.toString("base64url")}`);
        expect(parsed && openBody(parsed.body, createSecretKey(hex(key)), hex(aad))).toBeUndefined();
      }
    }
  });
});
