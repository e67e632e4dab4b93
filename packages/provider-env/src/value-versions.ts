import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Stage } from "@qarion/secrets-core";
import type { SecretValue } from "./file-value.js";

interface SeenValue {
  readonly digest: Buffer;
  readonly version: string;
}

interface SeenSecret {
  lastVersion: number;
  readonly stages: Map<Stage, SeenValue>;
}

/**
 * Version ids for a store that has none: for each secret a counter of the values seen in this process. A value that
 * moves to another stage keeps its id. Values are compared by digests under a random key of this process.
 */
export class ValueVersions {
  readonly #key = randomBytes(32);
  readonly #secrets = new Map<string, SeenSecret>();

  versionOf(name: string, stage: Stage, value: SecretValue): string {
    const digest = createHmac("sha256", this.#key).update(value).digest();
    const secret = this.#secrets.get(name) ?? { lastVersion: 0, stages: new Map<Stage, SeenValue>() };
    this.#secrets.set(name, secret);
    const here = secret.stages.get(stage);
    if (here && timingSafeEqual(here.digest, digest)) return here.version;
    const elsewhere = [...secret.stages.values()].find((seen) => timingSafeEqual(seen.digest, digest));
    const version = elsewhere?.version ?? String(++secret.lastVersion);
    secret.stages.set(stage, { digest, version });
    return version;
  }
}
