import { featuresOf, providerConformance } from "@qarion/secrets-conformance";
import { it } from "vitest";
import { vaultHarness } from "./vault-harness.js";

const features = await featuresOf(vaultHarness);
for (const c of providerConformance({ ...vaultHarness, features })) (c.skipped ? it.skip : it)(c.name, () => c.run());
