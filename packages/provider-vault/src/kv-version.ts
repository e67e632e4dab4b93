import type { VersionInfo } from "@qarion/secrets-core";
import { member, memberText } from "./json-text.js";
import { VaultFailure, vaultError } from "./vault-error.js";
import type { VaultAnswer } from "./vault-http.js";

/** One version of a secret, as KV tells it. */
export interface KvVersion {
  readonly number: number;
  readonly createdAt: Date | undefined;
  /** The JSON text of its map; `undefined` once it was deleted or destroyed. */
  readonly map: string | undefined;
}

/** @throws VaultFailure for an answer that is not of KV, version 2 */
export function readVersion({ body, text }: VaultAnswer): KvVersion {
  const data = memberText(text, "data") ?? "{}";
  const map = memberText(data, "data");
  return { ...described(member(member(body, "data"), "metadata")), map: map?.startsWith("{") ? map : undefined };
}

/** What was written. @throws VaultFailure for an answer that is not of KV, version 2 */
export function writtenVersion({ body }: VaultAnswer): VersionInfo {
  return versionInfo({ ...described(member(body, "data")), map: undefined });
}

/** A version is current from the moment it was written. */
export function versionInfo({ number, createdAt }: KvVersion): VersionInfo {
  return { version: String(number), ...(createdAt === undefined ? {} : { activatedAt: createdAt }) };
}

/** @throws SecretsError `ERR_SECRETS_NOT_FOUND` for what can be no version: Vault takes 0 for the newest one */
export function versionNumber(version: string, secretName: string): number {
  if (/^[1-9]\d{0,8}$/.test(version)) return Number(version);
  throw vaultError("ERR_SECRETS_NOT_FOUND", { secretName, hint: "Versions of KV are numbers from 1 on." });
}

function described(metadata: unknown): { readonly number: number; readonly createdAt: Date | undefined } {
  const number = member(metadata, "version");
  if (typeof number !== "number") throw new VaultFailure(200, "no such engine");
  const created = member(metadata, "created_time");
  const createdAt = new Date(typeof created === "string" ? created : Number.NaN);
  return { number, createdAt: Number.isNaN(createdAt.getTime()) ? undefined : createdAt };
}
