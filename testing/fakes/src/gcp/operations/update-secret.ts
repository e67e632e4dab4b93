import { type SecretInput, secretMessage } from "../messages.js";
import { secretName } from "../resource-name.js";
import { etagMismatch, invalidArgument, notModelled } from "../service-errors.js";
import type { StoredSecret } from "../stored-secret.js";
import { authorize, findSecret, type Operation } from "./operation.js";
import { readAliases, readAnnotations, readDestroyTtl, readLabels, required } from "./secret-input.js";

export interface UpdateSecretRequest {
  readonly secret?: SecretInput | null;
  readonly updateMask?: { readonly paths?: readonly string[] } | null;
}

type Changes = Partial<Pick<StoredSecret, "labels" | "annotations" | "aliases" | "versionDestroyTtlMs">>;
type PathReader = (input: SecretInput, secret: StoredSecret) => Changes;

const IGNORED = ["name", "create_time", "tags", "etag"];
const IMMUTABLE = ["secret_type", "policy_member", "replication"];
const UNMODELLED = ["topics", "rotation", "expire_time", "ttl", "customer_managed_encryption"];

// A path whose field the request leaves out clears it, and a map is replaced whole.
const READERS: Readonly<Record<string, PathReader>> = {
  labels: (input) => ({ labels: readLabels(input.labels) }),
  annotations: (input) => ({ annotations: readAnnotations(input.annotations) }),
  version_aliases: (input, secret) => ({ aliases: readAliases(input.versionAliases, secret.versions.length) }),
  version_destroy_ttl: (input) => ({ versionDestroyTtlMs: readDestroyTtl(input.versionDestroyTtl) }),
};

/** Writes the fields that the mask names; with the secret's etag in the request, only if nobody wrote in between. */
export const updateSecret: Operation<UpdateSecretRequest> = {
  quota: "write",
  run(request, context) {
    const input = required(request.secret, "secret");
    const ref = context.names.secret(input.name ?? "");
    const name = secretName(context.store.project, ref);
    authorize(context, "secretmanager.secrets.update", name, ref);
    const secret = findSecret(context, ref, name);
    if (input.etag && input.etag !== secret.etag) throw etagMismatch();
    const mask = required(request.updateMask, "update_mask");
    // All or nothing: what is refused has changed no field, and an empty mask changes the etag alone.
    const changes = (mask.paths ?? []).map((path) => readPath(path, input, secret));
    for (const change of changes) Object.assign(secret, change);
    context.store.touch(secret);
    return secretMessage(secret);
  },
};

function readPath(path: string, input: SecretInput, secret: StoredSecret): Changes {
  const field = path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const root = field.split(".")[0] ?? field;
  if (IGNORED.includes(field)) return {};
  if (IMMUTABLE.includes(root)) throw invalidArgument(`Field '${root}' is immutable and cannot be updated.`);
  if (UNMODELLED.includes(root)) throw notModelled(`an update of Secret.${root}`);
  // Also `*`, and a single key of a map such as `labels.team`.
  if (!Object.hasOwn(READERS, field)) throw invalidArgument();
  return READERS[field]?.(input, secret) ?? {};
}
