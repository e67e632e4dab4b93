import { type FastifyInstance, fastify } from "fastify";
import type { Database } from "./database.js";
import { HttpError, handleError } from "./errors.js";
import type { Keys } from "./keys.js";
import { loggerOptions } from "./log.js";
import { ConnectorModel } from "./models/connector.js";
import { InstanceModel } from "./models/instance.js";
import { UserModel } from "./models/user.js";
import { connectorRoutes } from "./routes/connectors.js";
import { instanceRoutes } from "./routes/instances.js";
import { operationRoutes } from "./routes/operations.js";
import { sessionRoutes } from "./routes/sessions.js";

/** What the routes work with. */
export interface App {
  readonly keys: Keys;
  readonly database: Database;
  readonly users: UserModel;
  readonly instances: InstanceModel;
  readonly connectors: ConnectorModel;
}

export interface AppOptions {
  readonly keys: Keys;
  readonly database: Database;
  readonly logLevel: string;
  readonly logStream?: { write(line: string): void };
}

export async function buildApp({
  keys,
  database,
  logLevel,
  logStream,
}: AppOptions): Promise<{ server: FastifyInstance; app: App }> {
  const app: App = {
    keys,
    database,
    users: new UserModel(database),
    instances: new InstanceModel(database, keys.instanceUrls),
    connectors: new ConnectorModel(database, keys.connectorCredentials),
  };
  const server = fastify({
    logger: loggerOptions(logLevel, logStream) ?? false,
    forceCloseConnections: "idle",
    bodyLimit: 64 * 1024,
    frameworkErrors: handleError,
  });
  server.setErrorHandler(handleError);
  server.setNotFoundHandler(() => {
    throw new HttpError(404, "NOT_FOUND", "There is no such resource.");
  });
  for (const routes of [sessionRoutes, instanceRoutes, connectorRoutes, operationRoutes]) {
    await server.register(async (scope) => routes(scope, app));
  }
  return { server, app };
}
