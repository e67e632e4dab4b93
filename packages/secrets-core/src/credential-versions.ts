import type { Clock } from "./clock.js";
import { Cooled } from "./cooled.js";
import type { Stage } from "./provider.js";
import type { Secret } from "./secret.js";
import type { SecretCache } from "./secret-cache.js";
import { SecretsError } from "./secrets-error.js";
import type { StoreRef } from "./store-ref.js";
import type { SecretVersions } from "./with-secret.js";

/** How long after a rotation the previous value is worth a try: rotations take minutes to reach a database. */
const rotationWindowMs = 15 * 60_000;
const cooldownMs = 1_000;
const mostNames = 1_000;

/** The values of secrets during their rotation, as `withSecret` reads them. */
export class CredentialVersions {
  readonly #cache: SecretCache;
  readonly #clock: Clock;
  readonly #locate: ((name: string, stage: Stage) => StoreRef) | undefined;
  readonly #refreshes = new Map<string, Cooled>();

  /** @param locate leads to another stage of a secret; `undefined` where it can have none */
  constructor(cache: SecretCache, clock: Clock, locate: ((name: string, stage: Stage) => StoreRef) | undefined) {
    this.#cache = cache;
    this.#clock = clock;
    this.#locate = locate;
  }

  of(at: StoreRef): SecretVersions {
    const { stage, version } = at.ref;
    const locate = this.#locate;
    // Beside a fixed stage or version there is no other, and members of a JSON secret have none.
    const hasOthers = stage === "current" && version === undefined && at.key === undefined;
    return {
      clock: this.#clock,
      windowMs: rotationWindowMs,
      current: async () => (await this.#cache.read(at)).view(at),
      refreshed: () => this.#refreshed(at),
      staged: async (wanted) => {
        if (!locate || !hasOthers) return undefined;
        try {
          return await this.#refreshed(locate(at.name, wanted));
        } catch (error) {
          if (SecretsError.is(error)) return undefined; // there is none, or it cannot be had now
          throw error;
        }
      },
      changedAtMs: () => this.#cache.changedAtMs(at),
    };
  }

  /** The store's answer, asked for at most once a second however many want it. */
  async #refreshed(at: StoreRef): Promise<Secret> {
    let refresh = this.#refreshes.get(at.cacheKey);
    if (!refresh) {
      refresh = new Cooled(async () => void (await this.#cache.refresh(at)), this.#clock, cooldownMs);
      if (this.#refreshes.size >= mostNames) this.#refreshes.clear();
      this.#refreshes.set(at.cacheKey, refresh);
    }
    await refresh.run();
    return (await this.#cache.read(at)).view(at);
  }
}
