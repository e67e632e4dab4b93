import type { SecretsEvent } from "@qarion/secrets";

const worthALine: ReadonlySet<SecretsEvent["type"]> = new Set(["change", "error", "fetch", "listener_error", "stale"]);

/** One line of JSON for each thing that happens to a secret. Events are metadata: a name, a version, a code, no value. */
export function logEvent(event: SecretsEvent): void {
  if (worthALine.has(event.type)) console.log(JSON.stringify({ message: "secret", ...event }));
}
