import { it } from "vitest";
import { featuresOf, providerConformance } from "../../src/index.js";
import { harness } from "./acme-harness.js";

const features = await featuresOf(harness);
for (const c of providerConformance({ ...harness, features })) (c.skipped ? it.skip : it)(c.name, () => c.run());
