import { onTestFinished } from "vitest";
import { startVaultServer, type VaultServer, type VaultServerOptions } from "../../src/vault/index.js";

export interface VaultReply {
  readonly status: number;
  readonly headers: Headers;
  /** As it came. */
  readonly text: string;
  /** As JSON; `undefined` where there is no body. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever the server answers
  readonly body: any;
}

export interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly redirect?: "manual" | "follow";
}

/** One request, as a client makes it: with `fetch`. */
export async function callVault(
  address: string,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<VaultReply> {
  const { token, body, headers = {}, redirect = "manual" } = options;
  const response = await fetch(`${address}/v1/${path}`, {
    method,
    headers: { ...(token === undefined ? {} : { "X-Vault-Token": token }), ...headers },
    redirect,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type") === "application/json" && text !== "";
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
}

export interface Vault {
  readonly vault: VaultServer;
  /** As root, unless another token is given. */
  call(method: string, path: string, options?: CallOptions): Promise<VaultReply>;
  /** As somebody else, or as nobody. */
  as(token: string | undefined): (method: string, path: string, options?: CallOptions) => Promise<VaultReply>;
}

/** A server for one test, closed at its end. */
export async function vaultForTest(options?: VaultServerOptions): Promise<Vault> {
  const vault = await startVaultServer(options);
  onTestFinished(() => vault.close());
  const as: Vault["as"] = (token) => (method, path, of) =>
    callVault(vault.address, method, path, { ...(token === undefined ? {} : { token }), ...of });
  return { vault, call: as(vault.rootToken), as };
}

/** How a token is refused that has no policy for what it asks. */
export const DENIED = { errors: ["1 error occurred:\n\t* permission denied\n\n"] };
/** How a token is refused that is none: Vault. */
export const INVALID_TOKEN = { errors: ["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"] };
/** How a request without a token is refused, and at OpenBao one with a token that is none. */
export const BARE_DENIAL = { errors: ["permission denied"] };
