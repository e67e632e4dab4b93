/** The status codes of gRPC that Google's APIs answer with. */
export const RPC_CODES = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

export type RpcStatus = keyof typeof RPC_CODES;

/** `google.rpc.ErrorInfo`: why, for programs. */
export interface ErrorInfo {
  readonly reason: string;
  readonly domain: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** How a call is refused, over either transport. */
export class RpcError extends Error {
  readonly status: RpcStatus;
  readonly info: ErrorInfo | undefined;

  constructor(status: RpcStatus, message: string, info?: ErrorInfo) {
    super(message);
    this.status = status;
    this.info = info;
  }
}
