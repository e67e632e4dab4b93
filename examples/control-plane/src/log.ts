import type { FastifyRequest, FastifyServerOptions } from "fastify";

/**
 * What the log may hold: method, route and status of a request, never its headers, body or full URL, which clients fill
 * with what they like; of an error its name, code and place, but no message, since those of databases and parsers quote what they were given.
 */
export function loggerOptions(level: string, stream?: { write(line: string): void }): FastifyServerOptions["logger"] {
  return {
    level,
    ...(stream === undefined ? {} : { stream }),
    serializers: {
      req: (request: FastifyRequest) => ({ method: request.method, route: request.routeOptions?.url ?? "none" }),
      res: (reply: { statusCode: number }) => ({ status: reply.statusCode }),
      err: (error: Error & { code?: unknown }) => ({
        type: error.name,
        message: "",
        code: typeof error.code === "string" ? error.code : undefined,
        stack: (error.stack ?? "")
          .split("\n")
          .filter((line) => /^\s+at /.test(line))
          .join("\n"),
      }),
    },
  };
}
