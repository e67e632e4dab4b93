import { type SecretProvider, SecretsError, type SecretsErrorCode } from "@qarion/secrets-core";

export interface AcmeSecretsOptions {
  /** For example `https://secrets.acme.example`. */
  readonly address: string;
  readonly token: string;
}

/** The store said no, with this status. Neither its answer nor the request goes into an error. */
class AcmeFailure extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`Acme answered with status ${status}`);
    this.status = status;
  }
}

const codes: Readonly<Record<number, SecretsErrorCode>> = {
  401: "ERR_SECRETS_UNAUTHENTICATED", // our own token
  403: "ERR_SECRETS_ACCESS_DENIED", // this secret
  404: "ERR_SECRETS_NOT_FOUND",
  410: "ERR_SECRETS_VERSION_DISABLED",
  429: "ERR_SECRETS_THROTTLED",
};

/** Secrets from Acme. @throws what `classifyError` knows */
export function acmeSecrets({ address, token }: AcmeSecretsOptions): SecretProvider {
  return {
    name: "acme",
    capabilities: { stages: true, versions: true },

    async get({ name, stage, version }, { signal }) {
      // A URL takes these two for a way up, encoded or not.
      if (name === "." || name === "..") throw new SecretsError("ERR_SECRETS_INVALID_REF");
      const url = new URL(`/v1/secrets/${encodeURIComponent(name)}`, address);
      url.searchParams.set(version === undefined ? "stage" : "version", version ?? stage);
      // The token goes to Acme and to nobody that Acme points to.
      const response = await fetch(url, { headers: { "x-acme-token": token }, redirect: "error", signal });
      if (!response.ok) throw new AcmeFailure(response.status);
      const secret = (await response.json()) as { readonly value: string; readonly version: string };
      return { value: Buffer.from(secret.value, "base64"), version: secret.version };
    },

    classifyError(raw) {
      if (!(raw instanceof AcmeFailure)) return undefined; // core knows aborts, DNS and sockets
      return codes[raw.status] ?? (raw.status >= 500 ? "ERR_SECRETS_UNAVAILABLE" : undefined);
    },
  };
}
