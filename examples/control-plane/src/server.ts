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
  for (const problem of problems(error)) console.error(`control-plane does not start: ${problem}`);
  process.exitCode = 1;
}

/** One line for each thing that is wrong: what keeps several secrets from being had is told once, with their names. */
function problems(error: unknown): Iterable<string> {
  const named = new Map<string, string[]>();
  for (const one of error instanceof AggregateError ? error.errors : [error]) {
    const problem = describe(one);
    named.set(problem, [...(named.get(problem) ?? []), ...(SecretsError.is(one) ? [one.secretName ?? ""] : [])]);
  }
  return [...named].map(([problem, names]) => [problem, names.filter(Boolean).join(", ")].filter(Boolean).join(" — "));
}

/** Errors of secrets say their code and what to do. Of others only the name and the code are safe to repeat. */
function describe(error: unknown): string {
  if (SecretsError.is(error)) return `${error.code}: ${error.hint}`;
  const { name, code } = error as Error & { code?: unknown };
  return typeof code === "string" ? `${name} (${code})` : name;
}
