import { aesGcmCipher } from "@qarion/crypto-aes";
import { describe, expect, it } from "vitest";
import { cipherClauses, cipherConformance } from "../src/index.js";
import { aesHarness } from "./harnesses/aes-harness.js";
import type { ContractCase, ContractCipherHarness } from "./harnesses/contract-types.js";
import { fernetHarness } from "./harnesses/fernet-harness.js";

const clauses = Object.keys(cipherClauses);
const unbound = "context: a cipher that binds none refuses to be given one";
const bound = clauses.filter((clause) => clause.startsWith("context: ") && clause !== unbound);

describe.each([
  { harness: fernetHarness, skipped: bound, reason: "the cipher binds no context" },
  { harness: aesHarness, skipped: [unbound], reason: "the cipher binds a context" },
])("$harness.name meets every clause that is for it", ({ harness, skipped, reason }) => {
  const cases = cipherConformance(harness);

  it.each(cases)("$clause", async (each) => {
    await each.run();
    expect(each.skipped).toBe(skipped.includes(each.clause) ? reason : undefined);
  });
});

describe("the list of cases", () => {
  it("has one for each clause, named after the harness, in the order of cipherClauses", () => {
    const cases = cipherConformance(fernetHarness);
    expect(cases.map(({ clause }) => clause)).toEqual(clauses);
    for (const { name, clause } of cases) expect(name).toBe(`fernetCipher: ${clause}`);
  });

  it("takes a harness as the contract writes it, and then looks for no keys", () => {
    const harness: ContractCipherHarness = { name: "contract", create: fernetHarness.create };
    const cases: readonly ContractCase[] = cipherConformance(harness);
    const skipped = cases.filter((each) => each.skipped).map((each) => [each.clause, each.skipped]);
    expect(skipped).toEqual([["leaks: no error or status shows a key", "the harness does not tell its `keys`"]]);
  });

  it("says from the start what is skipped, where the harness says whether it binds a context", () => {
    const skipped = cipherConformance({ ...aesHarness, bindsContext: true }).filter((each) => each.skipped);
    expect(skipped.map((each) => each.clause)).toEqual([unbound]);
  });

  it("refuses to skip what is no clause", () => {
    expect(() => cipherConformance({ ...aesHarness, skip: { everything: "a slip" } as never })).toThrow(TypeError);
  });
});

describe("a harness that is not true is found out:", () => {
  const first = (harness: Parameters<typeof cipherConformance>[0]) => cipherConformance(harness)[0]?.run();

  it("bindsContext is not what the ciphers say", async () => {
    await expect(first({ ...aesHarness, bindsContext: false })).rejects.toThrow(
      /bindsContext is true, and false elsewhere/,
    );
  });

  it("create() gives something else", async () => {
    await expect(first({ name: "x", create: () => ({}) as never })).rejects.toThrow(/no Cipher/);
  });

  it("create() fails, and a key in its error stays there", async () => {
    const harness = { name: "x", create: () => aesGcmCipher({ keys: ["a key that nobody may see"] }) };
    const error: unknown = await first(harness)?.catch((reason: unknown) => reason);
    expect((error as Error).message).toContain("CipherError ERR_CIPHER_INVALID_KEY");
    expect((error as Error).stack).not.toContain("nobody may see");
  });
});
