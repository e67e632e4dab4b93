import type { Secrets } from "@qarion/secrets";
import { createRedactor } from "@qarion/secrets-core/redact";
import { type DestinationStream, type Logger, type LoggerOptions, pino } from "pino";

/** A logger whose lines hold no value that these secrets have read, wherever in the line, quoted or encoded. */
export function createLogger(secrets: Secrets, options: LoggerOptions = {}, destination?: DestinationStream): Logger {
  const redactor = createRedactor();
  redactor.follow(secrets);
  const hooks = { ...options.hooks, streamWrite: (line: string) => redactor.redact(line) }; // of child loggers too
  return pino({ ...options, hooks }, destination);
}
