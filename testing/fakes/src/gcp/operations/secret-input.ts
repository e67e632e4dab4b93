import { durationMs, type SecretInput } from "../messages.js";
import { RpcError } from "../rpc-error.js";
import { invalidArgument, notModelled } from "../service-errors.js";

const MAX_LABELS = 64;
const MAX_ALIASES = 50;
const MAX_ANNOTATION_BYTES = 16_384;
const LABEL_KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const LABEL_VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;
const ANNOTATION_KEY = /^(?=.{1,63}$)[A-Za-z0-9]+([_.-]*[A-Za-z0-9]+)*$/;
const ALIAS = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
const RESERVED_ALIASES = ["latest", "NEW"];
const DAY_MS = 86_400_000;
const UNMODELLED = ["topics", "expireTime", "ttl", "rotation", "customerManagedEncryption", "tags", "policyMember"];

/** @throws RpcError INVALID_ARGUMENT */
export function readLabels(labels: SecretInput["labels"] = {}): Readonly<Record<string, string>> {
  const entries = Object.entries(labels);
  if (entries.length > MAX_LABELS) {
    throw invalidArgument(`Invalid field "labels"; at most ${MAX_LABELS} entries allowed but found ${entries.length}`);
  }
  for (const [key, value] of entries) {
    if (!LABEL_KEY.test(key)) throw invalidArgument(`Invalid field "labels"; key "${key}" is not a label's key`);
    if (!LABEL_VALUE.test(value)) throw invalidArgument(`Invalid field "labels.${key}"; the value is not a label's`);
  }
  return labels;
}

/** @throws RpcError INVALID_ARGUMENT */
export function readAnnotations(annotations: SecretInput["annotations"] = {}): Readonly<Record<string, string>> {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    if (!ANNOTATION_KEY.test(key)) throw invalidArgument(`[${key}] is not an annotation's key`);
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > MAX_ANNOTATION_BYTES) throw invalidArgument("Annotation map must not exceed 16kib.");
  return annotations;
}

/**
 * @param versions how many the secret has; an alias may name one that is destroyed
 * @throws RpcError INVALID_ARGUMENT
 */
export function readAliases(
  aliases: SecretInput["versionAliases"] = {},
  versions: number,
): Readonly<Record<string, number>> {
  const entries = Object.entries(aliases).map(([alias, number]) => [alias, Number(number)] as const);
  if (entries.length > MAX_ALIASES) {
    throw invalidArgument(`No more than ${MAX_ALIASES} aliases can be assigned to any given secret`);
  }
  for (const [alias, number] of entries) {
    if (!ALIAS.test(alias) || RESERVED_ALIASES.includes(alias)) {
      throw invalidArgument(
        `[${alias}] must follow pattern [a-zA-Z][a-zA-Z0-9_-]+, be less than 64 characters and cannot be "latest" or "NEW"`,
      );
    }
    if (!(number >= 1 && number <= versions)) {
      throw invalidArgument("Aliases cannot be assigned to versions that don't exist");
    }
  }
  return Object.fromEntries(entries);
}

/** @throws RpcError INVALID_ARGUMENT */
export function readDestroyTtl(ttl: SecretInput["versionDestroyTtl"]): number | undefined {
  if (ttl === undefined || ttl === null) return undefined;
  const ms = durationMs(ttl);
  if (!(ms >= DAY_MS && ms <= 1000 * DAY_MS)) {
    throw invalidArgument("Version destroy TTL must be between [24h] and [24000h].");
  }
  return ms;
}

/** @throws RpcError INVALID_ARGUMENT, as global secrets need a policy and regional ones must have none */
export function readReplication(
  replication: SecretInput["replication"],
  location: string | undefined,
): object | undefined {
  const given = replication?.automatic ?? replication?.userManaged ?? undefined;
  if (location !== undefined) {
    if (given === undefined) return undefined;
    throw invalidArgument("Secret.replication should not be provided.");
  }
  if (given === undefined) throw invalidArgument("Secret.replication must be provided.");
  if (JSON.stringify(given).includes("kmsKeyName")) throw notModelled("customer-managed keys");
  return replication?.automatic ? { automatic: {} } : { userManaged: given };
}

/** @throws RpcError UNIMPLEMENTED for a field that would be lost here */
export function refuseUnmodelled(input: SecretInput): void {
  for (const [field, value] of Object.entries(input)) {
    const isSet = value !== null && value !== "" && !(typeof value === "object" && Object.keys(value).length === 0);
    if (isSet && UNMODELLED.includes(field)) throw notModelled(`Secret.${field}`);
    if (field === "secretType" && value !== "SECRET_TYPE_UNSPECIFIED" && value !== 0)
      throw notModelled(`Secret.${field}`);
  }
}

/** @throws RpcError INVALID_ARGUMENT */
export function required<T>(value: T | null | undefined, field: string): T {
  if (value === undefined || value === null) throw new RpcError("INVALID_ARGUMENT", `Field [${field}] is required.`);
  return value;
}
