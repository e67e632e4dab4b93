import type { FastifyInstance } from "fastify";
import type { App } from "../app.js";
import { authenticateAgent, authenticateUser, requireAdmin } from "../authenticate.js";
import { HttpError } from "../errors.js";
import { agentTokenLifetimeSeconds } from "../keys.js";
import { idParam, instanceView, printable } from "./views.js";

const params = { type: "object", properties: { id: idParam } } as const;

/** The registry of instances. */
export async function instanceRoutes(server: FastifyInstance, { keys, instances }: App): Promise<void> {
  server.post<{ Body: { name: string; url: string } }>(
    "/instances",
    {
      schema: {
        body: {
          type: "object",
          required: ["name", "url"],
          properties: {
            name: { type: "string", minLength: 1, maxLength: 100, pattern: printable },
            url: { type: "string", maxLength: 2_000 },
          },
        },
        response: { 201: instanceView },
      },
      onRequest: async (request) => void (await requireAdmin(request, keys.app)),
    },
    async (request, reply) => {
      const { name, url } = request.body;
      if (!isDatabaseUrl(url))
        throw new HttpError(400, "INVALID_URL", "url is a postgres:// or mysql:// URL with a host and a database.");
      reply.status(201);
      return instances.create(name, url);
    },
  );

  server.get(
    "/instances",
    { schema: { response: { 200: { type: "array", items: instanceView } } } },
    async (request) => {
      await authenticateUser(request, keys.app);
      return instances.list();
    },
  );

  server.get<{ Params: { id: string } }>(
    "/instances/:id",
    { schema: { params, response: { 200: instanceView } } },
    async (request) => {
      await authenticateUser(request, keys.app);
      const instance = await instances.find(request.params.id);
      if (!instance) throw notFound();
      return instance;
    },
  );

  /** What the agent of an instance signs in with; it is of the ring "control-plane", and no use as an app token. */
  server.post<{ Params: { id: string } }>(
    "/instances/:id/agent-tokens",
    {
      schema: {
        params,
        response: {
          201: { type: "object", properties: { token: { type: "string" }, expiresInSeconds: { type: "integer" } } },
        },
      },
      onRequest: async (request) => void (await requireAdmin(request, keys.app)),
    },
    async (request, reply) => {
      const instance = await instances.find(request.params.id);
      if (!instance) throw notFound();
      reply.status(201);
      return {
        token: keys.controlPlane.sign({ sub: instance.id }, { expiresInSeconds: agentTokenLifetimeSeconds }),
        expiresInSeconds: agentTokenLifetimeSeconds,
      };
    },
  );

  server.post("/agent/heartbeat", async (request, reply) => {
    const { instanceId } = await authenticateAgent(request, keys.controlPlane);
    if (!(await instances.seen(instanceId))) throw notFound();
    reply.status(204);
  });
}

function notFound(): HttpError {
  return new HttpError(404, "NOT_FOUND", "There is no such instance.");
}

function isDatabaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname } = new URL(text);
  // The path is shown as the database's name: one with / or @ in it is a password that was not encoded.
  return /^(?:postgres|postgresql|mysql):$/.test(protocol) && hostname !== "" && /^\/[\w.-]+$/.test(pathname);
}
