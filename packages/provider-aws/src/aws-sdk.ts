import { awsError } from "./aws-error.js";

export type AwsSdk = typeof import("@aws-sdk/client-secrets-manager");

const sdkName = "@aws-sdk/client-secrets-manager";

/**
 * The SDK, imported when it is first needed: it takes longer to load than everything else here.
 *
 * @throws SecretsError `ERR_SECRETS_PROVIDER_NOT_INSTALLED`
 */
export async function loadAwsSdk(): Promise<AwsSdk> {
  try {
    return await import("@aws-sdk/client-secrets-manager");
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    const isMissing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
    if (!isMissing || !String(message).includes(`'${sdkName}'`)) throw error;
    throw awsError("ERR_SECRETS_PROVIDER_NOT_INSTALLED", `Install it with: npm install ${sdkName}`);
  }
}
