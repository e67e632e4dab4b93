import { jsonObject, member } from "./json-text.js";
import { VaultFailure, type VaultSaying, vaultError } from "./vault-error.js";

export interface VaultHttpOptions {
  /** For example `https://vault.example:8200`. */
  readonly address: string;
  /** `X-Vault-Namespace`, of Vault Enterprise, HCP and OpenBao. */
  readonly namespace?: string | undefined;
  /** Takes the place of the global `fetch`, as for a proxy or a certificate authority of one's own. */
  readonly fetch?: typeof fetch | undefined;
}

export interface VaultRequest {
  readonly method: "GET" | "POST";
  /** Below `/v1/`, with its segments encoded. */
  readonly path: string;
  readonly token?: string | undefined;
  /** JSON. */
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

export interface VaultAnswer {
  /** Of which nothing is known but what is checked. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** The HTTP API of Vault and OpenBao: https://developer.hashicorp.com/vault/api-docs */
export class VaultHttp {
  readonly #base: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #fetch: typeof fetch;

  /** @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` */
  constructor({ address, namespace, fetch: fetchOf = fetch }: VaultHttpOptions) {
    this.#base = baseOf(address);
    if (namespace !== undefined && !isHeaderValue(namespace)) throw invalid("`namespace` is a path such as team/a.");
    // A request that a browser was tricked into lacks it:
    // https://developer.hashicorp.com/vault/api-docs#the-x-vault-request-header
    this.#headers = {
      "X-Vault-Request": "true",
      ...(namespace === undefined ? {} : { "X-Vault-Namespace": namespace }),
    };
    this.#fetch = fetchOf;
  }

  /** @throws VaultFailure, what `fetch` throws */
  async call({ method, path, token, body, signal }: VaultRequest): Promise<VaultAnswer> {
    const response = await this.#fetch(new URL(`v1/${path}`, this.#base), {
      method,
      headers: {
        ...this.#headers,
        ...(token === undefined ? {} : { "X-Vault-Token": token }),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body }),
      redirect: "manual", // the token goes to Vault, and to nobody that it points to
      signal,
    });
    const { ok, status } = response;
    const text = await response.text();
    const answer = jsonObject(text);
    if (status === 204) return { body: {}, text };
    if (answer === undefined) throw new VaultFailure(status, status >= 300 && status < 400 ? undefined : "not Vault");
    // A version that was deleted answers 404 with its metadata, and a missing one with nothing.
    if (ok || (status === 404 && answer.data)) return { body: answer, text };
    throw new VaultFailure(status, saying(status, answer));
  }
}

/** Whether `fetch` takes it for a header; its error for one that it does not take would show it. */
export function isHeaderValue(text: unknown): text is string {
  return typeof text === "string" && /^[\x21-\x7e]+$/.test(text);
}

function baseOf(address: string): URL {
  if (!URL.canParse(address)) throw invalid("`address` is a URL such as https://vault.example:8200.");
  const url = new URL(address.endsWith("/") ? address : `${address}/`);
  const { protocol, username, password, search, hash } = url;
  if (!/^https?:$/.test(protocol)) throw invalid("`address` is a URL such as https://vault.example:8200.");
  if (`${username}${password}${search}${hash}` === "") return url;
  throw invalid("`address` holds no user, no password, no query and no fragment.");
}

function invalid(hint: string) {
  return vaultError("ERR_SECRETS_INVALID_CONFIG", { hint });
}

const texts: readonly (readonly [status: number, text: string, VaultSaying])[] = [
  [400, "check-and-set parameter did not match", "cas mismatch"],
  [400, "check-and-set parameter required", "cas required"],
  [400, "Upgrading from non-versioned to versioned", "not ready"],
  [400, "path disabled in replication DR secondary mode", "not ready"],
  [403, "invalid token", "invalid token"],
  // Without the count it may be the token that is refused.
  [403, "1 error occurred:\n\t* permission denied", "denied by policy"],
];

/** Only what Vault says itself is looked for, and nothing of it is kept. */
function saying(status: number, answer: Readonly<Record<string, unknown>>): VaultSaying | undefined {
  const errors = member(answer, "errors");
  const said = Array.isArray(errors) ? errors.join("\n") : "";
  // Of a secret that is not there nothing is said; of a path that leads to no engine, or to another one, something is.
  // What says nothing in Vault's own form is an answer of something that stands in front of it.
  if (status === 404 && !Array.isArray(errors) && !answer.warnings) return "not Vault";
  if (status === 404) return said !== "" || answer.warnings ? "no such engine" : undefined;
  return texts.find(([of, text]) => of === status && said.includes(text))?.[2];
}
