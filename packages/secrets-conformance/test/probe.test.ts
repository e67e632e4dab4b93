import { it } from "vitest";
import { writeFileSync } from "node:fs";
import { providerConformance } from "../src/index.js";
import { batchFaults } from "./faults/batch-faults.js";
import { errorFaults } from "./faults/error-faults.js";
import { lifeFaults } from "./faults/life-faults.js";
import { acmeHarness } from "./faults/provider-fault.js";
import { SoundProvider } from "./faults/sound-provider.js";
import { valueFaults } from "./faults/value-faults.js";
import { versionFaults } from "./faults/version-faults.js";
it("probe", async () => {
  const out: string[] = [];
  const all = [{ fault: "SOUND", caughtBy: [], make: (s: any) => new SoundProvider(s) }, ...valueFaults, ...errorFaults, ...batchFaults, ...versionFaults, ...lifeFaults];
  for (const f of all) {
    const t0 = Date.now();
    const found = new Map<string, string>();
    for (const c of providerConformance(acmeHarness(f.make))) await c.run().catch((e) => found.set(c.clause, e.message.split("\n")[1]));
    const want = new Set<string>(f.caughtBy);
    const extra = [...found].filter(([c]) => !want.has(c)); const missing = [...want].filter((c) => !found.has(c));
    if (extra.length || missing.length) out.push(`## ${f.fault} (${Date.now() - t0} ms)\n` + extra.map(([c, m]) => `  EXTRA ${c} --${m}`).join("\n") + "\n" + missing.map((c) => `  MISSING ${c}`).join("\n"));
  }
  writeFileSync("/tmp/faults.txt", `${all.length - 1} faults\n` + out.join("\n"));
}, 300000);
