import type { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import {
  type CallContext,
  nameOwners,
  type ProviderCapabilities,
  type ProviderNaming,
  type ProviderRef,
  type ProviderSecret,
  type SecretProvider,
  type SecretsErrorCode,
  type VersionInfo,
  type WriteContext,
} from "@qarion/secrets-core/provider";
import { callGcp } from "./gcp-call.js";
import { type GcpClientOptions, GcpClients } from "./gcp-clients.js";
import { classifyGcpError, gcpError, providerName } from "./gcp-error.js";
import { listNames } from "./list-names.js";
import { type NumberedSecret, providerSecretOf } from "./secret-payload.js";
import { parentOf, type SecretResource, secretResourceOf } from "./secret-resource.js";
import { resourceNameOf, type SecretTarget } from "./secret-target.js";
import { type VersionNaming, versionNameOf, versionNamingOf } from "./version-naming.js";
import { addVersion, promoteByAlias, putByAlias } from "./version-writes.js";

export interface GcpSecretManagerOptions {
  /** Id or number of the project. Default: that of the credentials. A full resource name tells its own. */
  readonly project?: string | undefined;
  /** A region such as `europe-west1`, for regional secrets. Default: global secrets. A full resource name tells its own. */
  readonly location?: string | undefined;
  /** Stands before every name: `"prod_"`. */
  readonly prefix?: string | undefined;
  /** The name of one JSON secret whose members are the secrets. Not together with `prefix`. */
  readonly bundle?: string | undefined;
  /**
   * Which version of a secret is the current one: `latest` (default), the number of one, or an alias. With an alias,
   * versions can be staged and promoted, and the previous and the pending one are the aliases `previous` and `pending`.
   */
  readonly version?: string | undefined;
  /** A client of your own, which stays yours to close. It is taken to serve `location`. */
  readonly client?: SecretManagerServiceClient | undefined;
  /** For the clients made here: credentials, endpoint, transport. */
  readonly clientOptions?: GcpClientOptions | undefined;
}

/**
 * Secrets from GCP Secret Manager. A name is a secret's id, or its full resource name; of other names, each character that
 * ids have not becomes `_`. A version is a number. Every value is checked against its CRC-32C. The SDK is imported with the
 * first call.
 *
 * Its methods throw the SDK's errors, which core classifies by their status (`errorCodes`), and `SecretsError`s:
 * - `ERR_SECRETS_PROVIDER_NOT_INSTALLED`: `@google-cloud/secret-manager` is not installed
 * - `ERR_SECRETS_INVALID_CONFIG`: no project is known; two names stand for one id; `version` is none
 * - `ERR_SECRETS_UNAUTHENTICATED`: there are no usable credentials
 * - `ERR_SECRETS_INVALID_REF`: no name; a version that is no number; a location that the client handed in is not of
 * - `ERR_SECRETS_INTEGRITY`: the checksum is wrong, or the answer is about something else
 * - `ERR_SECRETS_NOT_FOUND`: there is no version before the current one
 * - `ERR_SECRETS_INVALID_VALUE`: `put` of an empty value, or of more than 64 KiB
 * - `ERR_SECRETS_UNSUPPORTED`: `put` of a previous value; `put` of a pending one where stages are no aliases
 * - `ERR_SECRETS_CLOSED`
 */
export function gcpSecretManager(options: GcpSecretManagerOptions = {}): SecretProvider {
  return new GcpSecretManager(options);
}

class GcpSecretManager implements SecretProvider {
  readonly name = providerName;
  readonly capabilities: ProviderCapabilities;
  readonly naming: ProviderNaming;
  readonly put?: NonNullable<SecretProvider["put"]>;
  readonly promote?: NonNullable<SecretProvider["promote"]>;
  readonly #clients: GcpClients;
  readonly #location: string | undefined;
  readonly #versions: VersionNaming;
  readonly #owners = nameOwners(providerName);

  constructor({ prefix, bundle, version, ...clients }: GcpSecretManagerOptions) {
    this.naming = { prefix, bundle };
    this.#clients = new GcpClients(clients);
    this.#location = clients.location;
    this.#versions = versionNamingOf(version);
    const { byAlias, isPinned } = this.#versions;
    this.capabilities = { stages: true, versions: true, conditionalWrites: byAlias };
    if (!isPinned) this.put = (ref, value, context) => this.#put(ref, value, context);
    if (byAlias) this.promote = (name, promoted, context) => this.#promote(name, promoted, context);
  }

  async get(ref: ProviderRef, { signal }: CallContext): Promise<ProviderSecret> {
    const target = await this.#targetOf(ref.name, signal);
    const version = versionNameOf(ref, this.#versions);
    const secret = await (version === undefined ? this.#predecessor(target) : access(target, version));
    this.#claim(target.resource, ref.name);
    return secret;
  }

  async *list(
    { prefix = "" }: { readonly prefix?: string },
    { signal }: CallContext,
  ): AsyncIterable<{ readonly name: string }> {
    const client = await this.#clients.of(this.#location, signal);
    const project = await this.#clients.project(client, signal);
    yield* listNames(client, parentOf(project, this.#location), prefix, signal);
  }

  classifyError(raw: unknown): SecretsErrorCode | undefined {
    return classifyGcpError(raw);
  }

  close(): Promise<void> {
    return this.#clients.close();
  }

  async #put(
    { name, stage }: ProviderRef,
    value: string | Uint8Array,
    { signal, ifVersion }: WriteContext,
  ): Promise<VersionInfo> {
    const { byAlias, current } = this.#versions;
    if (stage === "previous") {
      throw unsupported("The previous version is the one that was current.", name);
    }
    if (!byAlias && (stage === "pending" || ifVersion !== undefined)) {
      throw unsupported('A version that is added is `latest` at once. Read by an alias: version: "live".', name);
    }
    const target = await this.#targetOf(name, signal);
    this.#claim(target.resource, name); // before it writes over another name's secret
    return byAlias ? putByAlias(target, stage, value, current, ifVersion) : addVersion(target, value);
  }

  async #promote(name: string, version: string, { signal }: CallContext): Promise<void> {
    await promoteByAlias(await this.#targetOf(name, signal), version, this.#versions.current);
  }

  /**
   * The version before the one that is current, found by its number: secretAccessor may not list versions. If it is
   * disabled or destroyed, an older one never stands in.
   */
  async #predecessor(target: SecretTarget): Promise<NumberedSecret> {
    const { version } = await access(target, this.#versions.current);
    if (version !== "1") return access(target, String(BigInt(version) - 1n));
    throw gcpError("ERR_SECRETS_NOT_FOUND", {
      hint: "The current version is the first one.",
      secretName: target.name,
    });
  }

  async #targetOf(name: string, signal: AbortSignal): Promise<SecretTarget> {
    this.#clients.mustBeOpen();
    const resource = secretResourceOf(name, this.#location);
    const client = await this.#clients.of(resource.location, signal);
    const project = resource.project ?? (await this.#clients.project(client, signal));
    return { client, name, resource, project, signal };
  }

  #claim({ id, isMapped }: SecretResource, name: string): void {
    if (isMapped) this.#owners.claim(id, name);
  }
}

async function access(target: SecretTarget, version: string): Promise<NumberedSecret> {
  const { client, name, resource, signal } = target;
  const request = { name: `${resourceNameOf(target)}/versions/${version}` };
  const [answer] = await callGcp(client, "accessSecretVersion", request, signal);
  return providerSecretOf(answer, { id: resource.id, name }, version);
}

function unsupported(hint: string, secretName: string) {
  return gcpError("ERR_SECRETS_UNSUPPORTED", { hint, secretName });
}
