import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A way to a server, on which things go wrong. */
export class TcpProxy {
  /** Every byte that clients sent. */
  readonly received: Buffer[] = [];
  readonly #server: Server;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #swallows = false;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#lead(client));
  }

  /** To a port of this machine. */
  static async to(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy has no port");
    return address.port;
  }

  /** Connections stay, old and new ones, and nothing comes through: what a failed machine or a firewall looks like. */
  swallow(): void {
    this.#swallows = true;
  }

  /** New connections come through; those that were swallowed never do. */
  heal(): void {
    this.#swallows = false;
  }

  /** Ends all connections by a reset. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  get connections(): number {
    return [...this.#sockets].filter((socket) => !socket.destroyed).length;
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, "close");
  }

  #lead(client: Socket): void {
    this.#keep(client);
    client.on("data", (bytes) => this.received.push(bytes));
    if (this.#swallows) return;
    const server = connect(this.#target, "127.0.0.1");
    this.#keep(server);
    let isLost = false;
    const pass = (from: Socket, to: Socket) => {
      from.on("data", (bytes) => {
        isLost ||= this.#swallows;
        if (!isLost) to.write(bytes);
      });
      from.once("close", () => to.destroy());
    };
    pass(client, server);
    pass(server, client);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.on("error", () => undefined); // it ends, which is what the test is about
  }
}
