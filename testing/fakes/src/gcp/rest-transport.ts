import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type HttpAnswer, readBody, sendAnswer } from "../faults/index.js";
import type { CallHandler } from "./call-handler.js";
import type { Protocol } from "./endpoint.js";
import { messageToJson } from "./rest-json.js";
import { restCall } from "./rest-routes.js";
import { RpcError, type RpcStatus } from "./rpc-error.js";

// https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
const HTTP_STATUSES: Readonly<Record<RpcStatus, number>> = {
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  UNAUTHENTICATED: 401,
};

/**
 * The same service as JSON over HTTP/1.1, which the client speaks with `fallback: true`.
 * @param location of the regional endpoint that this is for
 */
export function restTransport(handle: CallHandler, location: string | undefined): Protocol {
  const server = createServer((request, response) => {
    answer(handle, request, response, location).catch((error: unknown) => {
      sendAnswer(response, errorAnswer(new RpcError("UNKNOWN", `defect of the fake: ${String(error)}`)));
    });
  });
  return {
    accept(socket) {
      server.emit("connection", socket);
      socket.resume();
    },
  };
}

async function answer(
  handle: CallHandler,
  request: IncomingMessage,
  response: ServerResponse,
  location: string | undefined,
): Promise<void> {
  const text = (await readBody(request)).toString();
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const call = restCall(request.method ?? "", url, text === "" ? {} : JSON.parse(text));
  if (call === undefined) return sendAnswer(response, NOT_FOUND_PAGE);
  const ended = new AbortController();
  response.once("close", () => ended.abort());
  try {
    const message = await handle({
      ...call,
      authorization: request.headers.authorization,
      transport: "rest",
      location,
      timeoutMs: undefined,
      signal: ended.signal,
      reset: () => void request.socket.resetAndDestroy(),
    });
    const form = { enumsAsNumbers: url.searchParams.get("$alt")?.includes("enum-encoding=int") === true };
    if (message !== undefined) sendAnswer(response, jsonAnswer(200, messageToJson(message, form)));
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    sendAnswer(response, errorAnswer(error));
  }
}

function errorAnswer({ status, message, info }: RpcError): HttpAnswer {
  const code = HTTP_STATUSES[status];
  const details = info && [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", ...info }];
  return jsonAnswer(code, { error: { code, message, status, ...(details && { details }) } });
}

function jsonAnswer(status: number, body: object): HttpAnswer {
  return {
    status,
    headers: { "content-type": "application/json; charset=UTF-8" },
    body: `${JSON.stringify(body, null, 2)}\n`,
  };
}

/** What the front says to a path that no binding has: a page, not JSON. */
const NOT_FOUND_PAGE: HttpAnswer = {
  status: 404,
  headers: { "content-type": "text/html; charset=UTF-8" },
  body: "<!DOCTYPE html>\n<html lang=en>\n  <title>Error 404 (Not Found)!!1</title>\n  <p><b>404.</b> <ins>That’s an error.</ins>\n",
};
