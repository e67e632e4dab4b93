import type { SecretProvider } from "./provider.js";
import { readProperty } from "./read-property.js";
import { SecretsError, type SecretsErrorCode } from "./secrets-error.js";

const timeouts = new Set(["ETIMEDOUT", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);
const outages = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "UND_ERR_SOCKET",
]);

/** Any failure of a provider as the `SecretsError` that users see: classified, named, and without the raw error. */
export function toSecretsError(raw: unknown, provider: SecretProvider, secretName?: string): SecretsError {
  const named = { provider: provider.name, ...(secretName === undefined ? {} : { secretName }) };
  if (SecretsError.is(raw)) {
    if (raw.provider !== undefined && (raw.secretName !== undefined || secretName === undefined)) return raw;
    return new SecretsError(raw.code, {
      ...named,
      ...(raw.hint === undefined ? {} : { hint: raw.hint }),
      ...(raw.cause === undefined ? {} : { cause: raw.cause }),
      ...(raw.provider === undefined ? {} : { provider: raw.provider }),
      ...(raw.secretName === undefined ? {} : { secretName: raw.secretName }),
    });
  }
  return new SecretsError(providerCode(raw, provider) ?? socketCode(raw) ?? "ERR_SECRETS_UNKNOWN", {
    ...named,
    cause: raw,
  });
}

function providerCode(raw: unknown, provider: SecretProvider): SecretsErrorCode | undefined {
  try {
    return provider.classifyError?.(raw);
  } catch {
    return undefined; // a classifier that fails knows no code; the error itself goes on to be reported
  }
}

/** What any client's error tells of aborts, DNS and sockets, also from within (`fetch failed` keeps it in its cause). */
function socketCode(raw: unknown, depth = 0): SecretsErrorCode | undefined {
  if (depth > 4) return undefined;
  const name = readProperty(raw, "name");
  const code = readProperty(raw, "code");
  if (typeof code === "string" && timeouts.has(code)) return "ERR_SECRETS_TIMEOUT";
  if (typeof code === "string" && outages.has(code)) return "ERR_SECRETS_UNAVAILABLE";
  if (name === "TimeoutError") return "ERR_SECRETS_TIMEOUT";
  if (name === "AbortError") return "ERR_SECRETS_ABORTED";
  const first = readProperty(readProperty(raw, "errors"), 0);
  return socketCode(readProperty(raw, "cause"), depth + 1) ?? socketCode(first, depth + 1);
}
