import { SecretsError, type SecretsEvent } from "@qarion/secrets";

const worthALine: ReadonlySet<SecretsEvent["type"]> = new Set(["change", "error", "listener_error"]);

/** Events are metadata: a name, a version, a code, no value. */
export function logEvent(event: SecretsEvent): void {
  if (worthALine.has(event.type)) console.log(JSON.stringify({ message: "secret", ...event }));
}

/** Errors of secrets name the secret and say what to do. Of others the name and the code are all that is safe to repeat. */
export function logFailure(message: string, error: unknown): void {
  const { name, code } = error as Error & { code?: unknown };
  const facts = SecretsError.is(error) ? { code, secret: error.secretName, hint: error.hint } : { error: name, code };
  console.error(JSON.stringify({ message, ...facts }));
}
