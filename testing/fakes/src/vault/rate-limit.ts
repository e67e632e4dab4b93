/** A rate limit quota: so many requests in each interval, of all clients, since they share an address. */
export interface RateLimit {
  readonly requests: number;
  /** 1 s unless given. */
  readonly intervalMs?: number;
  /** Only paths that begin so, such as `secret/`; all without. */
  readonly path?: string;
  /** `enable_rate_limit_response_headers` of the quotas' configuration. */
  readonly responseHeaders?: boolean;
}

export interface RateVerdict {
  readonly isAllowed: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

// Never limited, as the quotas' configuration has it from the start.
const EXEMPT = /^sys\/(health|seal-status|unseal|generate-root\/|generate-recovery-token\/)/;

export class RateLimiter {
  limit: RateLimit | undefined;
  #windowStartMs = 0;
  #taken = 0;

  take(path: string, nowMs: number): RateVerdict {
    const { limit } = this;
    if (limit === undefined || !path.startsWith(limit.path ?? "") || EXEMPT.test(path))
      return { isAllowed: true, headers: {} };
    const intervalMs = limit.intervalMs ?? 1_000;
    if (nowMs - this.#windowStartMs >= intervalMs) {
      this.#windowStartMs = nowMs;
      this.#taken = 0;
    }
    const isAllowed = this.#taken < limit.requests;
    if (isAllowed) this.#taken++;
    if (!limit.responseHeaders) return { isAllowed, headers: {} };
    const reset = String(Math.ceil((this.#windowStartMs + intervalMs - nowMs) / 1_000));
    return {
      isAllowed,
      headers: {
        "x-ratelimit-limit": String(limit.requests),
        "x-ratelimit-remaining": String(limit.requests - this.#taken),
        "x-ratelimit-reset": reset,
        ...(isAllowed ? {} : { "retry-after": reset }),
      },
    };
  }
}
