import { once } from "node:events";
import { createSecrets, memoryProvider } from "@qarion/secrets-core";
import { pino } from "pino";
import { createLogger } from "../../src/pino-logger.js";

const { PLANTED: value = "", FILE: dest = "", DESTINATION: how, END: end } = process.env;

async function main(): Promise<void> {
  const secrets = createSecrets({ provider: memoryProvider({ API_KEY: value }) });
  const destination =
    how === "async"
      ? pino.destination({ dest, sync: false, minLength: 4_096 })
      : pino.destination({ dest, sync: true });
  if (how === "async") await once(destination, "ready"); // before that, pino itself loses what is logged at an exit
  const logger = createLogger(secrets, {}, destination);
  await secrets.get("API_KEY");
  logger.info(`first ${value}`);
  logger.child({ header: value }).info("second");
  if (end === "fatal") logger.fatal(new Error(`last ${value}`));
  else logger.error(new Error(`last ${value}`));
  if (end === "throw") throw new Error("without a value");
  process.exit(0);
}

void main();
