import { BrokenClause, holds } from "../outcome.js";
import { isFailureMode, lacks, type ProviderFeature } from "../provider-features.js";
import { isSame, type ProviderTrial } from "../provider-trial.js";
import { test } from "./provider-test.js";

const optional = ["getMany", "describe", "list", "put", "promote", "watch", "classifyError", "close"] as const;

/** What a provider lacks must be lacking for core too: it says ERR_SECRETS_UNSUPPORTED, and nothing is made up. */
export async function expectAbsent(trial: ProviderTrial, feature: ProviderFeature): Promise<void> {
  if (isFailureMode(feature)) return;
  const secrets = trial.core();
  const ask: Partial<Record<ProviderFeature, () => Promise<unknown>>> = {
    stages: () => secrets.get(`${trial.name("absent")}@previous`),
    versions: () => secrets.get(`${trial.name("absent")}@v=1`),
    put: () => secrets.put(trial.name("absent"), "a value"),
    promote: () => secrets.promote(trial.name("absent"), "1"),
    list: async () => {
      for await (const _ of secrets.list()) return;
    },
  };
  const call = ask[feature];
  if (call) await trial.expectFailure(["ERR_SECRETS_UNSUPPORTED"], `core's answer where ${lacks(feature)}`, call);
}

/** A provider that says it has no stages and yet tells the previous value from the current one has them. */
async function expectNoStages(trial: ProviderTrial): Promise<void> {
  const name = trial.name("stages");
  const previous = await attempt(() => trial.seed(name, "the previous value", "previous"));
  await trial.seed(name, "the current value", "current");
  if (previous instanceof Error) return; // the store has none either
  const answer = await attempt(() => trial.read(name, "previous"));
  const current = await trial.read(name);
  const told = !(answer instanceof Error) && isSame(answer.value, "the previous value");
  holds(!told || isSame(current.value, "the previous value"), "capabilities.stages is false, and stages can be read");
}

async function expectNoVersions(trial: ProviderTrial): Promise<void> {
  const name = trial.name("versions");
  await trial.seed(name, "first value");
  const { version } = await trial.read(name);
  await trial.seed(name, "second value");
  if (version === undefined) return;
  const answer = await attempt(() => trial.read({ name, stage: "current", version }));
  const told = !(answer instanceof Error) && isSame(answer.value, "first value");
  holds(!told, "capabilities.versions is false, and a version can be read by its id");
}

async function attempt<T>(run: () => Promise<T>): Promise<T | Error> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof BrokenClause) throw error;
    return new Error("it failed");
  }
}

export const capabilityTests = {
  "capabilities: they tell the truth": test(async (trial) => {
    const { provider, features } = trial;
    const { name, capabilities } = provider;
    holds(typeof name === "string" && name !== "", "the provider has no name");
    holds(typeof capabilities === "object" && capabilities !== null, "the provider has no capabilities");
    const { stages, versions, durable, maxAgeMs, conditionalWrites } = capabilities;
    holds(typeof stages === "boolean", "capabilities.stages is no boolean");
    holds(typeof versions === "boolean", "capabilities.versions is no boolean");
    holds(durable === undefined || typeof durable === "boolean", "capabilities.durable is no boolean");
    holds(
      conditionalWrites === undefined || typeof conditionalWrites === "boolean",
      "capabilities.conditionalWrites is no boolean",
    );
    holds(isMaxAge(maxAgeMs), "capabilities.maxAgeMs is no number of milliseconds");
    for (const method of ["get", ...optional] as const) {
      const member = provider[method];
      const absent = member === undefined && method !== "get";
      holds(absent || typeof member === "function", `${method} is neither a method nor left out`);
    }
    const ref = { name: trial.name("capable"), stage: "current" } as const;
    await trial.seed(ref.name, "a value");
    const secret = await trial.read(ref);
    holds(isMaxAge(secret.maxAgeMs), "the maxAgeMs of a secret is no number of milliseconds");
    const { activatedAt } = secret;
    const isDate = activatedAt instanceof Date && !Number.isNaN(activatedAt.getTime());
    holds(activatedAt === undefined || isDate, "the activatedAt of a secret is no date");
    if (!features.has("stages")) await expectNoStages(trial);
    if (!features.has("versions")) await expectNoVersions(trial);
    await expectThroughCore(trial);
  }),
};

function isMaxAge(maxAgeMs: unknown): boolean {
  return maxAgeMs === undefined || (typeof maxAgeMs === "number" && maxAgeMs >= 0);
}

async function expectThroughCore(trial: ProviderTrial): Promise<void> {
  for (const feature of ["stages", "versions", "list", "put", "promote"] as const) {
    if (!trial.features.has(feature)) await expectAbsent(trial, feature);
  }
}
