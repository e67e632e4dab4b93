import type { TokenEntry } from "./token-entry.js";

/** The `auth` of an answer that gives or renews a token. */
export function authBlock(token: TokenEntry, leaseSeconds: number): object {
  return {
    client_token: token.id,
    accessor: token.accessor,
    policies: token.policies,
    token_policies: token.policies,
    metadata: token.meta,
    lease_duration: leaseSeconds,
    renewable: token.renewable,
    entity_id: token.entityId,
    token_type: token.type,
    orphan: token.parent === undefined,
    mfa_requirement: null,
    num_uses: Math.max(token.numUses, 0),
  };
}
