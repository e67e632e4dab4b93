import { randomUUID } from "node:crypto";
import { credentialsInvalid, credentialsMissing } from "./service-errors.js";

/** The access tokens that this server takes. They are made here and good for nothing else. */
export interface Credentials {
  /** The header that identifies a principal: `Bearer <token>`. */
  authorizationOf(principal: string): string;
  /** From now on the principal's token is refused, as one whose time is over. */
  expire(principal: string): void;
  /** Its token is taken again. */
  renew(principal: string): void;
  /** Whose token a header holds, one whose time is over too. */
  ownerOf(authorization: string | undefined): string | undefined;
  /** @throws RpcError UNAUTHENTICATED for a call without a token, or with one that is not taken */
  principalOf(authorization: string | undefined, method: string): string;
}

export function credentials(): Credentials {
  const principals = new Map<string, string>();
  const expired = new Set<string>();
  const ownerOf = (authorization = "") => principals.get(authorization);
  return {
    ownerOf,
    authorizationOf(principal) {
      const known = [...principals].find(([, owner]) => owner === principal)?.[0];
      const authorization = known ?? `Bearer fake-access-token-${randomUUID()}`;
      principals.set(authorization, principal);
      return authorization;
    },
    expire: (principal) => void expired.add(principal),
    renew: (principal) => void expired.delete(principal),
    principalOf(authorization, method) {
      if (authorization === undefined) throw credentialsMissing(method);
      const principal = ownerOf(authorization);
      if (principal === undefined || expired.has(principal)) throw credentialsInvalid();
      return principal;
    },
  };
}
