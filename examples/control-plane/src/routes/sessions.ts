import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { App } from "../app.js";
import { authenticateUser, requireAdmin } from "../authenticate.js";
import { HttpError } from "../errors.js";
import { appTokenLifetimeSeconds } from "../keys.js";
import { id, userView } from "./views.js";

const email = { type: "string", format: "email", maxLength: 254 } as const;
const password = { type: "string", minLength: 12, maxLength: 128 } as const;

/** Signing in and users. */
export async function sessionRoutes(server: FastifyInstance, { keys, users }: App): Promise<void> {
  // Guessing passwords is slowed down by account, whatever address it comes from, and by address, whatever the account.
  await server.register(rateLimit, { global: false });
  const limits = [
    server.createRateLimit({ max: 300, timeWindow: "1 minute" }),
    server.createRateLimit({
      max: 60,
      timeWindow: "1 minute",
      keyGenerator: (request) => String((request.body as { email?: unknown })?.email).toLowerCase(),
    }),
  ];
  const slowedDown = async (request: FastifyRequest) => {
    for (const limit of limits) {
      const { isAllowed, ...count } = await limit(request);
      if (!isAllowed && "isExceeded" in count && count.isExceeded) {
        throw new HttpError(429, "TOO_MANY_REQUESTS", "Too many attempts.");
      }
    }
  };

  server.post<{ Body: { email: string; password: string } }>(
    "/sessions",
    {
      preHandler: slowedDown,
      schema: {
        body: {
          type: "object",
          required: ["email", "password"],
          properties: { email, password: { type: "string", maxLength: 128 } },
        },
        response: {
          201: { type: "object", properties: { token: { type: "string" }, expiresInSeconds: { type: "integer" } } },
        },
      },
    },
    async (request, reply) => {
      const user = await users.signIn(request.body.email, request.body.password);
      if (!user) throw new HttpError(401, "SIGN_IN_FAILED", "The email address or the password is wrong.");
      reply.status(201);
      return {
        token: keys.app.sign({ sub: user.id, role: user.role }, { expiresInSeconds: appTokenLifetimeSeconds }),
        expiresInSeconds: appTokenLifetimeSeconds,
      };
    },
  );

  server.get("/me", { schema: { response: { 200: userView } } }, async (request) => {
    const { userId } = await authenticateUser(request, keys.app);
    const user = await users.find(userId);
    if (!user) throw new HttpError(404, "NOT_FOUND", "There is no such user any more.");
    return user;
  });

  server.post<{ Body: { email: string; password: string } }>(
    "/users",
    {
      schema: {
        body: { type: "object", required: ["email", "password"], properties: { email, password } },
        response: { 201: { type: "object", properties: { id } } },
      },
      onRequest: async (request) => void (await requireAdmin(request, keys.app)),
    },
    async (request, reply) => {
      reply.status(201);
      return users.create(request.body.email, request.body.password, "member");
    },
  );
}
