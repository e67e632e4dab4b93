import type { SecretRef } from "./resource-name.js";
import { PERMISSIONS, type Permission, ROLES, type Role } from "./roles.js";
import type { SecretStore } from "./secret-store.js";

/** Who may do what. A principal is an e-mail address or any other name, and starts with nothing. */
export interface Iam {
  /**
   * Adds the permissions of predefined roles, or single ones as a custom role has them: on the whole project, or on one
   * secret with `on`.
   * @throws RangeError for what is neither a role nor a permission, or for a secret that is not there
   */
  grant(principal: string, what: Role | Permission | readonly (Role | Permission)[], on?: SecretTarget): void;
  /** Takes everything from a principal, on the project and on every secret. */
  revoke(principal: string): void;
}

/** A secret to grant on: its id, or its id and location. */
export type SecretTarget = string | { readonly secret: string; readonly location: string };

/** The question that each call asks. */
export interface PermissionCheck {
  /** @param ref the secret in question, whether it exists or not; none for what concerns the project */
  allows(principal: string, permission: Permission, ref?: SecretRef): boolean;
}

export function iam(store: SecretStore): Iam & PermissionCheck {
  const onProject = new Map<string, Set<string>>();

  const grantsOf = (on: SecretTarget | undefined): Map<string, Set<string>> => {
    if (on === undefined) return onProject;
    const ref = typeof on === "string" ? { id: on, location: undefined } : { id: on.secret, location: on.location };
    const secret = store.find(ref);
    if (secret === undefined) throw new RangeError(`no secret ${ref.id} to grant on`);
    return secret.grants;
  };

  return {
    grant(principal, what, on) {
      const grants = grantsOf(on);
      const permissions = [what].flat().flatMap(permissionsOf);
      grants.set(principal, new Set([...(grants.get(principal) ?? []), ...permissions]));
    },
    revoke(principal) {
      onProject.delete(principal);
      for (const secret of store.everywhere()) secret.grants.delete(principal);
    },
    allows: (principal, permission, ref) =>
      onProject.get(principal)?.has(permission) === true ||
      (ref !== undefined && store.find(ref)?.grants.get(principal)?.has(permission) === true),
  };
}

function permissionsOf(what: Role | Permission): readonly Permission[] {
  if (Object.hasOwn(ROLES, what)) return ROLES[what as Role];
  const permission = PERMISSIONS.find((known) => known === what);
  if (permission === undefined) throw new RangeError(`neither a role nor a permission that the fake knows: ${what}`);
  return [permission];
}
