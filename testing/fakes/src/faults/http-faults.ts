import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { type FaultPlan, faultPlan } from "./fault-plan.js";
import { type HttpAnswer, sendAnswer } from "./http-answer.js";
import type { HttpFault } from "./http-fault.js";

const DRIP_EVERY_MS = 20;

/** Does what a call asked for, and says what the server answers. */
type AnswerHttp = () => HttpAnswer | Promise<HttpAnswer>;

/** A plan of HTTP faults, and the sending of answers under it. */
export interface HttpFaults extends FaultPlan<HttpFault> {
  /**
   * Answers one call, with the fault that it meets if any. `answer` is run once, or not at all by a fault that comes
   * before the operation. Settles once nothing more is to be done for the call, even if the client is left to wait.
   */
  respond(operation: string, response: ServerResponse, answer: AnswerHttp): Promise<void>;
}

export function httpFaults(): HttpFaults {
  const plan = faultPlan<HttpFault>();
  return {
    ...plan,
    respond: (operation, response, answer) => respondWith(plan.take(operation), response, answer),
  };
}

async function respondWith(fault: HttpFault | undefined, response: ServerResponse, answer: AnswerHttp): Promise<void> {
  if (fault === undefined) return sendAnswer(response, await answer());
  if ("applied" in fault && fault.applied) await answer();
  switch (fault.kind) {
    case "latency":
      await unlessClosed(response, (signal) => pause(fault.ms, undefined, { signal }));
      if (!response.closed) await respondWith(fault.next, response, answer);
      return;
    case "hold":
      await unlessClosed(response, () => fault.until);
      if (!response.closed) await respondWith(fault.next, response, answer);
      return;
    case "answer":
      return sendAnswer(response, typeof fault.answer === "function" ? fault.answer() : fault.answer);
    case "rewrite":
      return sendAnswer(response, fault.rewrite(await answer()));
    case "proxy":
      return sendAnswer(response, proxyPage(fault.status ?? 502));
    case "garbage":
      return sendAnswer(response, { ...(await answer()), body: "\u0001 not in the format" });
    case "truncate":
      return truncate(response, await answer());
    case "drip":
      return drip(response, await answer(), fault.everyMs ?? DRIP_EVERY_MS);
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "hang":
      return;
  }
}

/** Waits for what `start` gives or for the end of the connection, whichever is first. */
async function unlessClosed(response: ServerResponse, start: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  if (response.closed) return;
  const stop = new AbortController();
  const closed = once(response, "close", { signal: stop.signal });
  // Whichever loses is stopped, and its rejection is of no interest.
  const started = start(stop.signal);
  closed.catch(() => {});
  started.catch(() => {});
  try {
    await Promise.race([started, closed]);
  } finally {
    stop.abort();
  }
}

function proxyPage(status: number): HttpAnswer {
  const reason = { 502: "Bad Gateway", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out" }[status];
  return {
    status,
    headers: { "content-type": "text/html" },
    body: `<html>\r\n<head><title>${status} ${reason}</title></head>\r\n<body><center><h1>${status} ${reason}</h1></center></body>\r\n</html>\r\n`,
  };
}

function truncate(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, "content-length": Math.max(bytes.length, 1) });
  response.flushHeaders();
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}

function drip(response: ServerResponse, { status, headers, body }: HttpAnswer, everyMs: number): void {
  response.writeHead(status, headers);
  response.write(Buffer.from(body).subarray(0, 1));
  const timer = setInterval(() => response.write(" "), everyMs);
  response.once("close", () => clearInterval(timer));
}
