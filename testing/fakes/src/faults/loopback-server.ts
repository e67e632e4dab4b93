import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";

/** An HTTP server that only this machine can reach. */
export interface LoopbackServer {
  readonly port: number;
  /** Such as `http://127.0.0.1:40001`. */
  readonly url: string;
  /** How many connections clients hold open. */
  connections(): Promise<number>;
  /** Stops listening and ends every connection, those that a fault left hanging too. */
  close(): Promise<void>;
}

/** Starts on a free port of 127.0.0.1. A handler that rejects is a defect of the fake: its call is answered by 500 with the reason. */
export async function startLoopbackServer(
  handle: (...call: Parameters<RequestListener>) => Promise<void>,
): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent || response.closed) response.destroy();
      else response.writeHead(500, { "content-type": "text/plain" }).end(`defect of the fake: ${String(error)}`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    connections: promisify(server.getConnections.bind(server)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * The whole body of a request.
 * @throws RangeError when it is longer than `maxBytes`
 */
export async function readBody(request: IncomingMessage, maxBytes = 1_048_576): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new RangeError(`a request of more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
