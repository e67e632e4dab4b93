import type { ProviderSecret } from "@qarion/secrets-core";
import { crc32c } from "./crc32c.js";
import { gcpError } from "./gcp-error.js";
import { isVersionNumber } from "./version-naming.js";

/** What AccessSecretVersion answers. */
export interface AccessedVersion {
  readonly name?: string | null;
  readonly payload?: {
    readonly data?: Uint8Array | string | null;
    readonly dataCrc32c?: number | string | { toString(): string } | null;
  } | null;
}

const versionName = /\/secrets\/([^/]+)\/versions\/([1-9][0-9]*)$/;

/** A version as core takes it, with its number always told. */
export interface NumberedSecret extends ProviderSecret {
  readonly version: string;
}

/**
 * One version as core takes it. When it took its stage is not told: the answer holds no time.
 *
 * The checksum is absent where the service keeps none: of versions under customer-managed keys from before July 16, 2021
 * (https://cloud.google.com/secret-manager/docs/data-integrity). Their values are taken as they come.
 *
 * @param asked the version as it was asked for: `latest`, an alias or a number
 * @throws SecretsError `ERR_SECRETS_INTEGRITY`
 */
export function providerSecretOf(
  { name, payload }: AccessedVersion,
  secret: { readonly id: string; readonly name: string },
  asked: string,
): NumberedSecret {
  const damaged = (hint?: string) =>
    gcpError("ERR_SECRETS_INTEGRITY", { secretName: secret.name, ...(hint === undefined ? {} : { hint }) });
  const [, id, version] = versionName.exec(name ?? "") ?? [];
  if (id !== secret.id || version === undefined || (isVersionNumber(asked) && version !== asked)) {
    throw damaged("The answer is about something else than what was asked for.");
  }
  const { data, dataCrc32c } = payload ?? {};
  if (data === undefined || data === null || data.length === 0) throw damaged("The answer holds no value.");
  const value = typeof data === "string" ? Buffer.from(data, "base64") : data;
  const isVerifiable = dataCrc32c !== undefined && dataCrc32c !== null;
  if (isVerifiable && String(dataCrc32c) !== String(crc32c(value))) throw damaged();
  return { value, version };
}

/** The number in the name of a version that was written. */
export function versionNumberOf({ name }: { readonly name?: string | null }): string | undefined {
  return versionName.exec(name ?? "")?.[2];
}
