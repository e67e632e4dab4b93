import type { protos, SecretManagerServiceClient } from "@google-cloud/secret-manager";
import { unlessAborted } from "@qarion/secrets-core/provider";

/** The methods of the service that are used here, each with its request and its answer. */
interface Methods {
  readonly accessSecretVersion: [
    protos.google.cloud.secretmanager.v1.IAccessSecretVersionRequest,
    protos.google.cloud.secretmanager.v1.IAccessSecretVersionResponse,
  ];
  readonly addSecretVersion: [
    protos.google.cloud.secretmanager.v1.IAddSecretVersionRequest,
    protos.google.cloud.secretmanager.v1.ISecretVersion,
  ];
  readonly createSecret: [
    protos.google.cloud.secretmanager.v1.ICreateSecretRequest,
    protos.google.cloud.secretmanager.v1.ISecret,
  ];
  readonly getSecret: [
    protos.google.cloud.secretmanager.v1.IGetSecretRequest,
    protos.google.cloud.secretmanager.v1.ISecret,
  ];
  readonly updateSecret: [
    protos.google.cloud.secretmanager.v1.IUpdateSecretRequest,
    protos.google.cloud.secretmanager.v1.ISecret,
  ];
  readonly getSecretVersion: [
    protos.google.cloud.secretmanager.v1.IGetSecretVersionRequest,
    protos.google.cloud.secretmanager.v1.ISecretVersion,
  ];
  readonly destroySecretVersion: [
    protos.google.cloud.secretmanager.v1.IDestroySecretVersionRequest,
    protos.google.cloud.secretmanager.v1.ISecretVersion,
  ];
  readonly listSecrets: [
    protos.google.cloud.secretmanager.v1.IListSecretsRequest,
    protos.google.cloud.secretmanager.v1.ISecret[],
    protos.google.cloud.secretmanager.v1.IListSecretsResponse,
  ];
}

type Method = keyof Methods;
/** The answer, beside it the request of the next page, and the answer as it came. */
type Answer<M extends Method> = readonly [Methods[M][1], unknown, Methods[M][2]];

/** Ends calls of those who give no signal. */
const longestCallMs = 60_000;

/**
 * One call of a client that is initialized. It ends when the signal is aborted, on the wire too. It is made once: the
 * client's own retries of AccessSecretVersion take up to ten minutes and hide an outage behind DEADLINE_EXCEEDED.
 *
 * It takes the client's `innerApiCalls`, as the client's own methods do: those give no way to cancel, and write requests
 * and answers, values included, into the SDK's debug log (`GOOGLE_SDK_NODE_LOGGING`).
 */
export async function callGcp<M extends Method>(
  client: SecretManagerServiceClient,
  method: M,
  request: Methods[M][0],
  signal: AbortSignal,
): Promise<Answer<M>> {
  signal.throwIfAborted();
  const options = {
    timeout: longestCallMs,
    retry: null,
    autoPaginate: false,
    otherArgs: { headers: { "x-goog-request-params": routingOf(request) } },
  };
  const call = client.innerApiCalls[method]?.(request, options) as Promise<Answer<M>> & { cancel?(): void };
  const cancel = () => {
    try {
      call.cancel?.();
    } catch {
      // Of a client that was closed meanwhile: there is nothing to cancel.
    }
  };
  signal.addEventListener("abort", cancel, { once: true });
  try {
    return await unlessAborted(call, signal);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

/** https://google.aip.dev/4222: the resource of the request, by which the service routes it. */
function routingOf(request: Methods[Method][0]): string {
  const { name, parent, secret } = request as {
    readonly name?: string | null;
    readonly parent?: string | null;
    readonly secret?: { readonly name?: string | null } | null;
  };
  if (parent) return `parent=${encodeURIComponent(parent)}`;
  if (name) return `name=${encodeURIComponent(name)}`;
  return `secret.name=${encodeURIComponent(secret?.name ?? "")}`;
}
