import type { ServerResponse } from "node:http";

/** An answer over HTTP, whole and not yet sent. */
export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names; `content-length` is added when it is sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export function sendAnswer(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, "content-length": bytes.length }).end(bytes);
}
