import type { ErrorInfo, RpcStatus } from "./rpc-error.js";

/** What can go wrong with one call, over either transport. `applied`: what was asked is done, and only the answer is lost. */
export type GcpFault =
  /** Waits, then goes on as usual or as `next` says. The operation takes place after the wait. */
  | { readonly kind: "latency"; readonly ms: number; readonly next?: GcpFault }
  /** Waits for a promise of the test, then goes on as usual or as `next` says: an order of events without a pause. */
  | { readonly kind: "hold"; readonly until: Promise<unknown>; readonly next?: GcpFault }
  /** An error of the service; what it usually says with that status unless there is a message. */
  | {
      readonly kind: "error";
      readonly status: RpcStatus;
      readonly message?: string;
      readonly info?: ErrorInfo;
      readonly applied?: boolean;
    }
  /** The true answer of AccessSecretVersion with a checksum of something else, or with none. Meets no other method. */
  | { readonly kind: "checksum"; readonly checksum: "wrong" | "absent" }
  /** The true answer of AccessSecretVersion with one bit of the data turned over, and the checksum of the true data. The same. */
  | { readonly kind: "corrupt" }
  /** The true answer, changed by the test. It is the message of the API, such as `{ name, payload: { data, dataCrc32c } }`. */
  | { readonly kind: "rewrite"; rewrite(answer: object): object }
  /** The connection is reset before any byte of an answer. */
  | { readonly kind: "reset"; readonly applied?: boolean }
  /** No answer at all, until the client or the server ends the connection. */
  | { readonly kind: "hang"; readonly applied?: boolean };

/** Whether it is about the one method whose answer has a payload. */
export function changesPayload(fault: GcpFault): boolean {
  if ("next" in fault && fault.next !== undefined) return changesPayload(fault.next);
  return fault.kind === "checksum" || fault.kind === "corrupt";
}

/** What each call meets in a project in which the API was never enabled: denied, and by nobody's roles. */
export function apiDisabled(projectNumber: string): GcpFault {
  return {
    kind: "error",
    status: "PERMISSION_DENIED",
    message: `Secret Manager API has not been used in project ${projectNumber} before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/secretmanager.googleapis.com/overview?project=${projectNumber} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`,
    info: {
      reason: "SERVICE_DISABLED",
      domain: "googleapis.com",
      metadata: { service: "secretmanager.googleapis.com", consumer: `projects/${projectNumber}` },
    },
  };
}
