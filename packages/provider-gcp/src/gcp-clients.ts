import type { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import { unlessAborted } from "@qarion/secrets-core/provider";
import { gcpError } from "./gcp-error.js";
import { loadGcpSdk } from "./gcp-sdk.js";

export type GcpClientOptions = NonNullable<ConstructorParameters<typeof SecretManagerServiceClient>[0]>;

export interface GcpClientsOptions {
  readonly project?: string | undefined;
  readonly location?: string | undefined;
  readonly client?: SecretManagerServiceClient | undefined;
  readonly clientOptions?: GcpClientOptions | undefined;
}

/**
 * What a client gets unless `clientOptions` say otherwise. Without keepalive, gRPC goes on using a connection that died
 * in silence until the system gives it up, which takes a quarter of an hour.
 */
const defaults: GcpClientOptions = { "grpc.keepalive_time_ms": 30_000, "grpc.keepalive_timeout_ms": 5_000 };

/** One client for each endpoint that is asked, made when it is first needed. */
export class GcpClients {
  readonly #options: GcpClientsOptions;
  readonly #made = new Map<string | undefined, Promise<SecretManagerServiceClient>>();
  #project: Promise<string> | undefined;
  #closed = false;

  constructor(options: GcpClientsOptions) {
    this.#options = options;
  }

  /**
   * A client that is initialized, which its calls must not find out to fail: the SDK would throw where nobody can catch.
   *
   * @param location of regional secrets; the global endpoint without
   * @throws SecretsError `ERR_SECRETS_CLOSED`, `ERR_SECRETS_UNAUTHENTICATED` without usable credentials,
   *   `ERR_SECRETS_INVALID_CONFIG` for options that no client can be made of, `ERR_SECRETS_INVALID_REF` for another location than that of a client that was handed in
   */
  async of(location: string | undefined, signal: AbortSignal): Promise<SecretManagerServiceClient> {
    this.mustBeOpen();
    const client = await unlessAborted(this.#options.client ? this.#given(location) : this.#own(location), signal);
    this.mustBeOpen();
    return client;
  }

  /**
   * The project of names that tell none: that of the options, else that of the credentials.
   *
   * @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` when neither tells one
   */
  async project(client: SecretManagerServiceClient, signal: AbortSignal): Promise<string> {
    if (this.#options.project !== undefined) return this.#options.project;
    this.#project ??= client.getProjectId();
    const asked = this.#project;
    try {
      return await unlessAborted(asked, signal);
    } catch (cause) {
      if (signal.aborted) throw cause;
      if (this.#project === asked) this.#project = undefined;
      const hint = "No project is known: set GCP_SECRET_PROJECT, or give `project`, or ask by full resource names.";
      throw gcpError("ERR_SECRETS_INVALID_CONFIG", { hint, cause });
    }
  }

  /** @throws SecretsError `ERR_SECRETS_CLOSED` */
  mustBeOpen(): void {
    if (this.#closed) throw gcpError("ERR_SECRETS_CLOSED");
  }

  /** Ends the channels of the clients made here. One that was handed in is its owner's. */
  async close(): Promise<void> {
    this.#closed = true;
    const clients = await Promise.allSettled(this.#made.values());
    await Promise.all(clients.map((made) => (made.status === "fulfilled" ? made.value.close() : undefined)));
  }

  async #given(location: string | undefined): Promise<SecretManagerServiceClient> {
    const client = this.#options.client as SecretManagerServiceClient;
    if (location !== this.#options.location) {
      const hint =
        "`client` is taken to serve the `location` of the options, and this secret is elsewhere: give `clientOptions` in place of `client`.";
      throw gcpError("ERR_SECRETS_INVALID_REF", { hint });
    }
    return initialized(client);
  }

  #own(location: string | undefined): Promise<SecretManagerServiceClient> {
    const known = this.#made.get(location);
    if (known) return known;
    const made = this.#make(location);
    this.#made.set(location, made);
    made.catch(() => this.#made.delete(location)); // whoever asked is told; the next one tries again
    return made;
  }

  async #make(location: string | undefined): Promise<SecretManagerServiceClient> {
    const { SecretManagerServiceClient } = await loadGcpSdk();
    const { project: projectId, clientOptions } = this.#options;
    return initialized(
      new SecretManagerServiceClient({
        ...defaults,
        // Else the credentials are asked for theirs, which may mean to wait for a metadata server that is not there.
        ...(projectId === undefined ? {} : { projectId }),
        ...(location === undefined ? {} : { apiEndpoint: regionalEndpoint(location, clientOptions) }),
        ...clientOptions,
      }),
    );
  }
}

/** https://cloud.google.com/secret-manager/docs/locations: a regional secret is behind the endpoint of its region alone. */
function regionalEndpoint(location: string, { universeDomain }: GcpClientOptions = {}): string {
  return `secretmanager.${location}.rep.${universeDomain ?? "googleapis.com"}`;
}

async function initialized(client: SecretManagerServiceClient): Promise<SecretManagerServiceClient> {
  try {
    await client.initialize();
    return client;
  } catch (cause) {
    if (cause instanceof TypeError) {
      const hint =
        "The client cannot be set up: check `clientOptions`. Credentials of gRPC must be of its own copy of it.";
      throw gcpError("ERR_SECRETS_INVALID_CONFIG", { hint, cause });
    }
    const hint =
      "No usable Google credentials were found: run where a service account is attached, or set GOOGLE_APPLICATION_CREDENTIALS.";
    throw gcpError("ERR_SECRETS_UNAUTHENTICATED", { hint, cause });
  }
}
