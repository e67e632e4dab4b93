import { featuresOf, providerConformance } from "@qarion/secrets-conformance";
import { it } from "vitest";
import { awsHarness } from "./aws-harness.js";

const features = await featuresOf(awsHarness);
for (const c of providerConformance({ ...awsHarness, features })) (c.skipped ? it.skip : it)(c.name, () => c.run());
