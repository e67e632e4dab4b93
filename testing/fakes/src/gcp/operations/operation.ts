import type { PermissionCheck } from "../iam.js";
import type { QuotaKind } from "../quota.js";
import type { NameReader, SecretRef } from "../resource-name.js";
import type { Permission } from "../roles.js";
import type { SecretStore } from "../secret-store.js";
import { permissionDenied, secretNotFound } from "../service-errors.js";
import type { StoredSecret } from "../stored-secret.js";

/** What an operation works with. */
export interface OperationContext {
  readonly store: SecretStore;
  readonly iam: PermissionCheck;
  readonly principal: string;
  /** Of the regional endpoint that was called. */
  readonly location: string | undefined;
  readonly names: NameReader;
  /** How many items a page has when nobody asks for a number. */
  readonly pageSizeUnasked: number;
}

/** A method of the API. Names are checked first, then the permission, then what there is. */
export interface Operation<Request> {
  readonly quota: QuotaKind;
  /** @throws RpcError when the service refuses */
  run(request: Request, context: OperationContext): object;
}

/** @param resource the name in the error */
export function authorize(
  { iam, principal }: OperationContext,
  permission: Permission,
  resource: string,
  ref?: SecretRef,
): void {
  if (!iam.allows(principal, permission, ref)) throw permissionDenied(permission, resource);
}

/** @throws RpcError NOT_FOUND */
export function findSecret({ store }: OperationContext, ref: SecretRef, name: string): StoredSecret {
  const secret = store.find(ref);
  if (secret === undefined) throw secretNotFound(name);
  return secret;
}
