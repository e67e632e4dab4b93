import { it } from "node:test";
import { providerConformance } from "../../src/index.js";
import { harness } from "./harness.js";

for (const c of providerConformance(harness)) (c.skipped ? it.skip : it)(c.name, () => c.run());
