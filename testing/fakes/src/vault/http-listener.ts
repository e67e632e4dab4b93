import { once } from "node:events";
import { createServer, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** Answers one request. It never rejects but for a defect of the fake. */
export type HandleHttp = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface HttpListener {
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Listens on a free port of 127.0.0.1. The parser of Node knows a fixed list of methods, and Vault's own method LIST is
 * not among them: such a request is read from the bytes that the parser rejects, and its connection ends after the answer.
 */
export async function listen(handle: HandleHttp): Promise<HttpListener> {
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent || response.closed) response.destroy();
      else response.writeHead(500, { "content-type": "text/plain" }).end(`defect of the fake: ${String(error)}`);
    });
  };
  const server = createServer(answer);
  server.on("clientError", (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, stream) => {
    const socket = stream as Socket;
    const request = error.code === "HPE_INVALID_METHOD" ? listRequest(error.rawPacket, socket) : undefined;
    if (request === undefined) {
      socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
      return;
    }
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once("finish", () => {
      response.detachSocket(socket);
      socket.end();
    });
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A request by LIST has no body, so that its head is all of it. `undefined`: these bytes are no such head. */
function listRequest(packet: Buffer | undefined, socket: Socket): IncomingMessage | undefined {
  const [head = ""] = (packet ?? Buffer.alloc(0)).toString("latin1").split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const [, url] = /^LIST (\S+) HTTP\/1\.1$/.exec(first) ?? [];
  if (url === undefined) return undefined;
  const request = new IncomingMessage(socket);
  request.method = "LIST";
  request.url = url;
  for (const line of lines) {
    const colon = line.indexOf(":");
    request.headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  request.complete = true; // else reading it to its end would look like an abort and end the connection
  request.push(null);
  return request;
}
