import { connect, createServer } from "node:net";

/**
 * A way to a server that is far: what goes through arrives `oneWayMs` later in each direction, and a connection takes a
 * round trip to be made. On loopback, on a free port.
 * @param {string} url @param {{ oneWayMs: number }} options
 */
export async function delayed(url, { oneWayMs }) {
  const { hostname, port } = new URL(url);
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
      socket.on("error", () => socket.destroy());
    }
    const handshakeMs = 2 * oneWayMs;
    const madeAt = performance.now();
    near.on("data", (chunk) => {
      const waitMs = oneWayMs + Math.max(0, madeAt + handshakeMs - performance.now());
      setTimeout(() => far.write(chunk), waitMs);
    });
    far.on("data", (chunk) => setTimeout(() => near.write(chunk), oneWayMs));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        for (const socket of sockets) socket.destroy();
      }),
  };
}
