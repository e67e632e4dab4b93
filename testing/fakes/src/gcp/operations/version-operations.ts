import { crc32c } from "../crc32c.js";
import { listFilter } from "../list-filter.js";
import { accessMessage, versionMessage } from "../messages.js";
import { type PageRequest, pageOf } from "../page.js";
import { type SecretRef, secretName } from "../resource-name.js";
import type { Permission } from "../roles.js";
import { aliasNotFound, invalidArgument, notEnabled, nothingLatest, versionNotFound } from "../service-errors.js";
import { type StoredSecret, type StoredVersion, versionName } from "../stored-secret.js";
import { authorize, findSecret, type Operation, type OperationContext } from "./operation.js";
import { required } from "./secret-input.js";
import type { NamedRequest } from "./secret-operations.js";

const MAX_PAYLOAD_BYTES = 65_536;

export const accessSecretVersion: Operation<NamedRequest> = {
  quota: "access",
  run({ name = "" }, context) {
    const { secret, version } = resolve(name, "secretmanager.versions.access", context);
    if (version.state !== "ENABLED" || version.data === undefined) {
      throw notEnabled(versionName(secret, version.number), version.state);
    }
    return accessMessage(secret, version, version.data);
  },
};

export const getSecretVersion: Operation<NamedRequest> = {
  quota: "read",
  run({ name = "" }, context) {
    const { secret, version } = resolve(name, "secretmanager.versions.get", context);
    return versionMessage(secret, version);
  },
};

/** The newest first, those that are disabled or destroyed too. */
export const listSecretVersions: Operation<PageRequest & { readonly parent?: string }> = {
  quota: "read",
  run({ parent = "", ...page }, context) {
    const ref = context.names.secret(parent);
    const list = secretName(context.store.project, ref);
    authorize(context, "secretmanager.versions.list", list, ref);
    const secret = findSecret(context, ref, list);
    const matches = listFilter(page.filter ?? "");
    const found = secret.versions
      .filter(({ number, state }) => matches({ name: versionName(secret, number), state }))
      .reverse();
    const { items, nextPageToken } = pageOf(found, ({ number }) => number, list, page, context.pageSizeUnasked);
    return {
      versions: items.map((version) => versionMessage(secret, version)),
      nextPageToken,
      totalSize: page.filter ? 0 : secret.versions.length,
    };
  },
};

export interface AddSecretVersionRequest {
  readonly parent?: string;
  readonly payload?: { readonly data?: Uint8Array; readonly dataCrc32c?: string | number | null } | null;
}

export const addSecretVersion: Operation<AddSecretVersionRequest> = {
  quota: "write",
  run({ parent = "", payload }, context) {
    const ref = context.names.secret(parent);
    const name = secretName(context.store.project, ref);
    authorize(context, "secretmanager.versions.add", name, ref);
    const secret = findSecret(context, ref, name);
    const { data = Buffer.alloc(0), dataCrc32c } = required(payload, "payload");
    if (data.length === 0) throw invalidArgument("SecretPayload.data must not be empty.");
    if (data.length > MAX_PAYLOAD_BYTES) {
      throw invalidArgument(
        `The payload of ${data.length} bytes is larger than the limit of ${MAX_PAYLOAD_BYTES} bytes.`,
      );
    }
    const checked = dataCrc32c !== undefined && dataCrc32c !== null;
    if (checked && String(dataCrc32c) !== String(crc32c(data))) {
      throw invalidArgument("Provided SecretPayload.data crc32c does not match calculated crc32c.");
    }
    return versionMessage(secret, context.store.addVersion(secret, data, checked));
  },
};

/** The version that a name stands for: `latest` is the one created last, whatever its state. */
function resolve(
  name: string,
  permission: Permission,
  context: OperationContext,
): { secret: StoredSecret; version: StoredVersion } {
  const { secret: ref, version: reference } = context.names.version(name);
  const answered = secretName(context.store.project, ref);
  authorize(context, permission, `${answered}/versions/${reference}`, ref);
  if (reference === "latest") return latest(ref, answered, context);
  const secret = findSecret(context, ref, answered);
  const number = /^\d+$/.test(reference) ? Number(reference) : aliased(secret, reference);
  const version = secret.versions[number - 1];
  if (version === undefined) throw versionNotFound(`${answered}/versions/${reference}`);
  return { secret, version };
}

function latest(ref: SecretRef, name: string, { store }: OperationContext) {
  const secret = store.find(ref);
  const version = secret?.versions.at(-1);
  if (secret === undefined || version === undefined) throw nothingLatest(name);
  return { secret, version };
}

function aliased(secret: StoredSecret, alias: string): number {
  const number = Object.hasOwn(secret.aliases, alias) ? secret.aliases[alias] : undefined;
  if (number === undefined) throw aliasNotFound(secret.name, alias);
  return number;
}
