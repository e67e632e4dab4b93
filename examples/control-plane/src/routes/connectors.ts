import type { FastifyInstance } from "fastify";
import type { App } from "../app.js";
import { authenticateUser, requireAdmin } from "../authenticate.js";
import { HttpError } from "../errors.js";
import type { Credentials } from "../models/connector.js";
import { connectorView, idParam, printable } from "./views.js";

const params = { type: "object", properties: { id: idParam } } as const;

/** The source systems of an instance. Credentials go in; no route gives them out. */
export async function connectorRoutes(server: FastifyInstance, { keys, connectors }: App): Promise<void> {
  server.post<{ Params: { id: string }; Body: { name: string; kind: string; credentials: Credentials } }>(
    "/instances/:id/connectors",
    {
      schema: {
        params,
        body: {
          type: "object",
          required: ["name", "kind", "credentials"],
          properties: {
            name: { type: "string", minLength: 1, maxLength: 100, pattern: printable },
            kind: { enum: ["postgres", "snowflake", "bigquery", "s3"] },
            credentials: {
              type: "object",
              minProperties: 1,
              additionalProperties: { type: "string", maxLength: 10_000 },
            },
          },
        },
        response: { 201: connectorView },
      },
      onRequest: async (request) => void (await requireAdmin(request, keys.app)),
    },
    async (request, reply) => {
      reply.status(201);
      return connectors.create({ instanceId: request.params.id, ...request.body });
    },
  );

  server.get<{ Params: { id: string } }>(
    "/instances/:id/connectors",
    { schema: { params, response: { 200: { type: "array", items: connectorView } } } },
    async (request) => {
      await authenticateUser(request, keys.app);
      return connectors.list(request.params.id);
    },
  );

  /** Opens the stored credentials as a sync would, and tells only that they open. */
  server.post<{ Params: { id: string } }>(
    "/connectors/:id/check",
    { schema: { params, response: { 200: { type: "object", properties: { status: { type: "string" } } } } } },
    async (request) => {
      await authenticateUser(request, keys.app);
      const credentials = await connectors.revealCredentials(request.params.id);
      if (!credentials) throw new HttpError(404, "NOT_FOUND", "There is no such connector.");
      return { status: "readable" };
    },
  );
}
