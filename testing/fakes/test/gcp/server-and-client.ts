import { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import { onTestFinished } from "vitest";
import { type ClientTarget, type GcpServer, type GcpServerOptions, startGcpServer } from "../../src/gcp/index.js";

export interface ServerAndClient {
  readonly gcp: GcpServer;
  /** The real client, who may do everything. */
  readonly client: SecretManagerServiceClient;
  /** Another one. */
  clientFor(target: ClientTarget): SecretManagerServiceClient;
}

export const PROJECT = "projects/qarion-test";
export const NUMBERED = "projects/710000000042";

/** A server for one test, and clients for it; all are closed after the test. */
export async function serverAndClient(options?: GcpServerOptions): Promise<ServerAndClient> {
  const gcp = await startGcpServer(options);
  onTestFinished(() => gcp.close());
  const clientFor = (target?: ClientTarget) => {
    const client = new SecretManagerServiceClient(gcp.clientOptions(target));
    onTestFinished(() => client.close());
    return client;
  };
  return { gcp, client: clientFor(), clientFor };
}

/** What the client rejects with. */
export interface ClientFailure {
  readonly code: number | string | undefined;
  readonly message: string;
  readonly reason?: string;
  readonly domain?: string;
  readonly errorInfoMetadata?: Readonly<Record<string, string>>;
}

export async function failureOf(call: Promise<unknown>): Promise<ClientFailure> {
  const outcome = await call.then(
    () => undefined,
    (error: ClientFailure) => error,
  );
  if (outcome === undefined) throw new Error("the call was expected to fail");
  return outcome;
}

/** Options for one call, without the client's own retries. Made anew for each: the client writes into them. */
export function once(timeoutMs = 10_000) {
  return { timeout: timeoutMs, retry: null as never };
}
