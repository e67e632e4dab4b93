import type { Socket } from "node:net";
import {
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  status as statuses,
} from "@grpc/grpc-js";
import type { CallHandler } from "./call-handler.js";
import type { Protocol } from "./endpoint.js";
import { METHODS, type MethodName } from "./methods.js";
import { RPC_CODES, RpcError } from "./rpc-error.js";
import { loadServiceDefinition, statusDetails } from "./service-definition.js";

/** @param location of the regional endpoint that this is for */
export function grpcTransport(handle: CallHandler, location: string | undefined): Protocol {
  // By the client's address, which is all that gRPC says of a call's connection.
  const peers = new Map<string, Socket>();
  const server = new Server();
  const handlers = (Object.keys(METHODS) as MethodName[]).map((method) => [
    method,
    unaryHandler(method, handle, location, peers),
  ]);
  server.addService(loadServiceDefinition(), Object.fromEntries(handlers));
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());

  return {
    accept(socket) {
      const address = `${socket.remoteAddress}:${socket.remotePort}`;
      peers.set(address, socket);
      socket.once("close", () => peers.delete(address));
      injector.injectConnection(socket);
    },
    // gRPC keeps a register of the servers in the process.
    close() {
      injector.destroy();
      server.forceShutdown();
    },
  };
}

function unaryHandler(
  method: MethodName,
  handle: CallHandler,
  location: string | undefined,
  peers: ReadonlyMap<string, Socket>,
): handleUnaryCall<object, object> {
  return (call, callback) => {
    const ended = new AbortController();
    call.on("cancelled", () => ended.abort());
    handle({
      method,
      request: call.request,
      authorization: call.metadata.get("authorization")[0]?.toString(),
      transport: "grpc",
      location,
      timeoutMs: timeoutOf(call),
      signal: ended.signal,
      reset: () => void peers.get(call.getPeer())?.resetAndDestroy(),
    }).then(
      (message) => message && callback(null, message),
      (error: unknown) => callback(grpcStatus(error)),
    );
  };
}

function timeoutOf(call: ServerUnaryCall<object, object>): number | undefined {
  const left = Number(call.getDeadline()) - Date.now();
  return Number.isFinite(left) ? Math.max(left, 0) : undefined;
}

function grpcStatus(error: unknown) {
  if (!(error instanceof RpcError)) return { code: statuses.UNKNOWN, details: `defect of the fake: ${String(error)}` };
  const metadata = new Metadata();
  if (error.info) metadata.set("grpc-status-details-bin", statusDetails(error));
  return { code: RPC_CODES[error.status] as statuses, details: error.message, metadata };
}
