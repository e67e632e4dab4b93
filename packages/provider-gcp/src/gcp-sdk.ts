import { gcpError } from "./gcp-error.js";

export type GcpSdk = typeof import("@google-cloud/secret-manager");

const sdkName = "@google-cloud/secret-manager";
let loading: Promise<GcpSdk> | undefined;

/**
 * The SDK, imported when it is first needed: it takes longer to load than everything else here.
 *
 * @throws SecretsError `ERR_SECRETS_PROVIDER_NOT_INSTALLED`
 */
export async function loadGcpSdk(): Promise<GcpSdk> {
  try {
    loading ??= import("@google-cloud/secret-manager");
    return await loading;
  } catch (error) {
    loading = undefined;
    const { code, message } = error as { code?: unknown; message?: unknown };
    const isMissing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
    if (!isMissing || !String(message).includes(`'${sdkName}'`)) throw error;
    throw gcpError("ERR_SECRETS_PROVIDER_NOT_INSTALLED", { hint: `Install it with: npm install ${sdkName}` });
  }
}
