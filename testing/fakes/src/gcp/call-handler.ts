import type { FaultPlan } from "../faults/index.js";
import type { CallJournal, OpenEntry } from "./call-journal.js";
import type { Credentials } from "./credentials.js";
import type { GcpFault } from "./gcp-fault.js";
import { METHODS, type MethodName } from "./methods.js";
import type { Operation, OperationContext } from "./operations/index.js";
import type { QuotaMeter } from "./quota.js";
import { nameReader } from "./resource-name.js";
import { RpcError } from "./rpc-error.js";
import { type CallConnection, runUnderFault } from "./run-under-fault.js";

/** A call as a transport has read it. */
interface IncomingCall extends CallConnection {
  readonly method: MethodName;
  /** The request message, read from the transport's own form. */
  readonly request: object;
  readonly authorization: string | undefined;
  readonly transport: "grpc" | "rest";
  /** Of the regional endpoint that was called. */
  readonly location: string | undefined;
  readonly timeoutMs: number | undefined;
}

/**
 * Answers a call with a message, or with undefined when nothing is to be answered.
 * @throws RpcError
 */
export type CallHandler = (call: IncomingCall) => Promise<object | undefined>;

export interface CallHandlerParts extends Pick<OperationContext, "store" | "iam" | "pageSizeUnasked"> {
  readonly credentials: Credentials;
  readonly quota: QuotaMeter;
  readonly faults: FaultPlan<GcpFault>;
  readonly journal: CallJournal & { add(entry: OpenEntry): void };
}

/** What every call goes through, whatever its transport: journal, fault, credentials, quota, operation. */
export function callHandler({ credentials, quota, faults, journal, ...parts }: CallHandlerParts): CallHandler {
  const serve = ({ method, location, authorization, request }: IncomingCall): object => {
    const principal = credentials.principalOf(authorization, method);
    const operation: Operation<never> = METHODS[method];
    quota.spend(operation.quota);
    const names = nameReader(parts.store.project, location);
    return operation.run(request as never, { ...parts, principal, location, names });
  };

  return async (call) => {
    const { method, transport, location, timeoutMs } = call;
    const name = requestedName(call.request);
    const principal = credentials.ownerOf(call.authorization);
    const entry: OpenEntry = { method, name, transport, location, principal, timeoutMs, answer: undefined };
    journal.add(entry);
    try {
      const message = await runUnderFault(faults.take(method), call, () => serve(call));
      entry.answer = message === undefined ? "NONE" : "OK";
      return message;
    } catch (error) {
      entry.answer = error instanceof RpcError ? error.status : "INTERNAL";
      throw error;
    }
  };
}

interface Named {
  readonly name?: string;
  readonly resource?: string;
  readonly parent?: string;
  readonly secretId?: string;
  readonly secret?: { readonly name?: string } | null;
}

function requestedName({ name, resource, parent, secretId, secret }: Named): string {
  if (secretId) return `${parent}/secrets/${secretId}`;
  return name || resource || parent || secret?.name || "";
}
