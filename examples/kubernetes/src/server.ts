import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { secretsFromEnv } from "@qarion/secrets";
import { configFrom } from "./config.js";
import { logFailure } from "./log.js";
import { reportService } from "./report-service.js";

try {
  const { host, port } = configFrom(process.env);
  const secrets = await secretsFromEnv();
  const server = reportService(secrets);
  await once(server.listen(port, host), "listening");
  console.log(JSON.stringify({ message: "listening", port: (server.address() as AddressInfo).port }));

  // The kubelet's way of asking: what is under way is answered, and nothing new is taken.
  process.once("SIGTERM", () => {
    server.close(() => secrets.close());
    server.closeIdleConnections();
  });
} catch (error) {
  logFailure("the service does not start", error);
  process.exitCode = 1;
}
