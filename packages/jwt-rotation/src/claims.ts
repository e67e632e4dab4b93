import { claimRefused, copyClaims } from "./json-claims.js";
import { JwtError } from "./jwt-error.js";

/** What the ring demands of the claims of a token. */
export interface ClaimRules {
  /** `iss` must be this; without it, `iss` is left to the caller. */
  readonly issuer?: string;
  /** `aud` must be or contain this; without it, a token must have no `aud`. */
  readonly audience?: string;
  readonly maxTokenLifetimeSeconds: number;
  readonly clockSkewSeconds: number;
  /** The token may lack `iat`, `iss` and `aud` (as many Python services make them); a wrong one is refused all the same. */
  readonly legacy: boolean;
}

/**
 * Enough for hosts that keep time by NTP, which differ by well under a second, and for a token used in the second in
 * which it was made. It lengthens the life of every token and of every previous key, so it stays small (RFC 7519 section
 * 4.1.4: "some small leeway, usually no more than a few minutes").
 */
export const defaultClockSkewSeconds = 5;

/**
 * Checks the registered claims of a payload whose signature was verified (RFC 7519 section 4.1): `exp` must be there and
 * not passed, `nbf` and `iat` must not lie in the future, each within the clock skew; the lifetime is bounded, so that
 * the ring can know when a key is no longer needed; `iss` and `aud` by the rules. `exp`, `nbf` and `iat` are finite,
 * non-negative numbers, whole or not.
 *
 * @throws {JwtError} `ERR_JWT_CLAIMS`, `ERR_JWT_EXPIRED`, `ERR_JWT_NOT_YET`
 */
export function checkClaims(payload: Readonly<Record<string, unknown>>, rules: ClaimRules, nowSeconds: number): void {
  const { maxTokenLifetimeSeconds, clockSkewSeconds } = rules;
  const exp = numericDate(payload, "exp");
  const nbf = numericDate(payload, "nbf");
  const iat = numericDate(payload, "iat");
  if (exp === undefined) throw claimRefused("exp", "is required");
  if (iat === undefined && !rules.legacy) throw claimRefused("iat", "is required");

  // Each says what must hold, so that a clock that is not a number refuses everything.
  const latest = nowSeconds + clockSkewSeconds;
  if (!(nowSeconds < exp + clockSkewSeconds)) throw new JwtError("ERR_JWT_EXPIRED");
  if (nbf !== undefined && !(nbf <= latest)) throw new JwtError("ERR_JWT_NOT_YET");
  if (iat !== undefined && !(iat <= latest)) throw new JwtError("ERR_JWT_NOT_YET");

  const lifetimeHolds =
    exp <= latest + maxTokenLifetimeSeconds && (iat === undefined || exp - iat <= maxTokenLifetimeSeconds);
  if (!lifetimeHolds) throw claimRefused("exp", "lies further ahead than maxTokenLifetimeSeconds allows");

  checkIssuer(ownClaim(payload, "iss"), rules);
  checkAudience(ownClaim(payload, "aud"), rules);
}

/**
 * The claims of a new token: a JSON copy of the caller's with `iat`, `exp` and, where configured, `iss` and `aud`.
 * Refused is what is not JSON data, what `checkClaims` or the typed reading of other libraries would refuse, and what
 * contradicts the ring: its own `iat` or `exp`, another `iss`, another `aud` or any without a configured audience.
 *
 * @throws {JwtError} `ERR_JWT_CLAIMS`
 */
export function issueClaims(
  claims: Readonly<Record<string, unknown>>,
  rules: ClaimRules,
  expiresInSeconds: number,
  nowSeconds: number,
): Record<string, unknown> {
  if (
    !Number.isSafeInteger(expiresInSeconds) ||
    expiresInSeconds < 1 ||
    expiresInSeconds > rules.maxTokenLifetimeSeconds
  ) {
    throw new JwtError("ERR_JWT_CLAIMS", {
      hint: `expiresInSeconds must be a whole number from 1 to maxTokenLifetimeSeconds (${rules.maxTokenLifetimeSeconds}).`,
    });
  }
  const own = copyClaims(claims);
  for (const name of ["iat", "exp"]) {
    if (Object.hasOwn(own, name)) throw claimRefused(name, "is set by the ring: use expiresInSeconds");
  }
  for (const name of ["iss", "sub", "jti"]) {
    if (Object.hasOwn(own, name) && typeof own[name] !== "string") throw claimRefused(name, "must be a string");
  }
  numericDate(own, "nbf");
  if (rules.issuer !== undefined && Object.hasOwn(own, "iss") && own.iss !== rules.issuer) {
    throw claimRefused("iss", "differs from the ring's issuer");
  }
  if (Object.hasOwn(own, "aud") && own.aud !== rules.audience) {
    throw claimRefused("aud", "differs from the ring's audience");
  }
  const iat = Math.floor(nowSeconds);
  return {
    ...own,
    ...(rules.issuer === undefined ? {} : { iss: rules.issuer }),
    ...(rules.audience === undefined ? {} : { aud: rules.audience }),
    iat,
    exp: iat + expiresInSeconds,
  };
}

function checkIssuer(iss: unknown, { issuer, legacy }: ClaimRules): void {
  if (issuer === undefined || iss === issuer) return;
  if (iss !== undefined || !legacy) throw claimRefused("iss", "is not the ring's issuer");
}

/** RFC 7519 section 4.1.3: whoever does not find itself in a token's `aud` must reject it, one without a name too. */
function checkAudience(aud: unknown, { audience, legacy }: ClaimRules): void {
  if (aud === undefined) {
    if (audience !== undefined && !legacy) throw claimRefused("aud", "is required");
    return;
  }
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audience === undefined || !named.every((item) => typeof item === "string") || !named.includes(audience)) {
    throw claimRefused("aud", "does not name the ring's audience");
  }
}

/** `undefined` when absent. JSON can say 1e400, which is read as Infinity. */
function numericDate(payload: Readonly<Record<string, unknown>>, name: "exp" | "nbf" | "iat"): number | undefined {
  const value = ownClaim(payload, name);
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
    throw claimRefused(name, "must be a finite, non-negative number of seconds");
  }
  return value;
}

/** Own members only: nothing that a polluted prototype offers is a claim. */
function ownClaim(payload: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(payload, name) ? payload[name] : undefined;
}
