import { providerConformance } from "@qarion/secrets-conformance";
import { it } from "vitest";
import { harness } from "./redis-harness.js";

for (const c of providerConformance(harness)) (c.skipped ? it.skip : it)(c.name, () => c.run());
