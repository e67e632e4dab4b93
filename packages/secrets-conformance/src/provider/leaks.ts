import { inspect } from "node:util";
import { type ProviderRef, SecretsError, type SecretsEvent } from "@qarion/secrets-core";
import { LeakScan, newCanary, shownBy } from "../canary.js";
import { nameAndCode } from "../error-facts.js";
import { BrokenClause, holds } from "../outcome.js";
import { recordOutput } from "../output-recorder.js";
import type { FailureMode } from "../provider-harness.js";
import type { ProviderTrial } from "../provider-trial.js";
import { pause } from "../within.js";
import { test } from "./provider-test.js";

const modes: readonly FailureMode[] = ["denied", "throttled", "unavailable", "unauthenticated", "hang"];

interface Provoked {
  readonly values: readonly string[];
  readonly errors: readonly { readonly path: string; readonly error: unknown }[];
  readonly events: readonly SecretsEvent[];
}

/** Stores canaries, reads them, and goes down every path on which something fails. */
async function provoke(trial: ProviderTrial): Promise<Provoked> {
  const values = [newCanary(), newCanary(), newCanary()];
  const [text = "", json = "", changed = ""] = values;
  const errors: { path: string; error: unknown }[] = [];
  const events: SecretsEvent[] = [];
  const { provider } = trial;
  const secrets = trial.core({ onEvent: (event) => events.push(event), timeoutMs: 500 });
  const attempt = async (path: string, run: () => Promise<unknown>) => {
    try {
      const answers = await run();
      if (answers instanceof Map)
        for (const error of answers.values()) if (isError(error)) errors.push({ path, error });
    } catch (error) {
      if (error instanceof BrokenClause) throw error;
      errors.push({ path, error });
    }
  };
  const everyWay = async (path: string, ref: ProviderRef) => {
    const { name, stage, version } = ref;
    const signal = () => AbortSignal.timeout(300);
    await attempt(`get() ${path}`, () => trial.read(ref, stage, signal()));
    await attempt(`core's get() ${path}`, () =>
      secrets.get(version === undefined ? { name, stage } : { name, version }),
    );
    if (provider.getMany) {
      await attempt(`getMany() ${path}`, () =>
        trial.call("getMany()", async (context) => provider.getMany?.([ref, { ...ref }], context), signal()),
      );
    }
    if (provider.describe) {
      await attempt(`describe() ${path}`, () =>
        trial.call("describe()", async (context) => provider.describe?.(ref, context), signal()),
      );
    }
  };

  const ref = { name: trial.name("canary"), stage: "current" } as const;
  await trial.seed(ref.name, changed);
  await trial.seed(ref.name, text);
  await everyWay("of a secret that is there", ref);
  // V8 quotes short texts in full when JSON.parse fails.
  const notJson = { name: trial.name("canary_json"), stage: "current" } as const;
  await trial.seed(notJson.name, `{"password":"${json}`);
  await everyWay("of a secret that is no JSON", notJson);
  await attempt("core's get() of a member of it", () => secrets.get({ name: notJson.name, key: "password" }));

  for (const name of [trial.name("not_there"), "__proto__", `../${ref.name}`, `${ref.name}/`, "\0", ""]) {
    await everyWay("of a name that is missing or no name", { name, stage: "current" });
  }
  for (const stage of ["previous", "pending"] as const) await everyWay("of an absent stage", { ...ref, stage });
  await everyWay("of an unknown version", { ...ref, version: "no-such-version" });
  await attempt("get() with an aborted signal", () => trial.read(ref, "current", AbortSignal.abort()));
  if (provider.promote) await attempt("promote()", () => secrets.promote(ref.name, "no-such-version"));
  if (provider.list) await attempt("list()", () => trial.names());
  for (const mode of modes) {
    if (!trial.features.has(mode)) continue;
    await trial.fail(mode);
    await everyWay(`while the store is failing: ${mode}`, ref);
    if (provider.list && mode !== "hang") await attempt(`list() while ${mode}`, () => trial.names());
    if (provider.put && mode !== "hang") await attempt(`put() while ${mode}`, () => secrets.put(ref.name, text));
    await trial.fail(undefined);
  }
  await pause(0);
  return { values, errors, events };
}

function isError(answer: unknown): boolean {
  return answer instanceof Error || SecretsError.is(answer);
}

export const leakTests = {
  "leaks: no error shows a value": test(async (trial) => {
    const { values, errors } = await provoke(trial);
    const [secrets, all] = [new LeakScan(values), new LeakScan([...values, ...trial.canaries])];
    for (const { path, error } of errors) {
      holds(!secrets.isIn(shownBy(error)), `${nameAndCode(error)} of ${path} shows the value`);
      // The raw error of a client may hold its own credentials: none but classifyError sees it. What is thrown as a
      // SecretsError is what users log.
      const leaks = SecretsError.is(error) && all.isIn(shownBy(error));
      holds(!leaks, `${nameAndCode(error)} of ${path} shows the provider's own credentials`);
    }
  }),

  "leaks: nothing that is printed shows a value": test(async (trial) => {
    let provoked: Provoked | undefined;
    const lines = await recordOutput(async () => {
      provoked = await provoke(trial);
    });
    const scan = new LeakScan([...(provoked?.values ?? []), ...trial.canaries]);
    holds(
      !lines.some((line) => scan.isIn(line)),
      "a line on the console, stdout, stderr or in a warning shows a value",
    );
    holds(!scan.isIn(inspect(provoked?.events, { depth: null })), "an event shows a value");
  }),
};
