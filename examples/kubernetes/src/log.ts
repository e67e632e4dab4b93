import { SecretsError } from "@qarion/secrets";

/** Errors of secrets name the secret and say what to do. Of others the name and the code are all that is safe to repeat. */
export function logFailure(message: string, error: unknown): void {
  for (const one of error instanceof AggregateError ? error.errors : [error]) {
    const { name, code } = one as Error & { code?: unknown };
    const facts = SecretsError.is(one) ? { code, secret: one.secretName, hint: one.hint } : { error: name, code };
    console.error(JSON.stringify({ message, ...facts }));
  }
}
