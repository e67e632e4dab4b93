import { type CallProperties, credentials as channelCredentials } from "@grpc/grpc-js";
import { PassThroughClient } from "google-auth-library";

type AuthRequest = Parameters<PassThroughClient["request"]>[0];

/** What `new SecretManagerServiceClient()` takes to call the fake; a type, since the client asks for an index signature. */
export type GcpClientOptions = {
  readonly apiEndpoint: string;
  readonly port: number;
  readonly sslCreds: ReturnType<typeof channelCredentials.createInsecure>;
  readonly authClient: PassThroughClient;
  readonly projectId: string;
  /** For REST over plain HTTP instead of gRPC. */
  readonly fallback?: true;
  readonly protocol?: "http";
  readonly "grpc.callInvocationTransformer"?: (call: Call) => Call;
  readonly "grpc.use_local_subchannel_pool"?: 1;
};

type Call = CallProperties<unknown, unknown>;

export function clientOptions(
  port: number,
  projectId: string,
  authorization: string | undefined,
  transport: "grpc" | "rest",
): GcpClientOptions {
  const base = {
    apiEndpoint: "127.0.0.1",
    port,
    sslCreds: channelCredentials.createInsecure(),
    authClient: new FixedAuthorization(authorization),
    projectId,
  };
  if (transport === "rest") return { ...base, fallback: true, protocol: "http" };
  return {
    ...base,
    // gRPC sends no call credentials over a channel without TLS, so the header is put on each call by hand.
    "grpc.callInvocationTransformer": (call) => {
      if (authorization === undefined) return call;
      const metadata = call.metadata.clone();
      metadata.set("authorization", authorization);
      return { ...call, metadata };
    },
    // Clients of one process share connections, and with them the state of a broken one; those of a test do not.
    "grpc.use_local_subchannel_pool": 1,
  };
}

/** Sends one header, or none, and asks nobody for credentials: neither files nor the metadata server. */
class FixedAuthorization extends PassThroughClient {
  readonly #authorization: string | undefined;

  constructor(authorization: string | undefined) {
    super();
    this.#authorization = authorization;
  }

  override request<T>(options: AuthRequest) {
    const headers = new Headers(options.headers);
    if (this.#authorization !== undefined) headers.set("authorization", this.#authorization);
    return super.request<T>({ ...options, headers });
  }
}
