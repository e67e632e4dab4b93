import { vaultError } from "./vault-error.js";

/**
 * A name as a path of the API, each segment encoded.
 *
 * @throws SecretsError `ERR_SECRETS_INVALID_REF` for what would be another path once a URL is made of it
 */
export function secretPath(name: string): string {
  const segments = name.split("/");
  const isPath = segments.every((segment) => segment !== "" && segment !== "." && segment !== "..");
  if (isPath && name.isWellFormed()) return segments.map(encodeURIComponent).join("/");
  const hint = 'This provider maps names to paths: no leading slash, and no segment that is empty, "." or "..".';
  throw vaultError("ERR_SECRETS_INVALID_REF", { hint, secretName: name });
}
