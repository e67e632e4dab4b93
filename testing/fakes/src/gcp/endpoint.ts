import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

const HTTP2_PREFACE = "PRI";

/** Speaks on the connections that it is given. */
export interface Protocol {
  accept(socket: Socket): void;
  /** Where it keeps more than its connections, which the endpoint ends. */
  close?(): void;
}

/** A port of 127.0.0.1 on which gRPC and REST are spoken, told apart by the first bytes of a connection. */
export interface Endpoint {
  readonly port: number;
  /** Ends every connection and refuses new ones, on the same port, until `goOnline`. */
  goOffline(): Promise<void>;
  goOnline(): Promise<void>;
  /** Resets every connection; new ones are taken. */
  resetConnections(): void;
  close(): Promise<void>;
}

export async function startEndpoint({ grpc, rest }: { grpc: Protocol; rest: Protocol }): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    // The end of a connection that a test breaks: who speaks on it hears of it by its close.
    socket.on("error", () => {});
    socket.once("data", (first) => {
      socket.pause();
      socket.unshift(first);
      const protocol = first.toString("latin1").startsWith(HTTP2_PREFACE) ? grpc : rest;
      protocol.accept(socket);
    });
  });
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;

  const goOffline = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  return {
    port,
    goOffline,
    async goOnline() {
      if (!server.listening) await listen(server, port);
    },
    resetConnections() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close() {
      for (const protocol of [grpc, rest]) protocol.close?.();
      return goOffline();
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  const listening = once(server, "listening");
  server.listen(port, "127.0.0.1");
  await listening;
}
