import { JwtError } from "@qarion/jwt-rotation";
import { SecretsError } from "@qarion/secrets";
import { CipherError } from "@qarion/secrets-core/keys";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { TooManySignIns } from "./models/user.js";

/** An answer to the client other than success. The message is ours from end to end. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Answers say what a client can act on: a status, a code and a sentence, none of which repeats what it sent. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { status, code, message } = answerTo(error);
  if (status >= 500) request.log.error({ err: error }, "request failed");
  else request.log.info({ code }, "request refused");
  if (status === 401) {
    // RFC 6750 section 3: without a token only the scheme is named, with a bad one also the error.
    const detail = code === "TOKEN_MISSING" ? "" : `, error="invalid_token", error_description="${code}"`;
    reply.header("www-authenticate", `Bearer realm="qarion"${detail}`);
  }
  if (status === 503) reply.header("retry-after", "1");
  reply.status(status).send({ error: { code, message } });
}

function answerTo(error: unknown): { status: number; code: string; message: string } {
  if (error instanceof HttpError) return error;
  if (JwtError.is(error)) {
    return error.code === "ERR_JWT_STALE"
      ? { status: 503, code: error.code, message: "Tokens cannot be checked right now." }
      : { status: 401, code: error.code, message: "The token is not accepted." };
  }
  if (error instanceof TooManySignIns) {
    return { status: 503, code: "BUSY", message: "Too many are signing in right now." };
  }
  if (CipherError.is(error) && error.code === "ERR_CIPHER_PLAINTEXT") {
    return { status: 400, code: "INVALID_REQUEST", message: "A value holds text that cannot be stored." };
  }
  if (SecretsError.is(error) || CipherError.is(error)) {
    return { status: 503, code: error.code, message: "A secret that this needs cannot be used right now." };
  }
  const { statusCode = 500, code, validation } = error as Partial<FastifyError>;
  if (validation) {
    // The path in the schema is ours; the one in the request may hold names that the client made up.
    const fields = validation.map((problem) => problem.schemaPath).join(", ");
    return { status: 400, code: "INVALID_REQUEST", message: `Not valid: ${fields}` };
  }
  if (code === "23505") return { status: 409, code: "EXISTS", message: "There is one of this name already." };
  if (code === "23503") return { status: 404, code: "NOT_FOUND", message: "There is no such instance." };
  if (statusCode === 429) return { status: 429, code: "TOO_MANY_REQUESTS", message: "Too many requests." };
  if (statusCode < 500) return { status: statusCode, code: "BAD_REQUEST", message: "The request is not valid." };
  return { status: 500, code: "INTERNAL", message: "Something went wrong." };
}
