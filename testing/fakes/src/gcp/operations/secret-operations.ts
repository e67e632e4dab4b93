import { type FilterPredicate, listFilter } from "../list-filter.js";
import { type SecretInput, secretMessage } from "../messages.js";
import { type PageRequest, pageOf } from "../page.js";
import { checkSecretId, parentName, secretName } from "../resource-name.js";
import { PERMISSIONS } from "../roles.js";
import { etagMismatch, secretExists } from "../service-errors.js";
import { authorize, findSecret, type Operation } from "./operation.js";
import {
  readAliases,
  readAnnotations,
  readDestroyTtl,
  readLabels,
  readReplication,
  refuseUnmodelled,
  required,
} from "./secret-input.js";

export interface CreateSecretRequest {
  readonly parent?: string;
  readonly secretId?: string;
  readonly secret?: SecretInput | null;
}

export const createSecret: Operation<CreateSecretRequest> = {
  quota: "write",
  run({ parent = "", secretId: id = "", secret: input }, context) {
    const { store, location } = context;
    context.names.parent(parent);
    authorize(context, "secretmanager.secrets.create", parentName(store.project, location));
    checkSecretId(id);
    const given = required(input, "secret");
    refuseUnmodelled(given);
    const ref = { id, location };
    if (store.find(ref) !== undefined) throw secretExists(secretName(store.project, ref));
    readAliases(given.versionAliases, 0);
    const created = store.create(ref, {
      replication: readReplication(given.replication, location),
      labels: readLabels(given.labels),
      annotations: readAnnotations(given.annotations),
      versionDestroyTtlMs: readDestroyTtl(given.versionDestroyTtl),
    });
    return secretMessage(created);
  },
};

export interface NamedRequest {
  readonly name?: string;
  readonly etag?: string;
}

export const getSecret: Operation<NamedRequest> = {
  quota: "read",
  run({ name = "" }, context) {
    const ref = context.names.secret(name);
    const answered = secretName(context.store.project, ref);
    authorize(context, "secretmanager.secrets.get", answered, ref);
    return secretMessage(findSecret(context, ref, answered));
  },
};

/** The newest first. `secretmanager.secrets.list` is asked for on the project: a role on one secret does not give it. */
export const listSecrets: Operation<PageRequest & { readonly parent?: string }> = {
  quota: "read",
  run({ parent = "", ...page }, context) {
    const { store, location } = context;
    context.names.parent(parent);
    const list = parentName(store.project, location);
    authorize(context, "secretmanager.secrets.list", list);
    const matches: FilterPredicate = listFilter(page.filter ?? "");
    const secrets = store.list(location);
    const found = secrets.filter(matches);
    const { items, nextPageToken } = pageOf(found, ({ sequence }) => sequence, list, page, context.pageSizeUnasked);
    return { secrets: items.map(secretMessage), nextPageToken, totalSize: page.filter ? 0 : secrets.length };
  },
};

export const deleteSecret: Operation<NamedRequest> = {
  quota: "write",
  run({ name = "", etag }, context) {
    const ref = context.names.secret(name);
    const answered = secretName(context.store.project, ref);
    authorize(context, "secretmanager.secrets.delete", answered, ref);
    const secret = findSecret(context, ref, answered);
    if (etag && etag !== secret.etag) throw etagMismatch();
    context.store.remove(ref);
    return {};
  },
};

/** Which of the permissions the caller has; none of them on a secret that is not there. */
export const testIamPermissions: Operation<{ readonly resource?: string; readonly permissions?: readonly string[] }> = {
  quota: "read",
  run({ resource = "", permissions = [] }, { names, store, iam, principal }) {
    const ref = names.secret(resource);
    if (store.find(ref) === undefined) return { permissions: [] };
    const held = PERMISSIONS.filter((permission) => iam.allows(principal, permission, ref));
    return { permissions: permissions.filter((asked) => held.some((permission) => permission === asked)) };
  },
};
