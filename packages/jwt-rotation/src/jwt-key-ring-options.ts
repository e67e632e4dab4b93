import { type Ref, type Secrets, SecretsError } from "@qarion/secrets-core";
import { type ClaimRules, defaultClockSkewSeconds } from "./claims.js";

export interface JwtKeyRingOptions {
  readonly secrets: Secrets;
  /** What the tokens are for; a part of the key ids. Rings of different names may not share a key. */
  readonly name: string;
  readonly current: Ref;
  /** By default `CURRENT@previous` and `CURRENT_PREVIOUS`. */
  readonly previous?: Ref | readonly Ref[];
  /** The key that will sign next and is accepted already. By default `CURRENT@pending` and `CURRENT_NEXT`. */
  readonly next?: Ref;
  readonly issuer?: string;
  readonly audience?: string;
  /** The longest life of a token: it bounds `exp` and tells when a previous key can go. */
  readonly maxTokenLifetimeSeconds: number;
  /** By how much the clocks of hosts may differ; 5 by default. */
  readonly clockSkewSeconds?: number;
  /**
   * Tokens without `kid`: `"reject"`; `"strict"` (the default) tries every key and demands every claim; `"legacy"` lets
   * them lack `iat`, `iss` and `aud`, as those of many Python services do.
   */
  readonly kidless?: "reject" | "strict" | "legacy";
  /** Accepts keys of under 32 bytes and published ones, with a warning: for moving away from them. Their tokens have no `kid`. */
  readonly allowWeakKeys?: boolean;
}

/** @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` */
export function claimRules(options: JwtKeyRingOptions): ClaimRules {
  const { issuer, audience, maxTokenLifetimeSeconds, kidless, allowWeakKeys } = options;
  const { clockSkewSeconds = defaultClockSkewSeconds } = options;
  const invalid = (hint: string) => new SecretsError("ERR_SECRETS_INVALID_CONFIG", { hint });
  if (typeof options.name !== "string" || options.name === "") throw invalid("`name` says what the tokens are for.");
  if (!Number.isSafeInteger(maxTokenLifetimeSeconds) || maxTokenLifetimeSeconds < 1) {
    throw invalid("maxTokenLifetimeSeconds is a whole number of seconds above 0.");
  }
  if (!Number.isFinite(clockSkewSeconds) || clockSkewSeconds < 0) {
    throw invalid("clockSkewSeconds is a number of seconds, 0 or more.");
  }
  if (kidless !== undefined && !["reject", "strict", "legacy"].includes(kidless)) {
    throw invalid('kidless is "reject", "strict" or "legacy".');
  }
  if (allowWeakKeys !== undefined && typeof allowWeakKeys !== "boolean") throw invalid("allowWeakKeys is a boolean.");
  if (allowWeakKeys && kidless === "reject") {
    throw invalid('A weak key has no kid: with kidless "reject" the ring would refuse the tokens that it signs.');
  }
  for (const [name, value] of Object.entries({ issuer, audience })) {
    if (value !== undefined && (typeof value !== "string" || value === ""))
      throw invalid(`${name} is a string that is not empty.`);
  }
  return {
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
    maxTokenLifetimeSeconds,
    clockSkewSeconds,
    legacy: false,
  };
}
