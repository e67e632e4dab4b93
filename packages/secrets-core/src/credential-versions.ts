import type { Clock } from "./clock.js";
import { Cooled } from "./cooled.js";
import type { Secret } from "./secret.js";
import type { SecretCache } from "./secret-cache.js";
import { type ParsedRef, parseRef } from "./secret-ref.js";
import { SecretsError } from "./secrets-error.js";
import type { SecretVersions } from "./with-secret.js";

/** How long after a rotation the previous value is worth a try: rotations take minutes to reach a database. */
const rotationWindowMs = 15 * 60_000;
const cooldownMs = 1_000;
const mostNames = 1_000;

/** The values of secrets during their rotation, as `withSecret` reads them. */
export class CredentialVersions {
  readonly #cache: SecretCache;
  readonly #clock: Clock;
  readonly #hasStages: boolean;
  readonly #refreshes = new Map<string, Cooled>();

  constructor(cache: SecretCache, clock: Clock, hasStages: boolean) {
    this.#cache = cache;
    this.#clock = clock;
    this.#hasStages = hasStages;
  }

  of(parsed: ParsedRef): SecretVersions {
    const { name, stage, version } = parsed.provider;
    // Beside a fixed stage or version there is no other, and members of a JSON secret have none.
    const hasOthers = this.#hasStages && stage === "current" && version === undefined && parsed.key === undefined;
    return {
      clock: this.#clock,
      windowMs: rotationWindowMs,
      current: async () => (await this.#cache.read(parsed)).view(parsed.key),
      refreshed: () => this.#refreshed(parsed),
      staged: async (wanted) => {
        if (!hasOthers) return undefined;
        try {
          return await this.#refreshed(parseRef({ name, stage: wanted }));
        } catch (error) {
          if (SecretsError.is(error)) return undefined; // there is none, or it cannot be had now
          throw error;
        }
      },
      changedAtMs: () => this.#cache.changedAtMs(parsed),
    };
  }

  /** The store's answer, asked for at most once a second however many want it. */
  async #refreshed(parsed: ParsedRef): Promise<Secret> {
    let refresh = this.#refreshes.get(parsed.cacheKey);
    if (!refresh) {
      refresh = new Cooled(async () => void (await this.#cache.refresh(parsed)), this.#clock, cooldownMs);
      if (this.#refreshes.size >= mostNames) this.#refreshes.clear();
      this.#refreshes.set(parsed.cacheKey, refresh);
    }
    await refresh.run();
    return (await this.#cache.read(parsed)).view(parsed.key);
  }
}
