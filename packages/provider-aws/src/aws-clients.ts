import type { SecretsManagerClient, SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";
import { awsError } from "./aws-error.js";
import { loadAwsSdk } from "./aws-sdk.js";

export interface AwsClientsOptions {
  readonly region?: string | undefined;
  readonly client?: SecretsManagerClient | undefined;
  readonly clientOptions?: SecretsManagerClientConfig | undefined;
}

/**
 * What a client gets unless `clientOptions` say otherwise. Core ends a call at its deadline by the signal; these keep one
 * try from using it all up. The SDK's own defaults are no limit at all and three tries.
 */
const defaults = { maxAttempts: 2, requestHandler: { connectionTimeout: 3_000 } } satisfies SecretsManagerClientConfig;

/** One client for each region that is asked, made when it is first needed. */
export class AwsClients {
  readonly #options: AwsClientsOptions;
  readonly #made = new Map<string | undefined, Promise<SecretsManagerClient>>();
  #closed = false;

  constructor(options: AwsClientsOptions) {
    this.#options = options;
  }

  /**
   * @param region of an ARN; the default region without
   * @throws SecretsError `ERR_SECRETS_CLOSED`, `ERR_SECRETS_INVALID_CONFIG` without a region,
   *   `ERR_SECRETS_INVALID_REF` for another region than that of a client that was handed in
   */
  async of(region: string | undefined): Promise<SecretsManagerClient> {
    this.mustBeOpen();
    const { client } = this.#options;
    if (client) {
      if (region === undefined || region === (await client.config.region())) return client;
      const hint = "This secret is in another region than `client`: leave `client` out, and give `clientOptions`.";
      throw awsError("ERR_SECRETS_INVALID_REF", hint);
    }
    let made = this.#made.get(region);
    if (!made) {
      made = this.#make(region);
      this.#made.set(region, made);
      made.catch(() => this.#made.delete(region)); // whoever asked is told; the next one tries again
    }
    const ready = await made;
    this.mustBeOpen();
    return ready;
  }

  /** @throws SecretsError `ERR_SECRETS_CLOSED` */
  mustBeOpen(): void {
    if (this.#closed) throw awsError("ERR_SECRETS_CLOSED");
  }

  /** Frees the sockets of the clients made here. One that was handed in is its owner's. */
  async close(): Promise<void> {
    this.#closed = true;
    const clients = await Promise.allSettled(this.#made.values());
    for (const made of clients) if (made.status === "fulfilled") made.value.destroy();
  }

  async #make(region = this.#options.region): Promise<SecretsManagerClient> {
    const { SecretsManagerClient } = await loadAwsSdk();
    const client = new SecretsManagerClient({
      ...defaults,
      ...this.#options.clientOptions,
      ...(region === undefined ? {} : { region }),
    });
    try {
      await client.config.region();
    } catch {
      client.destroy();
      const hint = "No AWS region is known: set AWS_REGION, or give `region`, or ask for the secret by its ARN.";
      throw awsError("ERR_SECRETS_INVALID_CONFIG", hint);
    }
    return client;
  }
}
