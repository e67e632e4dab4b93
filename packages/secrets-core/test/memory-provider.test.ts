import { describe, expect, it } from "vitest";
import { type MemoryProvider, memoryProvider, type ProviderRef, SecretsError, type Stage } from "../src/index.js";
import { rejection } from "./shown.js";

const context = { signal: new AbortController().signal };

async function storedValue(provider: MemoryProvider, name: string, stage: Stage = "current"): Promise<unknown> {
  return (await provider.get({ name, stage }, context)).value;
}

async function codeOf(promise: Promise<unknown> | undefined): Promise<string> {
  const error = await rejection(Promise.resolve(promise));
  expect(SecretsError.is(error)).toBe(true);
  return (error as SecretsError).code;
}

describe("memoryProvider", () => {
  it("holds what it was made with, an empty value and an awkward name too", async () => {
    const provider = memoryProvider({ A: "1", EMPTY: "", constructor: "c" });
    expect(await storedValue(provider, "A")).toBe("1");
    expect(await storedValue(provider, "EMPTY")).toBe("");
    expect(await storedValue(provider, "constructor")).toBe("c");
    expect(await codeOf(provider.get({ name: "toString", stage: "current" }, context))).toBe("ERR_SECRETS_NOT_FOUND");
  });

  it("gives every value its version, and takes it by that", async () => {
    const provider = memoryProvider({ A: "1" });
    const { version } = await provider.get({ name: "A", stage: "current" }, context);
    provider.rotate("A", "2");
    const byVersion: ProviderRef = { name: "A", stage: "current", version: version ?? "" };
    expect(await provider.get(byVersion, context)).toEqual({ value: "1", version });
    expect(await codeOf(provider.get({ ...byVersion, version: "99" }, context))).toBe("ERR_SECRETS_NOT_FOUND");
  });

  it("rotate makes the current value the previous one, and set does not", async () => {
    const provider = memoryProvider({ A: "1" });
    expect(await codeOf(provider.get({ name: "A", stage: "previous" }, context))).toBe("ERR_SECRETS_NOT_FOUND");
    provider.rotate("A", "2");
    expect([await storedValue(provider, "A"), await storedValue(provider, "A", "previous")]).toEqual(["2", "1"]);
    provider.set("A", "3");
    expect([await storedValue(provider, "A"), await storedValue(provider, "A", "previous")]).toEqual(["3", "1"]);
    provider.rotate("NEW", "1");
    expect(await storedValue(provider, "NEW")).toBe("1");
    expect(await codeOf(provider.get({ name: "NEW", stage: "previous" }, context))).toBe("ERR_SECRETS_NOT_FOUND");
  });

  it("put stages a value, and promote moves it: pending, current, previous", async () => {
    const provider = memoryProvider({ A: "1" });
    const { version } = (await provider.put?.({ name: "A", stage: "pending" }, "2", context)) ?? {};
    expect([await storedValue(provider, "A"), await storedValue(provider, "A", "pending")]).toEqual(["1", "2"]);
    await provider.promote?.("A", version ?? "", context);
    expect([await storedValue(provider, "A"), await storedValue(provider, "A", "previous")]).toEqual(["2", "1"]);
    expect(await codeOf(provider.get({ name: "A", stage: "pending" }, context))).toBe("ERR_SECRETS_NOT_FOUND");
  });

  it("promoting the current version again changes nothing, above all not the previous one", async () => {
    const provider = memoryProvider({ A: "1" });
    const { version } = (await provider.put?.({ name: "A", stage: "current" }, "2", context)) ?? {};
    await provider.promote?.("A", version ?? "", context);
    expect(await storedValue(provider, "A", "previous")).toBe("1");
  });

  it("promotes a first version, and no version that there is not", async () => {
    const provider = memoryProvider();
    const { version } = (await provider.put?.({ name: "A", stage: "pending" }, "1", context)) ?? {};
    await provider.promote?.("A", version ?? "", context);
    expect(await storedValue(provider, "A")).toBe("1");
    expect(await codeOf(provider.promote?.("A", "99", context))).toBe("ERR_SECRETS_NOT_FOUND");
    expect(await codeOf(provider.promote?.("NONE", "1", context))).toBe("ERR_SECRETS_NOT_FOUND");
  });

  it("deletes every stage and version of a name", async () => {
    const provider = memoryProvider({ A: "1" });
    provider.rotate("A", "2");
    provider.delete("A");
    for (const stage of ["current", "previous"] as const) {
      expect(await codeOf(provider.get({ name: "A", stage }, context))).toBe("ERR_SECRETS_NOT_FOUND");
    }
    expect(await codeOf(provider.get({ name: "A", stage: "current", version: "1" }, context))).toBe(
      "ERR_SECRETS_NOT_FOUND",
    );
  });

  it("answers many by the very objects passed in, each with its value or its error", async () => {
    const provider = memoryProvider({ A: "1" });
    const refs: ProviderRef[] = [
      { name: "A", stage: "current" },
      { name: "B", stage: "current" },
    ];
    const answers = await provider.getMany?.(refs, context);
    expect(answers?.get(refs[0] as ProviderRef)).toMatchObject({ value: "1" });
    expect(answers?.get(refs[1] as ProviderRef)).toMatchObject({ code: "ERR_SECRETS_NOT_FOUND", secretName: "B" });
  });

  it("describes the version, and lists names by prefix, without values", async () => {
    const provider = memoryProvider({ "app/a": "1", "app/b": "2", other: "3" });
    expect(await provider.describe?.({ name: "app/a", stage: "current" }, context)).toEqual({ version: "1" });
    const names: unknown[] = [];
    for await (const name of provider.list?.({ prefix: "app/" }, context) ?? []) names.push(name);
    expect(names).toEqual([{ name: "app/a" }, { name: "app/b" }]);
  });

  it("fails every call with the code it is told, until it is told to stop", async () => {
    const provider = memoryProvider({ A: "1" });
    const ref: ProviderRef = { name: "A", stage: "current" };
    provider.fail("ERR_SECRETS_THROTTLED");
    const list = async () => {
      for await (const _ of provider.list?.({}, context) ?? []) throw new Error("it lists");
    };
    for (const call of [
      provider.get(ref, context),
      provider.describe?.(ref, context),
      provider.put?.(ref, "2", context),
      provider.promote?.("A", "1", context),
      list(),
    ]) {
      expect(await codeOf(call)).toBe("ERR_SECRETS_THROTTLED");
    }
    expect((await provider.getMany?.([ref], context))?.get(ref)).toMatchObject({ code: "ERR_SECRETS_THROTTLED" });
    provider.fail(undefined);
    expect(await storedValue(provider, "A")).toBe("1");
  });

  it("keeps its own copy of bytes, both ways", async () => {
    const bytes = Uint8Array.of(1, 2);
    const provider = memoryProvider({ A: bytes });
    bytes.fill(0);
    const first = await storedValue(provider, "A");
    expect(first).toEqual(Uint8Array.of(1, 2));
    (first as Uint8Array).fill(9);
    expect(await storedValue(provider, "A")).toEqual(Uint8Array.of(1, 2));
  });
});
