import { inspect } from "node:util";
import {
  type CallContext,
  type ProviderRef,
  type Secrets,
  SecretsError,
  type SecretsEvent,
} from "@qarion/secrets-core";
import { LeakScan, newCanary, shownBy } from "../canary.js";
import { nameAndCode } from "../error-facts.js";
import { BrokenClause, holds } from "../outcome.js";
import { recordOutput } from "../output-recorder.js";
import type { ProviderTrial } from "../provider-trial.js";
import { pause } from "../within.js";
import { test } from "./provider-test.js";

const refusals = ["denied", "throttled", "unavailable", "unauthenticated"] as const;
const hangMs = 50;

interface Failure {
  readonly path: string;
  readonly error: unknown;
}

interface Provoked {
  readonly values: readonly string[];
  readonly failures: readonly Failure[];
  readonly events: readonly SecretsEvent[];
  readonly lines: readonly string[];
}

/** Goes down paths on which something fails, and keeps what it failed with. */
class Provocation {
  readonly failures: Failure[] = [];
  readonly #trial: ProviderTrial;

  constructor(trial: ProviderTrial) {
    this.#trial = trial;
  }

  async attempt(path: string, run: () => Promise<unknown>): Promise<void> {
    try {
      const answers = await run();
      for (const error of answers instanceof Map ? answers.values() : []) {
        if (error instanceof Error || SecretsError.is(error)) this.failures.push({ path, error });
      }
    } catch (error) {
      if (error instanceof BrokenClause) throw error;
      this.failures.push({ path, error });
    }
  }

  /** Reads in every way there is, without core and behind it. */
  async read(path: string, ref: ProviderRef, secrets: Secrets): Promise<void> {
    for (const [what, read] of Object.entries(this.#reads(ref))) {
      await this.attempt(`${what} ${path}`, () => this.#trial.call(what, read));
    }
    const { name, stage, version } = ref;
    await this.attempt(`core's get() ${path}`, () => secrets.get(version ? { name, version } : { name, stage }));
  }

  /** The same while the store never answers; whether a call then ends is another clause's subject. */
  async hang(ref: ProviderRef): Promise<void> {
    const calls = Object.entries(this.#reads(ref)).map(async ([what, read]) => {
      const call = this.attempt(`${what} that was aborted`, async () => read({ signal: AbortSignal.timeout(hangMs) }));
      await Promise.race([call, pause(4 * hangMs)]);
    });
    const secrets = this.#trial.core({ timeoutMs: hangMs });
    await Promise.all([...calls, this.attempt("core's get() that timed out", () => secrets.get(ref.name))]);
  }

  #reads(ref: ProviderRef): Readonly<Record<string, (context: CallContext) => Promise<unknown>>> {
    const { provider } = this.#trial;
    return {
      "get()": (context) => provider.get(ref, context),
      ...(provider.getMany && { "getMany()": async (context) => provider.getMany?.([ref, { ...ref }], context) }),
      ...(provider.describe && { "describe()": async (context) => provider.describe?.(ref, context) }),
    };
  }
}

async function provokeEverything(trial: ProviderTrial): Promise<Provoked> {
  const provocation = new Provocation(trial);
  const values = [newCanary(), newCanary(), newCanary()];
  const events: SecretsEvent[] = [];
  const secrets = trial.core({ onEvent: (event) => events.push(event) });
  const lines = await recordOutput(async () => {
    const ref = await provokeReads(trial, provocation, secrets, values);
    await provokeOutages(trial, provocation, secrets, ref);
  });
  return { values, failures: provocation.failures, events, lines };
}

async function provokeReads(
  trial: ProviderTrial,
  provocation: Provocation,
  secrets: Secrets,
  [text = "", json = "", replaced = ""]: readonly string[],
): Promise<ProviderRef> {
  const ref = { name: trial.name("canary"), stage: "current" } as const;
  await trial.seed(ref.name, replaced);
  await trial.seed(ref.name, text);
  await provocation.read("of a secret that is there", ref, secrets);
  // V8 quotes what stands where JSON.parse fails.
  const notJson = { name: trial.name("canary_json"), stage: "current" } as const;
  await trial.seed(notJson.name, `{"password":${json}}`);
  await provocation.read("of a secret that is no JSON", notJson, secrets);
  await provocation.attempt("core's get() of a member of it", () =>
    secrets.get({ name: notJson.name, key: "password" }),
  );
  for (const name of [trial.name("not_there"), "__proto__", `../${ref.name}`, `${ref.name}/`, "\0", ""]) {
    await provocation.read("of a name that is missing or no name", { name, stage: "current" }, secrets);
  }
  for (const stage of ["previous", "pending"] as const) {
    await provocation.read("of an absent stage", { ...ref, stage }, secrets);
  }
  await provocation.read("of an unknown version", { ...ref, version: "no-such-version" }, secrets);
  await provocation.attempt("get() with an aborted signal", () => trial.read(ref, "current", AbortSignal.abort()));
  if (trial.features.has("promote")) {
    await provocation.attempt("promote()", () => secrets.promote(ref.name, "no-such-version"));
  }
  return ref;
}

async function provokeOutages(
  trial: ProviderTrial,
  provocation: Provocation,
  secrets: Secrets,
  ref: ProviderRef,
): Promise<void> {
  for (const mode of refusals) {
    if (!trial.features.has(mode)) continue;
    await trial.fail(mode);
    await provocation.read(`while the store is failing: ${mode}`, ref, secrets);
    if (trial.features.has("list")) await provocation.attempt(`list() while ${mode}`, () => trial.names());
    if (trial.features.has("put"))
      await provocation.attempt(`put() while ${mode}`, () => secrets.put(ref.name, "value"));
    await trial.fail(undefined);
  }
  if (!trial.features.has("hang")) return;
  await trial.fail("hang");
  await provocation.hang(ref);
  await trial.fail(undefined);
}

export const leakTests = {
  "leaks: no error shows a value": test(async (trial) => {
    const { values, failures } = await provokeEverything(trial);
    const [secrets, all] = [new LeakScan(values), new LeakScan([...values, ...trial.canaries])];
    for (const { path, error } of failures) {
      holds(!secrets.isIn(shownBy(error)), `${nameAndCode(error)} of ${path} shows the value`);
      // The raw error of a client may hold its own credentials: none but classifyError sees it. What is thrown as a
      // SecretsError is what users log.
      const leaks = SecretsError.is(error) && all.isIn(shownBy(error));
      holds(!leaks, `${nameAndCode(error)} of ${path} shows the provider's own credentials`);
    }
  }),

  "leaks: nothing that is printed shows a value": test(async (trial) => {
    const { values, lines, events } = await provokeEverything(trial);
    const scan = new LeakScan([...values, ...trial.canaries]);
    const printed = lines.some((line) => scan.isIn(line));
    holds(!printed, "a line on the console, stdout, stderr or in a warning shows a value");
    holds(!scan.isIn(inspect(events, { depth: null })), "an event shows a value");
  }),
};
