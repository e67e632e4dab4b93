import type { VersionInfo } from "@qarion/secrets-core";
import { crc32c } from "./crc32c.js";
import { callGcp } from "./gcp-call.js";
import { gcpError, statusOf } from "./gcp-error.js";
import { versionNumberOf } from "./secret-payload.js";
import { nameAnnotation, parentOf } from "./secret-resource.js";
import { resourceNameOf, type SecretTarget } from "./secret-target.js";
import { moveAliases, readAliases, type VersionAliases } from "./version-aliases.js";
import { isVersionNumber, pendingAlias, previousAlias } from "./version-naming.js";

/** https://cloud.google.com/secret-manager/quotas */
const mostBytes = 65_536;

/**
 * Adds a version, which is `latest` from then on; makes the secret if there is none. It is tried once: a version whose
 * answer was lost may be there, and another one would make it the previous value of itself.
 *
 * @throws SecretsError `ERR_SECRETS_INVALID_VALUE` for an empty value or one of more than 64 KiB
 */
export async function addVersion(target: SecretTarget, value: string | Uint8Array): Promise<VersionInfo> {
  const { client, name, signal } = target;
  const data = Buffer.from(value as string);
  if (data.length === 0 || data.length > mostBytes) {
    throw gcpError("ERR_SECRETS_INVALID_VALUE", {
      hint: `Secret Manager takes values of 1 to ${mostBytes} bytes.`,
      secretName: name,
    });
  }
  const payload = { data, dataCrc32c: String(crc32c(data)) };
  const add = async () => {
    const [added] = await callGcp(client, "addSecretVersion", { parent: resourceNameOf(target), payload }, signal);
    const version = versionNumberOf(added);
    return version === undefined ? {} : { version };
  };
  try {
    return await add();
  } catch (error) {
    if (statusOf(error) !== "NOT_FOUND") throw error;
  }
  await createSecret(target);
  return add();
}

/**
 * Adds a version and gives it the alias of the stage. `current` moves on to `previous` in the same step, and with
 * `ifVersion` only from that version.
 */
export async function putByAlias(
  target: SecretTarget,
  stage: "current" | "pending",
  value: string | Uint8Array,
  currentAlias: string,
  ifVersion: string | undefined,
): Promise<VersionInfo> {
  const { client, name, signal } = target;
  const secretName = resourceNameOf(target);
  const isOvertaken = (aliases: VersionAliases) => ifVersion !== undefined && aliases.get(currentAlias) !== ifVersion;
  if (ifVersion !== undefined && isOvertaken(await readAliases(client, secretName, signal))) throw overtaken(name);
  const { version: added } = await addVersion(target, value);
  if (added === undefined) {
    throw gcpError("ERR_SECRETS_UNKNOWN", { hint: "The service told no version.", secretName: name });
  }
  let isUnnamed = false;
  const change = (aliases: VersionAliases) => {
    if (stage === "pending") return new Map(aliases).set(pendingAlias, added);
    if (aliases.get(currentAlias) !== added && isOvertaken(aliases)) {
      isUnnamed = ![...aliases.values()].includes(added);
      throw overtaken(name);
    }
    return withCurrent(aliases, currentAlias, added);
  };
  try {
    await moveAliases(client, secretName, change, signal);
  } catch (error) {
    // Only what is known to have no name: after an outage the alias may have moved all the same.
    if (isUnnamed) {
      const version = { name: `${secretName}/versions/${added}` };
      await callGcp(client, "destroySecretVersion", version, signal).catch(() => undefined);
    }
    throw error;
  }
  return { version: added };
}

function overtaken(secretName: string) {
  const hint = "Another version has become the current one meanwhile: read it, and write again.";
  return gcpError("ERR_SECRETS_INVALID_VALUE", { hint, secretName });
}

/** @throws SecretsError `ERR_SECRETS_INVALID_REF`, `ERR_SECRETS_VERSION_DISABLED` */
export async function promoteByAlias(target: SecretTarget, version: string, currentAlias: string): Promise<void> {
  const { client, name, signal } = target;
  const secretName = resourceNameOf(target);
  if (!isVersionNumber(version)) {
    const hint = "Versions of Secret Manager are numbers, from 1.";
    throw gcpError("ERR_SECRETS_INVALID_REF", { hint, secretName: name });
  }
  // An alias can be given to a version that is disabled or destroyed, and then nobody could read the secret.
  const [{ state }] = await callGcp(client, "getSecretVersion", { name: `${secretName}/versions/${version}` }, signal);
  if (state !== "ENABLED" && state !== 1) throw gcpError("ERR_SECRETS_VERSION_DISABLED", { secretName: name });
  await moveAliases(client, secretName, (aliases) => withCurrent(aliases, currentAlias, version), signal);
}

function withCurrent(aliases: VersionAliases, alias: string, version: string): VersionAliases {
  const next = new Map(aliases);
  const before = aliases.get(alias);
  if (before !== undefined && before !== version) next.set(previousAlias, before);
  next.set(alias, version);
  if (next.get(pendingAlias) === version) next.delete(pendingAlias);
  return next;
}

async function createSecret({ client, name, resource, project, signal }: SecretTarget): Promise<void> {
  const { id, location } = resource;
  const secret = {
    // A regional secret lies where its endpoint is, and the service refuses to be told.
    ...(location === undefined ? { replication: { automatic: {} } } : {}),
    ...(resource.isMapped && id !== name ? { annotations: { [nameAnnotation]: name } } : {}),
  };
  try {
    await callGcp(client, "createSecret", { parent: parentOf(project, location), secretId: id, secret }, signal);
  } catch (error) {
    if (statusOf(error) !== "ALREADY_EXISTS") throw error; // somebody else made it meanwhile
  }
}
