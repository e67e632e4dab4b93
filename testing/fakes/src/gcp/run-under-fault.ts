import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { crc32c } from "./crc32c.js";
import type { GcpFault } from "./gcp-fault.js";
import type { AccessMessage } from "./messages.js";
import { RpcError, type RpcStatus } from "./rpc-error.js";

/** The transport's side of a call, for what goes wrong below the service. */
export interface CallConnection {
  /** Aborts when the client gives up or the connection ends. */
  readonly signal: AbortSignal;
  /** Resets the connection that the call came over. */
  reset(): void;
}

const MESSAGES: Partial<Record<RpcStatus, string>> = {
  DEADLINE_EXCEEDED: "Deadline expired before operation could complete.",
  INTERNAL: "Internal error encountered.",
  PERMISSION_DENIED: "The caller does not have permission",
  RESOURCE_EXHAUSTED: "Resource has been exhausted (e.g. check quota).",
  UNAVAILABLE: "The service is currently unavailable.",
};

/**
 * Does what a call asked for, with the fault that it meets if any.
 * @param serve is run once, or not at all by a fault that comes before the operation
 * @returns the answer, or undefined when there is to be none
 * @throws RpcError
 */
export async function runUnderFault(
  fault: GcpFault | undefined,
  connection: CallConnection,
  serve: () => object,
): Promise<object | undefined> {
  if (fault === undefined) return serve();
  if ("applied" in fault && fault.applied) serve();
  switch (fault.kind) {
    case "latency":
      await unlessEnded(connection, (signal) => pause(fault.ms, undefined, { signal }));
      return connection.signal.aborted ? undefined : runUnderFault(fault.next, connection, serve);
    case "hold":
      await unlessEnded(connection, () => fault.until);
      return connection.signal.aborted ? undefined : runUnderFault(fault.next, connection, serve);
    case "error":
      throw new RpcError(fault.status, fault.message ?? MESSAGES[fault.status] ?? fault.status, fault.info);
    case "checksum":
      return withChecksum(serve() as AccessMessage, fault.checksum);
    case "corrupt":
      return corrupted(serve() as AccessMessage);
    case "rewrite":
      return fault.rewrite(serve());
    case "reset":
      connection.reset();
      return undefined;
    case "hang":
      return undefined;
  }
}

/** Waits for what `start` gives or for the end of the call, whichever is first. */
async function unlessEnded({ signal }: CallConnection, start: (stop: AbortSignal) => Promise<unknown>): Promise<void> {
  if (signal.aborted) return;
  const stop = new AbortController();
  const ended = once(signal, "abort", { signal: stop.signal });
  const started = start(stop.signal);
  // Whichever loses is stopped, and its rejection is of no interest.
  ended.catch(() => {});
  started.catch(() => {});
  try {
    await Promise.race([started, ended]);
  } finally {
    stop.abort();
  }
}

function withChecksum({ name, payload: { data } }: AccessMessage, checksum: "wrong" | "absent"): AccessMessage {
  if (checksum === "absent") return { name, payload: { data } };
  return { name, payload: { data, dataCrc32c: String((crc32c(data) ^ 1) >>> 0) } };
}

function corrupted(message: AccessMessage): AccessMessage {
  const { data } = message.payload;
  data[0] = (data[0] ?? 0) ^ 1;
  return message;
}
