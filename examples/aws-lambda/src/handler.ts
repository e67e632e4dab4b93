import { secretsFromEnv } from "@qarion/secrets";
import { configFrom } from "./config.js";
import { logEvent } from "./log.js";
import { orderHandler } from "./order-handler.js";

// Once for each instance of the function, before its first event. What is thrown here fails the start, with the names of
// the secrets that could not be had; an instance without them takes no events.
const secrets = await secretsFromEnv({
  timeoutMs: 3_000, // the initialisation of a function ends after 10 s
  onEvent: logEvent,
});

export const handler = await orderHandler(secrets, configFrom(process.env));
