import type { HttpAnswer } from "./http-answer.js";

/** What can go wrong with one HTTP call. `applied`: the server has done what was asked, and only the answer is lost. */
export type HttpFault =
  /** Waits, then goes on as usual or as `next` says. The operation takes place after the wait. */
  | { readonly kind: "latency"; readonly ms: number; readonly next?: HttpFault }
  /** Waits for a promise of the test, then goes on as usual or as `next` says: an order of events without a pause. */
  | { readonly kind: "hold"; readonly until: Promise<unknown>; readonly next?: HttpFault }
  /** Another answer, such as the service's own error; `applied` is false unless given. */
  | { readonly kind: "answer"; readonly answer: HttpAnswer | (() => HttpAnswer); readonly applied?: boolean }
  /** The true answer, changed by the test. */
  | { readonly kind: "rewrite"; rewrite(answer: HttpAnswer): HttpAnswer }
  /** The HTML page of a proxy, 502 unless given. */
  | { readonly kind: "proxy"; readonly status?: 502 | 503 | 504; readonly applied?: boolean }
  /** Status and headers of the true answer with a body that is in no format. */
  | { readonly kind: "garbage" }
  /** The headers and the first half of the true answer, then the connection ends. */
  | { readonly kind: "truncate" }
  /** The headers and the first byte of the true answer, then a space every `everyMs` (20) for ever. */
  | { readonly kind: "drip"; readonly everyMs?: number }
  /** The connection is reset before any byte of an answer. */
  | { readonly kind: "reset"; readonly applied?: boolean }
  /** No answer at all, until the client or the server ends the connection. */
  | { readonly kind: "hang"; readonly applied?: boolean };
