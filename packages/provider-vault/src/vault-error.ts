import { SecretsError, type SecretsErrorCode } from "@qarion/secrets-core/provider";

export const providerName = "vault";

/** What is told in words only, where one status means several things. */
export type VaultSaying =
  | "cas mismatch"
  | "cas required"
  | "denied by policy"
  | "invalid token"
  | "no such engine"
  | "not ready"
  /** No answer of Vault at all, but of what stands in front of it. */
  | "not Vault";

/** Vault said no, with this status. Nothing of its answer goes along, which may quote the request. */
export class VaultFailure extends Error {
  readonly status: number;
  readonly says: VaultSaying | undefined;

  constructor(status: number, says?: VaultSaying) {
    super(`Vault answered with status ${status}`);
    this.name = "VaultFailure";
    this.status = status;
    this.says = says;
  }
}

interface Meaning {
  readonly code: SecretsErrorCode;
  readonly hint?: string;
}

// https://developer.hashicorp.com/vault/api-docs#http-status-codes
const sayings: Readonly<Partial<Record<VaultSaying, Meaning>>> = {
  "cas mismatch": { code: "ERR_SECRETS_UNAVAILABLE", hint: "Somebody else wrote at the same moment: write again." },
  "no such engine": {
    code: "ERR_SECRETS_INVALID_CONFIG",
    hint: "There is no KV engine of version 2: check the address, the namespace and `mount`.",
  },
  "not ready": {
    code: "ERR_SECRETS_UNAVAILABLE",
    hint: "This node does not serve now: its mount is being upgraded, or it is a secondary for disasters.",
  },
  "not Vault": {
    code: "ERR_SECRETS_UNAVAILABLE",
    hint: "The answer was not Vault's: look at the proxy or load balancer before it, and at `address`.",
  },
};

const statuses: Readonly<Record<number, Meaning>> = {
  403: { code: "ERR_SECRETS_ACCESS_DENIED" },
  404: { code: "ERR_SECRETS_NOT_FOUND" },
  412: { code: "ERR_SECRETS_UNAVAILABLE", hint: "A standby lags behind the active node." },
  413: { code: "ERR_SECRETS_INVALID_VALUE", hint: "The value is larger than Vault accepts." },
  429: { code: "ERR_SECRETS_THROTTLED" },
  503: { code: "ERR_SECRETS_UNAVAILABLE", hint: "Vault is sealed or in maintenance." },
};

const redirected: Meaning = {
  code: "ERR_SECRETS_UNAVAILABLE",
  hint: "The answer was a redirect, which the token does not follow: give the address of the active node or of the load balancer.",
};

const refused: Meaning = {
  code: "ERR_SECRETS_UNKNOWN",
  hint: "Vault refused the request in a way that is not known here: its server log or audit log says why.",
};

/** What a refusal means, where its caller knows nothing better. */
export function meaningOf({ status, says }: VaultFailure): Meaning {
  const said = says && status !== 429 ? sayings[says] : undefined;
  if (said) return said;
  if (status >= 300 && status < 400) return redirected;
  return statuses[status] ?? (status >= 500 ? { code: "ERR_SECRETS_UNAVAILABLE" } : refused);
}

interface Facts {
  readonly hint?: string;
  readonly secretName?: string | undefined;
  readonly cause?: unknown;
}

/** An error of this provider's own. */
export function vaultError(code: SecretsErrorCode, { secretName, ...facts }: Facts = {}): SecretsError {
  return new SecretsError(code, {
    provider: providerName,
    ...facts,
    ...(secretName === undefined ? {} : { secretName }),
  });
}

/** Anything that a call failed with, as users see it; what is not known here is left to core, which knows sockets. */
export function asVaultError(error: unknown, secretName: string | undefined): unknown {
  if (error instanceof VaultFailure) {
    const { code, hint } = meaningOf(error);
    return vaultError(code, { secretName, cause: error, ...(hint === undefined ? {} : { hint }) });
  }
  if (!isTlsFailure(error)) return error;
  const hint =
    "Vault's certificate is not trusted, has expired or is for another name. NODE_EXTRA_CA_CERTS adds an authority.";
  return vaultError("ERR_SECRETS_UNAVAILABLE", { secretName, hint, cause: (error as Error).cause });
}

/** `fetch` keeps the reason in its error's cause: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
function isTlsFailure(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" && /^(ERR_TLS_|UNABLE_TO_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA$)/.test(code);
}
