import type { Secret } from "../secret.js";
import { type ParsedRef, parseRef, type Ref } from "../secret-ref.js";
import { SecretsError } from "../secrets-error.js";
import type { SecretsInternals } from "../secrets-internals.js";
import { CipherError } from "./cipher-error.js";
import { isBlank, keyBytes } from "./held-keys.js";

/** One place that a ring reads a key from. */
export interface Slot {
  readonly ref: ParsedRef;
  /** Looked at by a default rule, not named by the user: that there can be no such slot, or no right to read it, is no error. */
  readonly guessed: boolean;
}

/** What a slot holds now, told apart as the rules of rings need it. */
export type Reading =
  | { readonly kind: "key"; readonly material: Uint8Array; readonly secret: Secret }
  /** The store says there is none, or it is blank where blank means none. */
  | { readonly kind: "absent"; readonly error: SecretsError }
  | { readonly kind: "denied"; readonly error: SecretsError }
  /** What it holds is no key, which is as explicit as nothing: someone may have written over a key to end it. */
  | { readonly kind: "invalid"; readonly error: SecretsError }
  /** The store could not be asked: what was known before stands. */
  | { readonly kind: "unknown"; readonly error: SecretsError };

export function slotOf(ref: Ref, guessed = false): Slot {
  return { ref: parseRef(ref), guessed };
}

/** Reads one slot past every cache. `parse` throws for what is no key, in words that never hold the value. */
export async function readSlot(
  slot: Slot,
  parse: (secret: Secret) => Uint8Array,
  internals: SecretsInternals,
  seen: (ttlMs: number) => void,
): Promise<Reading> {
  let secret: Secret;
  try {
    const answer = await internals.readNow(slot.ref);
    seen(answer.ttlMs);
    secret = answer.secret;
  } catch (error) {
    return failed(error, slot);
  }
  if (isBlank(secret.revealBytes())) {
    return { kind: "absent", error: invalidKey(secret.name, "The value is empty or blank, and that is never a key.") };
  }
  try {
    return { kind: "key", material: keyBytes(parse(secret)), secret };
  } catch (error) {
    return { kind: "invalid", error: notAKey(error, secret.name) };
  }
}

function failed(raw: unknown, { guessed }: Slot): Reading {
  if (!SecretsError.is(raw)) throw raw;
  switch (raw.code) {
    case "ERR_SECRETS_NOT_FOUND":
    case "ERR_SECRETS_VERSION_DISABLED":
      return { kind: "absent", error: raw };
    case "ERR_SECRETS_INVALID_VALUE":
      return { kind: "invalid", error: raw };
    case "ERR_SECRETS_UNSUPPORTED":
    case "ERR_SECRETS_INVALID_REF":
      return { kind: guessed ? "absent" : "unknown", error: raw };
    case "ERR_SECRETS_ACCESS_DENIED":
      // A least-privilege policy does not name what nobody asked for. Not using such a slot accepts fewer keys, never more.
      return { kind: guessed ? "absent" : "denied", error: raw };
    default:
      return { kind: "unknown", error: raw };
  }
}

function notAKey(error: unknown, secretName: string): SecretsError {
  if (SecretsError.is(error)) return error;
  return invalidKey(
    secretName,
    (CipherError.is(error) ? error.hint : undefined) ?? "The value is not a key for this ring.",
    error,
  );
}

export function invalidKey(secretName: string, hint: string, cause?: unknown): SecretsError {
  return new SecretsError("ERR_SECRETS_INVALID_VALUE", { secretName, hint, ...(cause === undefined ? {} : { cause }) });
}
