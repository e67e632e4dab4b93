import { memoryProvider, type SecretProvider, SecretsError } from "@qarion/secrets-core";
import { describe, expect, it } from "vitest";
import { featuresOf, type ProviderHarness, providerClauses, providerConformance } from "../src/index.js";
import { acmeHarness } from "./faults/provider-fault.js";
import { SoundProvider } from "./faults/sound-provider.js";
import type { ContractCase, ContractProviderHarness } from "./harnesses/contract-types.js";
import { envVariablesHarness, envVolumeHarness } from "./harnesses/env-harness.js";
import { firstOfHarness } from "./harnesses/first-of-harness.js";
import { memoryHarness } from "./harnesses/memory-harness.js";

const text = "get: text comes back as it was stored";

describe.each([
  { harness: memoryHarness, passed: 46 },
  { harness: firstOfHarness, passed: 40 },
  { harness: envVolumeHarness, passed: 35 },
  { harness: envVariablesHarness, passed: 30 },
])("$harness.name meets every clause that is for it", ({ harness, passed }) => {
  const cases = providerConformance(harness);

  it.each(cases)("$clause", async (each) => {
    await each.run();
  });

  it(`and these are ${passed} of ${cases.length}`, async () => {
    const cases = providerConformance(harness);
    for (const each of cases) await each.run();
    expect(cases.filter(({ skipped }) => skipped === undefined)).toHaveLength(passed);
  });
});

describe("the list of cases", () => {
  it("has one for each clause, named after the harness, in the order of providerClauses", () => {
    const cases = providerConformance(memoryHarness);
    expect(cases.map(({ clause }) => clause)).toEqual(Object.keys(providerClauses));
    for (const { name, clause } of cases) expect(name).toBe(`memoryProvider: ${clause}`);
  });

  it("takes a harness as the contract writes it, and gives cases as the contract writes them", () => {
    const harness: ContractProviderHarness = memoryHarness as ContractProviderHarness;
    const cases: readonly ContractCase[] = providerConformance(harness);
    expect(cases.length).toBeGreaterThan(0);
  });

  it("says from the start what is skipped, where the harness says what it can do", async () => {
    const features = await featuresOf(memoryHarness);
    const skipped = providerConformance({ ...memoryHarness, features }).filter((each) => each.skipped);
    expect(skipped.map((each) => [each.clause, each.skipped])).toEqual([
      ["watch: it ends when its signal aborts", "the provider has no watch()"],
      ["close: it can be called twice", "the provider has no close()"],
      ["close: later calls are ERR_SECRETS_CLOSED", "the provider has no close()"],
    ]);
  });

  it("says after the run what turned out to have nothing to show, where the harness says nothing", async () => {
    const watch = providerConformance(memoryHarness).find(({ clause }) => clause.startsWith("watch"));
    expect(watch?.skipped).toBeUndefined();
    await watch?.run();
    expect(watch?.skipped).toBe("the provider has no watch()");
  });

  it("skips a clause by the harness's own reason, and does not run it", async () => {
    const broken: ProviderHarness = { name: "x", skip: { [text]: "no such store" }, create: () => Promise.reject() };
    const [first] = providerConformance(broken);
    expect(first).toMatchObject({ clause: text, skipped: "no such store" });
    await first?.run();
  });

  it("refuses to skip what is no clause", () => {
    const skip = { "get: everything": "a slip" } as never;
    expect(() => providerConformance({ ...memoryHarness, skip })).toThrow(TypeError);
  });
});

describe("features that are not true are found out", () => {
  const harness = acmeHarness((store) => new SoundProvider(store));
  const first = (features: ProviderHarness["features"]) =>
    providerConformance({ ...harness, ...(features && { features }) })[0];

  it("one that the provider has and the list leaves out", async () => {
    const features = (await featuresOf(harness)).filter((feature) => feature !== "list");
    await expect(first(features)?.run()).rejects.toThrow(/leave out "list"/);
  });

  it("one that the list names and the provider lacks", async () => {
    const cases = providerConformance({ ...memoryHarness, features: [...(await featuresOf(memoryHarness)), "watch"] });
    await expect(cases[0]?.run()).rejects.toThrow(/name "watch", and the provider has no watch\(\)/);
  });

  it("a harness need not know every way to fail", async () => {
    const features = (await featuresOf(harness)).filter((feature) => feature !== "hang");
    await first(features)?.run();
  });
});

describe("a case that fails", () => {
  /** A provider that is sound but for get(). */
  const withGet = (get: SecretProvider["get"]): ProviderHarness => ({
    name: "broken",
    async create() {
      const store = memoryProvider();
      const provider: SecretProvider = { name: "broken", capabilities: { stages: false, versions: false }, get };
      return { provider, seed: (name, value) => store.set(name, value), close: () => undefined };
    },
  });
  const failure = async (harness: ProviderHarness): Promise<Error> => {
    const [first] = providerConformance(harness);
    return (await first?.run().then(
      () => undefined,
      (error: unknown) => error,
    )) as Error;
  };

  it("says the clause, what was found and how to meet it, and shows no value", async () => {
    const error = await failure(withGet(async () => ({ value: "a value that nobody may see" })));
    expect(error.message).toBe(
      `${text}\n  found: the value of the kind "word", asked of the provider: 27 bytes came back where 7 were stored\n  to meet it: ${providerClauses[text]}`,
    );
    expect(error).toMatchObject({ name: "AssertionError", code: "ERR_ASSERTION" });
    expect(error.stack).not.toContain("a value that nobody may see");
  });

  it("tells a provider's own error by name and code, and by where it came from", async () => {
    const raw = Object.assign(new RangeError("a value that nobody may see"), { code: "E_ODD" });
    const error = await failure(withGet(() => Promise.reject(raw)));
    expect(error.message).toContain("there was an error that has no place here: RangeError E_ODD");
    expect(error.stack).toContain("provider-conformance.test.ts");
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain("nobody may see");
  });

  it("tells what is no Error by its type", async () => {
    const error = await failure(withGet(() => Promise.reject("a value that nobody may see")));
    expect(error.message).toContain("no Error but string");
    expect(error.stack).not.toContain("nobody may see");
  });

  it.each([
    ["create()", { create: () => Promise.reject(new SecretsError("ERR_SECRETS_UNAVAILABLE")) }],
    [
      "create() at once",
      {
        create: () => {
          throw new SecretsError("ERR_SECRETS_UNAVAILABLE");
        },
      },
    ],
  ])("by its harness's %s tells that error", async (_, broken) => {
    expect((await failure({ name: "x", ...broken })).message).toContain("SecretsError ERR_SECRETS_UNAVAILABLE");
  });

  it("only when the harness is closed fails too", async () => {
    const create = async () => ({ ...(await memoryHarness.create()), close: () => Promise.reject(new TypeError()) });
    expect((await failure({ name: "x", create })).message).toContain("has no place here: TypeError");
  });

  it("keeps its own error when closing the harness fails as well", async () => {
    const get = async () => ({ value: "other" });
    const create = async () => ({ ...(await withGet(get).create()), close: () => Promise.reject(new TypeError()) });
    expect((await failure({ name: "x", create })).message).toContain("5 bytes came back where 7 were stored");
  });
});
