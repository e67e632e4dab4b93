import { type Policy, parsePolicy } from "./policy.js";

/** What a token may do that has no policy but `default`: look after itself. */
const DEFAULT = `
path "auth/token/lookup-self" { capabilities = ["read"] }
path "auth/token/renew-self" { capabilities = ["update"] }
path "auth/token/revoke-self" { capabilities = ["update"] }
path "sys/capabilities-self" { capabilities = ["update"] }
path "sys/internal/ui/resultant-acl" { capabilities = ["read"] }
path "sys/wrapping/wrap" { capabilities = ["update"] }
path "sys/wrapping/lookup" { capabilities = ["update"] }
path "sys/wrapping/unwrap" { capabilities = ["update"] }
path "cubbyhole/*" { capabilities = ["create", "read", "update", "delete", "list"] }
path "cubbyhole" { capabilities = ["list"] }
`;

const RESPONSE_WRAPPING = `
path "cubbyhole/response" { capabilities = ["create", "read"] }
path "sys/wrapping/unwrap" { capabilities = ["update"] }
`;

/** The policy that a wrapping token has, and nothing else can be given. */
export const WRAPPING_POLICY = "response-wrapping";

export function defaultPolicies(): readonly Policy[] {
  return [parsePolicy("default", DEFAULT), parsePolicy(WRAPPING_POLICY, RESPONSE_WRAPPING)];
}
