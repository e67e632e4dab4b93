import { type FakeClock, fakeClock } from "@qarion-testing/support";
import {
  type CreateSecretsOptions,
  createSecrets,
  type Secret,
  type SecretProvider,
  type Secrets,
} from "../../src/index.js";
import { type KeyRing, keysOf, RotatingKeys, type RotatingKeysOptions } from "../../src/keys/index.js";

export const minute = 60_000;
export const hour = 60 * minute;

export function clockedSecrets(
  provider: SecretProvider,
  options: Omit<CreateSecretsOptions, "provider" | "clock"> = {},
  clock: FakeClock = fakeClock(),
): { clock: FakeClock; secrets: Secrets } {
  return { clock, secrets: createSecrets({ provider, clock, ...options }) };
}

export const asBytes = (secret: Secret): Uint8Array => secret.revealBytes();

/** What the ring holds, as "state value", in its order. */
export function contents(ring: KeyRing | RotatingKeys): string[] {
  const held = ring instanceof RotatingKeys ? ring : keysOf(ring, (key) => Buffer.from(key));
  return held.generation().map(({ key, state }) => `${state} ${Buffer.from(key.material)}`);
}

/** The value of the key that the ring would encrypt with. */
export function encryptsWith(ring: KeyRing | RotatingKeys): string {
  const held = ring instanceof RotatingKeys ? ring : keysOf(ring, (key) => Buffer.from(key));
  return Buffer.from(held.encryptionKey().material).toString();
}

/** A ring as that of tokens: previous keys have an end. */
export function openRotating(secrets: Secrets, options: Partial<RotatingKeysOptions> = {}): Promise<RotatingKeys> {
  return RotatingKeys.open(secrets, {
    name: "tokens",
    current: "KEY",
    previous: ["KEY@previous"],
    pending: ["KEY@pending"],
    parse: asBytes,
    verdict: () => ({ safeToRemove: "unknown", because: "nobody asked" }),
    ...options,
  });
}
