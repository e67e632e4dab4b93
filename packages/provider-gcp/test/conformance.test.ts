import { featuresOf, providerConformance } from "@qarion/secrets-conformance";
import { it } from "vitest";
import { gcpHarnesses } from "./gcp-harness.js";

for (const harness of gcpHarnesses) {
  const features = await featuresOf(harness);
  for (const c of providerConformance({ ...harness, features })) (c.skipped ? it.skip : it)(c.name, () => c.run());
}
