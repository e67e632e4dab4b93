import { SecretsError } from "@qarion/secrets";
import { start } from "./start.js";

try {
  const { server, stop } = await start(process.env);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, async () => {
      server.log.info({ signal }, "stopping");
      await stop().catch((error: unknown) => {
        server.log.error({ err: error }, "not everything could be closed");
        process.exitCode = 1;
      });
    });
  }
} catch (error) {
  for (const one of error instanceof AggregateError ? error.errors : [error]) {
    console.error(`control-plane does not start: ${describe(one)}`);
  }
  process.exitCode = 1;
}

/** Errors of secrets say their code, the name and what to do. Of others only the name and the code are safe to repeat. */
function describe(error: unknown): string {
  if (SecretsError.is(error)) return `${error.code}: ${error.message}`;
  const { name, code } = error as Error & { code?: unknown };
  return typeof code === "string" ? `${name} (${code})` : name;
}
