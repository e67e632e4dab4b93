import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { Secrets } from "@qarion/secrets";
import { logFailure } from "./log.js";
import { isAllowed, refs } from "./report-login.js";

/** A report for those who know the password, and the two probes of the kubelet. */
export function reportService(secrets: Secrets): Server {
  const routes: Readonly<Record<string, RequestListener>> = {
    /** The process is alive. A restart mends no secret, so it is not asked for one. */
    "/healthz": (_, response) => send(response, 200, { status: "alive" }),

    /** Whether it should get requests. Who asks is not known, so names and reasons are logged and not answered. */
    "/readyz": async (_, response) => {
      const { status, secrets: verdicts } = await secrets.check(Object.values(refs));
      if (status === "error") console.error(JSON.stringify({ message: "not ready", secrets: verdicts }));
      send(response, status === "error" ? 503 : 200, { status });
    },

    "/report": async ({ headers }, response) => {
      if (await isAllowed(secrets, headers.authorization)) return send(response, 200, { orders: 42 });
      response.setHeader("www-authenticate", 'Basic realm="report", charset="UTF-8"');
      send(response, 401, { error: "Sign in." });
    },
  };

  return createServer(async (request, response) => {
    try {
      const path = (request.url ?? "").split("?")[0] ?? "";
      const route = request.method === "GET" && Object.hasOwn(routes, path) ? routes[path] : undefined;
      if (route) await route(request, response);
      else send(response, 404, { error: "There is nothing here." });
    } catch (error) {
      logFailure("a request failed", error);
      send(response, 503, { error: "Try again later." });
    }
  });
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}
