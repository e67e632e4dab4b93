import type { Meter } from "@opentelemetry/api";
import type { SecretsEvent } from "@qarion/secrets";

/** A listener for `onEvent`: reads from the cache, calls to the store, changes, and the age of each last good value. */
export function secretsMetrics(meter: Meter): (event: SecretsEvent) => void {
  const reads = meter.createCounter("secrets.cache.reads");
  const explicitBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]; // those of the SDK suit milliseconds
  const calls = meter.createHistogram("secrets.store.duration", { unit: "s", advice: { explicitBucketBoundaries } });
  const changes = meter.createCounter("secrets.changes");
  const lastGood = new Map<string, { readonly at: number; readonly attributes: Record<string, string> }>();
  meter.createObservableGauge("secrets.last_good.age", { unit: "s" }).addCallback((result) => {
    for (const { at, attributes } of lastGood.values()) result.observe((Date.now() - at) / 1_000, attributes);
  });
  return ({ type, name = "", provider, stage = "current", code, durationMs = 0 }) => {
    const attributes = { name, provider, stage }; // no version: each rotation would begin new series
    const key = Object.values(attributes).join(" ");
    const called = (outcome: object) => calls.record(durationMs / 1_000, { ...attributes, ...outcome });
    if (type === "hit" || type === "stale") reads.add(1, { ...attributes, outcome: type });
    if (type === "change") changes.add(1, attributes);
    if (type === "error" && code) called({ outcome: type, "error.type": code });
    if (code === "ERR_SECRETS_NOT_FOUND") lastGood.delete(key); // as a pending key that was promoted
    if (type === "fetch" || type === "revalidate") {
      called({ outcome: type });
      lastGood.set(key, { at: Date.now(), attributes });
    }
  };
}
