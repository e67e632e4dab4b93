import type { SecretsPlugin } from "@qarion/secrets-core";
import { gcpSecretManager } from "./gcp-secret-manager.js";

/**
 * `SECRET_PROVIDER=gcp`.
 *
 * | variable | meaning |
 * | --- | --- |
 * | `GCP_SECRET_PROJECT` | the project's id or number; that of the credentials without |
 * | `GCP_SECRET_LOCATION` | a region such as `europe-west1`, for regional secrets |
 * | `GCP_SECRET_PREFIX` | stands before every name |
 * | `GCP_SECRET_NAME` | name of one JSON secret that holds all the others as members |
 * | `GCP_SECRET_VERSION` | which version is the current one: `latest` (default), an alias, or a number |
 *
 * Credentials are found by the SDK, from the environment of the process.
 */
export const gcpPlugin: SecretsPlugin = {
  name: "gcp",
  provider: (env) =>
    gcpSecretManager({
      project: set(env.GCP_SECRET_PROJECT),
      location: set(env.GCP_SECRET_LOCATION),
      prefix: set(env.GCP_SECRET_PREFIX),
      bundle: set(env.GCP_SECRET_NAME),
      version: set(env.GCP_SECRET_VERSION),
    }),
};

/** A blank variable is one that is not set. */
function set(value: string | undefined): string | undefined {
  return value?.trim() ? value.trim() : undefined;
}
