import { once } from "node:events";
import { configFrom } from "./config.js";
import { logFailure } from "./log.js";
import { shopSecrets } from "./shop-secrets.js";
import { webhookService } from "./webhook-service.js";

const config = configFrom(process.env);
const secrets = shopSecrets(config);
try {
  const server = await webhookService(secrets, config.mailUrl);
  await once(server.listen(config.port, config.host), "listening");
  console.log(JSON.stringify({ message: "listening", port: config.port }));
  process.once("SIGTERM", () => {
    server.close(() => secrets.close());
    server.closeIdleConnections();
  });
} catch (error) {
  logFailure("the service does not start", error);
  process.exitCode = 1;
  await secrets.close();
}
