import type { ProviderRef, VersionInfo } from "@qarion/secrets-core";
import { holds } from "../outcome.js";
import { expectSame, type ProviderTrial } from "../provider-trial.js";
import { test } from "./provider-test.js";

function describe(trial: ProviderTrial, ref: ProviderRef): Promise<VersionInfo> {
  return trial.call("describe()", async (context) => (await trial.provider.describe?.(ref, context)) ?? {});
}

function put(
  trial: ProviderTrial,
  ref: ProviderRef,
  value: string | Uint8Array,
  condition: { readonly ifVersion?: string } = {},
): Promise<VersionInfo> {
  return trial.call(
    "put()",
    async (context) => (await trial.provider.put?.(ref, value, { ...context, ...condition })) ?? {},
  );
}

function promote(trial: ProviderTrial, name: string, version: string): Promise<void> {
  return trial.call("promote()", async (context) => trial.provider.promote?.(name, version, context));
}

export const writeTests = {
  "describe: it agrees with get": test(
    async (trial) => {
      const ref = { name: trial.name("described"), stage: "current" } as const;
      for (const value of ["first value", "second value"]) {
        await trial.seed(ref.name, value);
        const [told, secret] = [await describe(trial, ref), await trial.read(ref)];
        holds(told.version === secret.version, "describe() and get() tell two versions");
        holds(
          told.activatedAt?.getTime() === secret.activatedAt?.getTime(),
          "describe() and get() tell two activatedAt",
        );
        holds(!("value" in told), "describe() answers with a value");
      }
    },
    ["describe"],
  ),

  "describe: a missing secret is ERR_SECRETS_NOT_FOUND": test(
    async (trial) => {
      const ref = { name: trial.name("not_there"), stage: "current" } as const;
      await trial.expectFailure(["ERR_SECRETS_NOT_FOUND"], "describe() of a missing secret", () =>
        describe(trial, ref),
      );
    },
    ["describe"],
  ),

  "put: what is written is read, under the version that was told": test(
    async (trial) => {
      for (const [label, value] of Object.entries({
        new: "a new value",
        replaced: "its successor\n",
        empty_end: " ",
      })) {
        const ref = {
          name: trial.name(label === "new" || label === "replaced" ? "put" : label),
          stage: "current",
        } as const;
        const { version } = await put(trial, ref, value);
        const secret = await trial.read(ref);
        expectSame(secret.value, value, "what put() wrote");
        holds(version === secret.version, "put() tells another version than get()");
      }
      const name = trial.name("put_by_core");
      await trial.core().put(name, "a value put through core");
      await trial.expectValue(name, "a value put through core", "what core's put() wrote");
    },
    ["put"],
  ),

  "put: the value replaced becomes the previous one": test(
    async (trial) => {
      const ref = { name: trial.name("replaced"), stage: "current" } as const;
      for (const value of ["first value", "second value", "third value"]) await put(trial, ref, value);
      await trial.expectValue(ref.name, "third value", "the current value");
      await trial.expectValue(ref.name, "second value", "the previous value", "previous");
    },
    ["put", "stages"],
  ),

  "put: a pending value leaves the current one alone": test(
    async (trial) => {
      const name = trial.name("staged");
      await put(trial, { name, stage: "current" }, "the current value");
      const { version } = await trial.read(name);
      const { version: pending } = await put(trial, { name, stage: "pending" }, "the pending value");
      await trial.expectValue(name, "the pending value", "the pending value", "pending");
      await trial.expectValue(name, "the current value", "the current value");
      const after = await trial.read(name);
      holds(after.version === version, "the version of the current value moved");
      holds(pending === undefined || pending !== version, "the pending value got the current one's version");
    },
    ["put", "stages"],
  ),

  "put: with ifVersion it writes only over that version, however many try at once": test(
    async (trial) => {
      const ref = { name: trial.name("swapped"), stage: "current" } as const;
      await trial.seed(ref.name, "first value");
      const { version: first } = await trial.read(ref);
      holds(typeof first === "string" && first !== "", "get() tells no version to write over");
      const rivals = ["rival 1", "rival 2", "rival 3"];
      const writes = await Promise.allSettled(rivals.map((value) => put(trial, ref, value, { ifVersion: first })));
      const winners = rivals.filter((_, index) => writes[index]?.status === "fulfilled");
      holds(winners.length > 0, "put() over the version that is current failed");
      holds(winners.length === 1, `${winners.length} writers each wrote over the same version`);
      await trial.expectValue(ref.name, winners[0] ?? "", "what the one that won wrote");
      await trial.errorOf("put() over a version that is no longer current", () =>
        put(trial, ref, "late", { ifVersion: first }),
      );
      await trial.expectValue(ref.name, winners[0] ?? "", "the value after a write that was refused");
    },
    ["put", "conditionalWrites"],
  ),

  "promote: pending becomes current, and current previous": test(
    async (trial) => {
      const name = trial.name("promoted");
      await trial.seed(name, "the old value", "current");
      await trial.seed(name, "the new value", "pending");
      const { version } = await trial.read(name, "pending");
      holds(
        typeof version === "string" && version !== "",
        "get() tells no version of the pending value to promote it by",
      );
      await promote(trial, name, version);
      await trial.expectValue(name, "the new value", "the promoted value");
      await trial.expectValue(name, "the old value", "the value that was current before", "previous");
      holds((await trial.read(name)).version === version, "the promoted value has another version now");
      const error = await trial.errorOf("get() of what is pending after it was promoted", () =>
        trial.read(name, "pending"),
      );
      const code = await trial.codeOf(error);
      holds(code === "ERR_SECRETS_NOT_FOUND", `after the promotion, what is pending is ${code}`);
    },
    ["promote", "stages"],
  ),

  "promote: an unknown version is refused and nothing moves": test(
    async (trial) => {
      const name = trial.name("promoted");
      await trial.seed(name, "the value");
      const version = `none-${trial.name("version")}`;
      const codes = ["ERR_SECRETS_NOT_FOUND", "ERR_SECRETS_INVALID_REF", "ERR_SECRETS_VERSION_DISABLED"] as const;
      await trial.expectFailure(codes, "promote() of an unknown version", () => promote(trial, name, version));
      await trial.expectValue(name, "the value", "the current value afterwards");
    },
    ["promote"],
  ),
};
