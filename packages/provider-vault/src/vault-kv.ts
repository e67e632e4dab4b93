import type {
  CallContext,
  Clock,
  ProviderCapabilities,
  ProviderNaming,
  ProviderRef,
  ProviderSecret,
  SecretProvider,
  VersionInfo,
  WriteContext,
} from "@qarion/secrets-core";
import { sharedController, underSignals } from "./abort.js";
import { member } from "./json-text.js";
import { mapOfValue, valueOfMap } from "./kv-value.js";
import { type KvVersion, readVersion, versionInfo, versionNumber, writtenVersion } from "./kv-version.js";
import { secretPath } from "./secret-path.js";
import { systemClock } from "./system-clock.js";
import { asVaultError, providerName, VaultFailure, vaultError } from "./vault-error.js";
import { isHeaderValue, type VaultAnswer, VaultHttp, type VaultHttpOptions, type VaultRequest } from "./vault-http.js";
import { type AppRoleLogin, appRoleLogin, type KubernetesLogin, kubernetesLogin, mountPath } from "./vault-login.js";
import { type VaultCredentials, VaultSession } from "./vault-session.js";

export interface VaultKvOptions extends VaultHttpOptions {
  /** One of `token`, `appRole` and `kubernetes` is given. */
  readonly token?: string | undefined;
  readonly appRole?: AppRoleLogin | undefined;
  readonly kubernetes?: KubernetesLogin | undefined;
  /** Where the KV engine, version 2, is mounted; `"secret"` by default. */
  readonly mount?: string | undefined;
  /** The path of one secret whose members are all the secrets. Not together with `prefix`. */
  readonly path?: string | undefined;
  /** Stands before every name, as it is: `"prod/"`. */
  readonly prefix?: string | undefined;
  /** As in `createSecrets`: a test hands in its own. */
  readonly clock?: Clock | undefined;
}

/**
 * Secrets from the KV engine, version 2, of HashiCorp Vault and OpenBao. A name is a path below the mount. The current
 * value is the newest version, the previous one is that of the version before; there is no pending one, so a ring takes
 * `NAME_NEXT`. A secret with the one member `value` is that value; any other is the JSON text of its members.
 *
 * Its methods throw `SecretsError`, besides what `fetch` throws and core classifies:
 * - `ERR_SECRETS_NOT_FOUND`: no such secret or version
 * - `ERR_SECRETS_VERSION_DISABLED`: the version was deleted or destroyed
 * - `ERR_SECRETS_ACCESS_DENIED`: a policy refuses; `ERR_SECRETS_UNAUTHENTICATED`: the token or login is refused
 * - `ERR_SECRETS_THROTTLED`: a quota; `ERR_SECRETS_UNAVAILABLE`: sealed, standby, 5xx, no answer of Vault
 * - `ERR_SECRETS_INVALID_CONFIG`: no KV engine of version 2 at `mount`
 * - `ERR_SECRETS_INVALID_VALUE`: base64 that is none; a bundle that is no JSON object; a value that is too large
 * - `ERR_SECRETS_UNSUPPORTED`: a pending value; `put` of anything but the current one
 * - `ERR_SECRETS_INVALID_REF`: a name that is no path; `ERR_SECRETS_CLOSED`
 *
 * @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` for an address, a mount or credentials that cannot be
 */
export function vaultKv(options: VaultKvOptions): SecretProvider {
  return new VaultKv(options);
}

class VaultKv implements SecretProvider {
  readonly name = providerName;
  readonly capabilities: ProviderCapabilities = { stages: true, versions: true, conditionalWrites: true };
  readonly naming: ProviderNaming;
  readonly #http: VaultHttp;
  readonly #session: VaultSession;
  readonly #mount: string;
  readonly #closing = sharedController();
  #closed: Promise<void> | undefined;

  constructor(options: VaultKvOptions) {
    const { mount = "secret", path, prefix, clock = systemClock } = options;
    this.naming = { prefix, bundle: path };
    this.#mount = mountPath(mount);
    this.#http = new VaultHttp(options);
    const credentials = credentialsOf(options);
    this.#session = new VaultSession({ http: this.#http, clock, closing: this.#closing.signal, credentials });
  }

  get(ref: ProviderRef, { signal }: CallContext): Promise<ProviderSecret> {
    return this.#run(signal, ref.name, (ends) => this.#get(ref, ends));
  }

  async *list(
    { prefix = "" }: { readonly prefix?: string },
    { signal }: CallContext,
  ): AsyncIterable<{ readonly name: string }> {
    const folders = [prefix.slice(0, prefix.lastIndexOf("/") + 1)];
    for (const folder of folders) {
      for (const key of await this.#run(signal, undefined, (ends) => this.#keys(folder, ends))) {
        const name = `${folder}${key}`;
        if (!name.startsWith(prefix)) continue;
        if (key.endsWith("/")) folders.push(name);
        else yield { name };
      }
    }
  }

  put(ref: ProviderRef, value: string | Uint8Array, { signal, ifVersion }: WriteContext): Promise<VersionInfo> {
    return this.#run(signal, ref.name, (ends) => this.#put(ref, value, ifVersion, ends));
  }

  close(): Promise<void> {
    this.#closing.abort(vaultError("ERR_SECRETS_CLOSED"));
    this.#closed ??= this.#session.close();
    return this.#closed;
  }

