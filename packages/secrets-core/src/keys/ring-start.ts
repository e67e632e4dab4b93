import { SecretsError } from "../secrets-error.js";
import type { Reading, Slot } from "./ring-reading.js";
import type { RingReadings } from "./ring-slots.js";

type Key = Extract<Reading, { kind: "key" }>;

/**
 * A ring starts with a current key and no slot left in doubt, or, where the store says "not found" of its own current and
 * previous keys, with the derived fallback.
 *
 * @throws SecretsError the first thing that stands against it
 */
export function refuseToStart(readings: RingReadings, currentSlot: Slot): void {
  const { current, previous, pending, fallback, rotatedAt } = readings;
  for (const reading of [current, ...pending.values(), ...previous.values(), ...(rotatedAt ? [rotatedAt] : [])]) {
    if (isInDoubt(reading)) throw reading.error;
  }
  if (current.kind === "key") return;
  if (current.kind !== "absent" || current.error.code !== "ERR_SECRETS_NOT_FOUND") throw current.error;
  const orphan = [...previous.values()].find((reading): reading is Key => reading.kind === "key");
  if (orphan) {
    throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", {
      secretName: currentSlot.ref.text,
      hint: `${orphan.secret.name} is set and ${currentSlot.ref.text} is not: set the current key, or remove the previous one.`,
    });
  }
  if (!fallback) throw current.error;
  for (const reading of [fallback.current, ...fallback.previous.values()]) {
    if (isInDoubt(reading)) throw reading.error;
  }
  if (fallback.current.kind === "key") return;
  throw new SecretsError(
    fallback.current.kind === "absent" && fallback.current.error.code === "ERR_SECRETS_INVALID_VALUE"
      ? "ERR_SECRETS_INVALID_VALUE"
      : "ERR_SECRETS_NOT_FOUND",
    {
      secretName: currentSlot.ref.text,
      hint: "Set it, or the secret that its key is derived from when it is not set.",
    },
  );
}

function isInDoubt(reading: Reading): reading is Extract<Reading, { kind: "denied" | "invalid" | "unknown" }> {
  return reading.kind === "denied" || reading.kind === "invalid" || reading.kind === "unknown";
}
