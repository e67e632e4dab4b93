import type { ProviderRef } from "@qarion/secrets-core";
import { gcpError } from "./gcp-error.js";

/** How the service's versions are named: which one is current, and by that the previous and the pending one. */
export interface VersionNaming {
  /** `latest`, a number or an alias. */
  readonly current: string;
  /** Whether stages are aliases, so that they can be moved. */
  readonly byAlias: boolean;
  /** Whether one version stays current whatever is added. */
  readonly isPinned: boolean;
}

export const previousAlias = "previous";
export const pendingAlias = "pending";

const numberPattern = /^[1-9][0-9]{0,15}$/;
/** https://cloud.google.com/secret-manager/docs/assign-alias-to-secret-version */
const aliasPattern = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
const takenAliases: ReadonlySet<string> = new Set([previousAlias, pendingAlias, "NEW"]);

/** @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` */
export function versionNamingOf(current = "latest"): VersionNaming {
  if (current === "latest") return { current, byAlias: false, isPinned: false };
  if (numberPattern.test(current)) return { current, byAlias: false, isPinned: true };
  if (aliasPattern.test(current) && !takenAliases.has(current)) return { current, byAlias: true, isPinned: false };
  throw gcpError("ERR_SECRETS_INVALID_CONFIG", {
    hint: 'The version is "latest", a number, or an alias other than "previous" and "pending".',
  });
}

export function isVersionNumber(version: string): boolean {
  return numberPattern.test(version);
}

/**
 * The last part of the version's resource name; `undefined` for the version before the current one, which has no name
 * where the stages are no aliases.
 *
 * @throws SecretsError `ERR_SECRETS_INVALID_REF` for a version that is no number
 */
export function versionNameOf({ name, stage, version }: ProviderRef, naming: VersionNaming): string | undefined {
  if (version !== undefined) {
    if (isVersionNumber(version)) return version;
    throw gcpError("ERR_SECRETS_INVALID_REF", {
      hint: "Versions of Secret Manager are numbers, from 1.",
      secretName: name,
    });
  }
  if (stage === "pending") return pendingAlias;
  if (stage === "previous") return naming.byAlias ? previousAlias : undefined;
  return naming.current;
}
