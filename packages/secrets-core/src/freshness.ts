import type { ProviderCapabilities, ProviderSecret } from "./provider.js";
import { SecretsError, type SecretsErrorCode } from "./secrets-error.js";

/** How old a value may get, in milliseconds. */
export interface FreshnessPolicy {
  /** Up to this age a value is fresh. */
  readonly ttlMs: number;
  /** For so much longer the last good value stands in while the store cannot be asked. */
  readonly maxStaleMs: number;
  /** What a read does with a value past its `ttlMs`: serve it and refresh behind, or wait for the refresh. */
  readonly revalidate: "background" | "await";
  /** `false`: every read asks the store. Key rings and `live` values still refresh at the pace of `ttlMs`. */
  readonly caching: boolean;
}

export interface CacheOptions {
  readonly ttlMs?: number;
  readonly maxStaleMs?: number;
  readonly revalidate?: "background" | "await";
}

const defaultTtlMs = 5 * 60_000;
const defaultMaxStaleMs = 60 * 60_000;

export function freshnessPolicy(options: CacheOptions | false = {}): FreshnessPolicy {
  const {
    ttlMs = defaultTtlMs,
    maxStaleMs = defaultMaxStaleMs,
    // A frozen runtime stops between requests: what would run behind a response runs at some later one, or never.
    revalidate = process.env.AWS_LAMBDA_FUNCTION_NAME === undefined ? "background" : "await",
  } = options === false ? {} : options;
  for (const [name, value] of Object.entries({ ttlMs, maxStaleMs })) {
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
      throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", {
        hint: `cache.${name} is a number of milliseconds, 0 or more.`,
      });
    }
  }
  if (revalidate !== "background" && revalidate !== "await") {
    throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", { hint: 'cache.revalidate is "background" or "await".' });
  }
  return { ttlMs, maxStaleMs, revalidate, caching: options !== false };
}

/** The policy's TTL, capped by what the provider says of this value and of its answers in general. */
export function effectiveTtlMs(
  policy: FreshnessPolicy,
  of: ProviderCapabilities | ProviderSecret,
  and?: ProviderSecret,
): number {
  return Math.max(0, Math.min(policy.ttlMs, of.maxAgeMs ?? Infinity, and?.maxAgeMs ?? Infinity));
}

/** Spread over the last tenth before `ms`, so that many processes do not come back at one moment. */
export function jittered(ms: number): number {
  return Math.round(ms * (0.9 + Math.random() * 0.1));
}

/**
 * Jitter that is one for what is asked for at one moment, and another at the next: what came in one batch becomes due in
 * one batch, while processes spread.
 */
export class MomentaryJitter {
  #factor = 1;
  #drawnMs = Number.NEGATIVE_INFINITY;

  jittered(ms: number, nowMs: number): number {
    if (Math.abs(nowMs - this.#drawnMs) >= momentMs) {
      this.#drawnMs = nowMs;
      this.#factor = 0.9 + Math.random() * 0.1;
    }
    return Math.round(ms * this.#factor);
  }
}

const momentMs = 1_000;

/** How long to leave a failing store alone: 1 s, doubling, at most 30 s. */
export function backoffMs(failures: number): number {
  return jittered(Math.min(1_000 * 2 ** Math.min(failures - 1, 5), 30_000));
}

/** For how long "not found", "denied" and "disabled" are remembered: short, since creating a secret mends them. */
export const negativeTtlMs = 1_000;

/** Whether the store itself gave this answer, so that asking again at once would get the same. */
export function isAuthoritative(code: SecretsErrorCode): boolean {
  return (
    code === "ERR_SECRETS_NOT_FOUND" || code === "ERR_SECRETS_ACCESS_DENIED" || code === "ERR_SECRETS_VERSION_DISABLED"
  );
}

export function isNotFound(error: SecretsError | undefined): boolean {
  return error?.code === "ERR_SECRETS_NOT_FOUND";
}
