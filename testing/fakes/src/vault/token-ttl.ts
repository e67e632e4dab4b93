import { goDuration } from "./go-time.js";
import type { TokenLimits } from "./token-entry.js";
import { VaultError } from "./vault-error.js";

/** 32 days: both the default and the most, unless the server's configuration says otherwise. */
export const SYSTEM_TTL_MS = 2_764_800_000;

export interface TtlQuestion extends TokenLimits {
  readonly incrementMs: number;
  readonly explicitMaxTtlMs: number;
  readonly startMs: number;
  readonly nowMs: number;
  readonly systemTtlMs: number;
  readonly systemMaxTtlMs: number;
}

/** The time to live that a new or renewed token gets, and what the answer warns of. */
export function effectiveTtl(asked: TtlQuestion): { readonly ttlMs: number; readonly warnings: readonly string[] } {
  const { incrementMs, periodMs, explicitMaxTtlMs, startMs, nowMs } = asked;
  const warnings: string[] = [];
  const maxTtlMs = least(asked.systemMaxTtlMs, asked.maxTtlMs, explicitMaxTtlMs);
  let ttlMs = incrementMs || asked.ttlMs || asked.systemTtlMs;
  let endMs = startMs + maxTtlMs;
  if (periodMs > 0) {
    ttlMs = Math.min(periodMs, maxTtlMs);
    endMs = explicitMaxTtlMs > 0 ? startMs + explicitMaxTtlMs : Number.POSITIVE_INFINITY;
    if (periodMs > maxTtlMs) {
      const [given, most] = [goDuration(periodMs), goDuration(maxTtlMs)];
      warnings.push(
        `period of "${given}" exceeded the effective max_ttl of "${most}"; period value is capped accordingly`,
      );
    }
  }
  const leftMs = endMs - nowMs;
  if (leftMs < 0) throw new VaultError(500, "past the max TTL, cannot renew");
  if (ttlMs > leftMs) {
    const [given, most] = [goDuration(ttlMs), goDuration(leftMs)];
    warnings.push(`TTL of "${given}" exceeded the effective max_ttl of "${most}"; TTL value is capped accordingly`);
    ttlMs = leftMs;
  }
  return { ttlMs, warnings };
}

function least(first: number, ...others: number[]): number {
  return Math.min(first, ...others.filter((ms) => ms > 0));
}
