import { describe } from "vitest";
import { serverVersion, whyNoServer } from "./private-redis.js";

/** Tests that start a server of their own, or are skipped by a name that says why. */
export function describeOnServer(name: string, tests: () => void): void {
  describe.skipIf(!serverVersion)(serverVersion ? name : `${name} (skipped: ${whyNoServer})`, tests);
}
