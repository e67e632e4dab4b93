import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The API that mails. It accepts one token, and counts. */
export interface MailApi {
  readonly url: string;
  accepted: number;
  refused: number;
  /** The whole `authorization` header. */
  expects: string;
  close(): Promise<void>;
}

export async function startMailApi(): Promise<MailApi> {
  const server = createServer((request, response) => {
    const ok = request.headers.authorization === api.expects;
    api[ok ? "accepted" : "refused"] += 1;
    request.resume().once("end", () => response.writeHead(ok ? 202 : 401).end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const api: MailApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    accepted: 0,
    refused: 0,
    expects: "",
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return api;
}
