import { it } from "vitest";
import { providerConformance } from "../../src/index.js";
import { harness } from "./harness.js";

for (const c of providerConformance(harness)) {
  it(c.name, async ({ skip }) => {
    await c.run();
    if (c.skipped) skip(c.skipped);
  });
}
