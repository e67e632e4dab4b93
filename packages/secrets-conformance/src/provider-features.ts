import type { ProviderCapabilities, SecretProvider } from "@qarion/secrets-core";
import type { FailureMode, ProviderHarness, ProviderUnderTest } from "./provider-harness.js";
import { callLimitMs, within } from "./within.js";

const methods = ["getMany", "describe", "list", "put", "promote", "watch", "close"] as const;
const abilities = ["stages", "versions", "conditionalWrites"] as const satisfies (keyof ProviderCapabilities)[];
const modes = ["denied", "throttled", "unavailable", "unauthenticated", "hang"] as const satisfies FailureMode[];

/** What not every provider can do (`stages`, `versions`, `conditionalWrites`, a method) and not every harness can make happen (a failure). */
export type ProviderFeature = (typeof abilities)[number] | (typeof methods)[number] | FailureMode;

/**
 * What a harness's provider can do, by looking at one. A harness that can fail is taken to know every way of it.
 *
 * ```ts
 * providerConformance({ ...harness, features: await featuresOf(harness) })
 * ```
 */
export async function featuresOf(harness: ProviderHarness): Promise<readonly ProviderFeature[]> {
  const made = await within(callLimitMs, "the harness's create()", harness.create());
  const features = presentFeatures(made);
  await made.close();
  return [...features];
}

export function presentFeatures({ provider, fail }: ProviderUnderTest): ReadonlySet<ProviderFeature> {
  const present = new Set(providerFeatures(provider));
  if (fail) for (const mode of modes) present.add(mode);
  return present;
}

function providerFeatures(provider: SecretProvider): readonly ProviderFeature[] {
  const { capabilities } = provider;
  return [
    ...abilities.filter((name) => capabilities?.[name] === true),
    ...methods.filter((name) => provider[name] !== undefined),
  ];
}

export function isFailureMode(feature: ProviderFeature): feature is FailureMode {
  return (modes as readonly string[]).includes(feature);
}

/** For the reason of a skipped case. */
export function lacks(feature: ProviderFeature): string {
  if (isFailureMode(feature)) return `the harness cannot make the store fail in the way "${feature}"`;
  if (feature === "stages" || feature === "versions") return `the provider has no ${feature}`;
  if (feature === "conditionalWrites") return "the provider has no conditional writes";
  return `the provider has no ${feature}()`;
}
