import type { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import { callGcp } from "./gcp-call.js";
import { gcpError, statusOf } from "./gcp-error.js";

/** Aliases of one secret, each with the number of its version. */
export type VersionAliases = ReadonlyMap<string, string>;

const mostTries = 10;

/**
 * Moves aliases of a secret in one step with looking at them: the write holds the etag of what was read, so a change by
 * somebody else in between is seen and looked at anew.
 *
 * https://cloud.google.com/secret-manager/docs/etags
 *
 * @param change gives all aliases as they are to be; it may throw
 * @throws SecretsError `ERR_SECRETS_UNAVAILABLE` when others change the secret all the time
 */
export async function moveAliases(
  client: SecretManagerServiceClient,
  secretName: string,
  change: (aliases: VersionAliases) => VersionAliases,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const [{ versionAliases, etag }] = await callGcp(client, "getSecret", { name: secretName }, signal);
    const next = change(aliasesOf(versionAliases));
    if (!etag) throw gcpError("ERR_SECRETS_UNSUPPORTED", { hint: "The service told no etag to write over." });
    const secret = { name: secretName, etag, versionAliases: Object.fromEntries(next) };
    try {
      await callGcp(client, "updateSecret", { secret, updateMask: { paths: ["version_aliases"] } }, signal);
      return;
    } catch (error) {
      const status = statusOf(error);
      if (status !== "FAILED_PRECONDITION" && status !== "ABORTED") throw error;
      if (tries === mostTries) {
        throw gcpError("ERR_SECRETS_UNAVAILABLE", { hint: "Others changed the secret at each try.", cause: error });
      }
    }
  }
}

export async function readAliases(
  client: SecretManagerServiceClient,
  secretName: string,
  signal: AbortSignal,
): Promise<VersionAliases> {
  const [{ versionAliases }] = await callGcp(client, "getSecret", { name: secretName }, signal);
  return aliasesOf(versionAliases);
}

function aliasesOf(told: Readonly<Record<string, unknown>> | null | undefined): VersionAliases {
  return new Map(Object.entries(told ?? {}).map(([alias, number]) => [alias, String(number)]));
}
