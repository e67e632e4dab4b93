import { faultPlan } from "../faults/index.js";
import { callHandler } from "./call-handler.js";
import { callJournal } from "./call-journal.js";
import { clientOptions } from "./client-options.js";
import { credentials } from "./credentials.js";
import { type Endpoint, startEndpoint } from "./endpoint.js";
import { changesPayload, type GcpFault } from "./gcp-fault.js";
import type { GcpServer, GcpServerOptions } from "./gcp-server.js";
import { grpcTransport } from "./grpc-transport.js";
import { iam } from "./iam.js";
import { DEFAULT_QUOTAS, quotaMeter } from "./quota.js";
import { restTransport } from "./rest-transport.js";
import { secretStore } from "./secret-store.js";
import { seededSecrets } from "./seeded-secrets.js";

const OWNER = "owner";

/** Starts on free ports of 127.0.0.1, without secrets. */
export async function startGcpServer(options: GcpServerOptions = {}): Promise<GcpServer> {
  const { project: id = "qarion-test", projectNumber: number = "710000000042", now = Date.now } = options;
  const project = { id, number };
  const store = secretStore(project, now);
  const roles = iam(store);
  roles.grant(OWNER, "roles/secretmanager.admin");
  const tokens = credentials();
  const faults = faultPlan<GcpFault>();
  const calls = callJournal();
  const handle = callHandler({
    store,
    iam: roles,
    pageSizeUnasked: options.pageSize ?? 25_000,
    credentials: tokens,
    quota: quotaMeter(project, now, { ...DEFAULT_QUOTAS, ...options.quotas }),
    faults,
    journal: calls,
  });

  // Undefined stands for the global endpoint.
  const endpoints = new Map<string | undefined, Endpoint>();
  for (const location of [undefined, ...(options.locations ?? [])]) {
    const protocols = { grpc: grpcTransport(handle, location), rest: restTransport(handle, location) };
    endpoints.set(location, await startEndpoint(protocols));
  }
  const portOf = (location: string | undefined): number => {
    const endpoint = endpoints.get(location);
    if (endpoint === undefined) throw new RangeError(`the server was started without an endpoint in ${location}`);
    return endpoint.port;
  };
  const ofEach = async (act: (endpoint: Endpoint) => Promise<void>) => {
    await Promise.all([...endpoints.values()].map(act));
  };
  const close = () => ofEach((endpoint) => endpoint.close());

  return {
    project: id,
    projectNumber: number,
    port: portOf(undefined),
    clientOptions: ({ as = OWNER, location, transport = "grpc" } = {}) =>
      clientOptions(portOf(location), id, as === null ? undefined : tokens.authorizationOf(as), transport),
    secrets: seededSecrets(store),
    iam: roles,
    calls,
    fault: (fault, scope = {}) =>
      faults.add(fault, changesPayload(fault) ? { operation: "AccessSecretVersion", ...scope } : scope),
    clearFaults: () => faults.clear(),
    expireToken: (principal) => tokens.expire(principal),
    renewToken: (principal) => tokens.renew(principal),
    goOffline: () => ofEach((endpoint) => endpoint.goOffline()),
    goOnline: () => ofEach((endpoint) => endpoint.goOnline()),
    resetConnections() {
      for (const endpoint of endpoints.values()) endpoint.resetConnections();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