  async #get({ name, stage, version }: ProviderRef, signal: AbortSignal): Promise<ProviderSecret> {
    if (stage === "pending") throw unsupported("KV keeps no pending version: use a name of its own.", name);
    if (version !== undefined)
      return this.#secretOf(name, await this.#read(name, signal, versionNumber(version, name)));
    const newest = await this.#read(name, signal);
    if (stage === "current") return this.#secretOf(name, newest);
    if (newest.number <= 1) throw vaultError("ERR_SECRETS_NOT_FOUND", { secretName: name });
    const { createdAt } = newest; // the one became previous when the other became current
    return this.#secretOf(name, { ...(await this.#read(name, signal, newest.number - 1)), createdAt });
  }

  async #put(
    { name, stage }: ProviderRef,
    value: string | Uint8Array,
    ifVersion: string | undefined,
    signal: AbortSignal,
  ): Promise<VersionInfo> {
    if (stage !== "current") throw unsupported("KV puts a new version to use at once.", name);
    const map = mapOfValue(value, { asBundle: this.#isBundle(name) });
    if (ifVersion !== undefined) return this.#write(name, map, signal, versionNumber(ifVersion, name));
    try {
      return await this.#write(name, map, signal);
    } catch (error) {
      if (!(error instanceof VaultFailure) || error.says !== "cas required") throw error;
      return this.#write(name, map, signal, await this.#newestNumber(name, signal));
    }
  }

  #secretOf(name: string, version: KvVersion): ProviderSecret {
    if (version.map === undefined) {
      const hint = "This version was deleted or destroyed. Undelete it, or write a new one.";
      throw vaultError("ERR_SECRETS_VERSION_DISABLED", { secretName: name, hint });
    }
    return { value: valueOfMap(version.map, { asBundle: this.#isBundle(name) }), ...versionInfo(version) };
  }

  /** @param number of the version; the newest one without */
  async #read(name: string, signal: AbortSignal, number?: number): Promise<KvVersion> {
    const query = number === undefined ? "" : `?version=${number}`;
    return readVersion(await this.#call({ method: "GET", path: `${this.#path("data", name)}${query}`, signal }));
  }

  /** @param cas the number of the version that it follows; unconditional without */
  async #write(name: string, map: string, signal: AbortSignal, cas?: number): Promise<VersionInfo> {
    const options = cas === undefined ? "" : `,"options":{"cas":${cas}}`;
    const body = `{"data":${map}${options}}`;
    return writtenVersion(await this.#call({ method: "POST", path: this.#path("data", name), body, signal }));
  }

  /** Of the newest version, whatever became of it; 0 for a secret that has none. */
  async #newestNumber(name: string, signal: AbortSignal): Promise<number> {
    try {
      return (await this.#read(name, signal)).number;
    } catch (error) {
      if (isMissing(error)) return 0;
      throw error;
    }
  }

  async #keys(folder: string, signal: AbortSignal): Promise<readonly string[]> {
    const path = folder === "" ? `${this.#mount}/metadata` : this.#path("metadata", folder.slice(0, -1));
    try {
      const { body } = await this.#call({ method: "GET", path: `${path}?list=true`, signal });
      const keys = member(member(body, "data"), "keys");
      return Array.isArray(keys) ? keys.filter((key) => typeof key === "string") : [];
    } catch (error) {
      if (isMissing(error)) return []; // an empty folder is none
      throw error;
    }
  }

  /** One call with the session's token, and once more after a new login if that token is refused. */
  async #call(request: Omit<VaultRequest, "token">): Promise<VaultAnswer> {
    for (let tries = 1; ; tries += 1) {
      const token = await this.#session.token(request.signal);
      try {
        return await this.#http.call({ ...request, token });
      } catch (error) {
        if (!(await this.#session.isRefused(token, error, request.signal))) throw error;
        if (tries === 1 && this.#session.canLogIn) continue;
        const hint = "Vault refuses the token: it is wrong, expired, revoked or used up.";
        throw vaultError("ERR_SECRETS_UNAUTHENTICATED", { hint, cause: error });
      }
    }
  }

  /** What a method of the contract does: it ends with its caller's signal and on close, and fails as users see it. */
  async #run<T>(
    signal: AbortSignal,
    secretName: string | undefined,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      return await underSignals([signal, this.#closing.signal], run);
    } catch (error) {
      throw asVaultError(error, secretName);
    }
  }

  #path(kind: "data" | "metadata", name: string): string {
    return `${this.#mount}/${kind}/${secretPath(name)}`;
  }

  #isBundle(name: string): boolean {
    return name === this.naming.bundle;
  }
}

function credentialsOf({ token, appRole, kubernetes }: VaultKvOptions): VaultCredentials {
  const given: VaultCredentials[] = [];
  if (token !== undefined) given.push({ token });
  if (appRole !== undefined) given.push({ login: appRoleLogin(appRole) });
  if (kubernetes !== undefined) given.push({ login: kubernetesLogin(kubernetes) });
  const [credentials] = given;
  const invalid = (hint: string) => vaultError("ERR_SECRETS_INVALID_CONFIG", { hint });
  if (!credentials || given.length > 1) throw invalid("Give one of `token`, `appRole` and `kubernetes`.");
  if (token === undefined || isHeaderValue(token)) return credentials;
  throw invalid("`token` is blank, or holds what no token does, such as a space or a line end.");
}

/** Nothing is there, as Vault says it. */
function isMissing(error: unknown): boolean {
  return error instanceof VaultFailure && error.status === 404 && error.says === undefined;
}

function unsupported(hint: string, secretName: string) {
  return vaultError("ERR_SECRETS_UNSUPPORTED", { hint, secretName });
}
