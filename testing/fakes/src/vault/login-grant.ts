import { boolField, durationField, intField, listField, textField } from "./fields.js";
import type { EngineCall, EngineResponse, Fields } from "./logical.js";
import type { TokenEntry, TokenLimits } from "./token-entry.js";

/** What an auth method says about the token that a login gets. */
export interface LoginGrant {
  readonly displayName: string;
  readonly meta: Readonly<Record<string, string>>;
  readonly parameters: TokenParameters;
  /** Who logged in, by the method's own name for it: the same entity at each login. */
  readonly alias: string;
  limits(): TokenLimits;
}

/** Makes the token of a login. */
export type GiveToken = (call: EngineCall, grant: LoginGrant) => EngineResponse;

/** The fields that the roles of all auth methods share: see "token parameters" of any of their API pages. */
export interface TokenParameters extends TokenLimits {
  readonly policies: readonly string[];
  readonly noDefaultPolicy: boolean;
  readonly explicitMaxTtlMs: number;
  readonly numUses: number;
  readonly type: TokenEntry["type"];
}

export const NO_PARAMETERS: TokenParameters = {
  policies: [],
  noDefaultPolicy: false,
  explicitMaxTtlMs: 0,
  numUses: 0,
  type: "service",
  ttlMs: 0,
  maxTtlMs: 0,
  periodMs: 0,
};

/** What a write to a role changes; the rest stays. */
export function tokenParameters(fields: Fields, before: TokenParameters): TokenParameters {
  const type = textField(fields, "token_type");
  const policies = listField(fields, "token_policies") ?? listField(fields, "policies");
  return {
    policies: policies ?? before.policies,
    noDefaultPolicy: boolField(fields, "token_no_default_policy") ?? before.noDefaultPolicy,
    explicitMaxTtlMs: durationField(fields, "token_explicit_max_ttl") ?? before.explicitMaxTtlMs,
    numUses: intField(fields, "token_num_uses") ?? before.numUses,
    type: type === "" ? before.type : type === "batch" || type === "default-batch" ? "batch" : "service",
    ttlMs: durationField(fields, "token_ttl") ?? before.ttlMs,
    maxTtlMs: durationField(fields, "token_max_ttl") ?? before.maxTtlMs,
    periodMs: durationField(fields, "token_period") ?? before.periodMs,
  };
}

/** As a read of a role gives them, in seconds. */
export function describeParameters(parameters: TokenParameters): object {
  return {
    token_explicit_max_ttl: parameters.explicitMaxTtlMs / 1_000,
    token_max_ttl: parameters.maxTtlMs / 1_000,
    token_no_default_policy: parameters.noDefaultPolicy,
    token_num_uses: parameters.numUses,
    token_period: parameters.periodMs / 1_000,
    token_policies: parameters.policies,
    token_ttl: parameters.ttlMs / 1_000,
    token_type: parameters.type === "batch" ? "batch" : "default",
  };
}
