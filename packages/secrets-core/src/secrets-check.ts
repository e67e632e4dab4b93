import type { Secret } from "./secret.js";
import type { SecretsCheck, SecretVerdict } from "./secrets.js";
import { SecretsError, type SecretsErrorCode } from "./secrets-error.js";

const verdicts: Readonly<Partial<Record<SecretsErrorCode, SecretVerdict>>> = {
  ERR_SECRETS_NOT_FOUND: "missing",
  ERR_SECRETS_ACCESS_DENIED: "denied",
  ERR_SECRETS_VERSION_DISABLED: "disabled",
  ERR_SECRETS_INVALID_VALUE: "invalid",
  ERR_SECRETS_INVALID_REF: "invalid",
  ERR_SECRETS_INVALID_CONFIG: "invalid",
  ERR_SECRETS_UNSUPPORTED: "invalid",
};

/** What a probe is told of secrets that were asked for, without showing them. */
export function checkOf(
  results: readonly { readonly name: string; readonly result: Secret | SecretsError }[],
): SecretsCheck {
  const secrets = results.map(({ name, result }) => ({ name, verdict: verdictOf(result) }));
  const all = new Set(secrets.map(({ verdict }) => verdict));
  const failed = [...all].some((verdict) => verdict !== "ok" && verdict !== "stale");
  return { status: failed ? "error" : all.has("stale") ? "degraded" : "ready", secrets };
}

function verdictOf(result: Secret | SecretsError): SecretVerdict {
  if (SecretsError.is(result)) return verdicts[result.code] ?? "unavailable";
  return result.state === "stale" ? "stale" : "ok";
}
