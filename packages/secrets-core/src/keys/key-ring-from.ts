import type { Secret } from "../secret.js";
import type { Ref } from "../secret-ref.js";
import type { Secrets } from "../secrets.js";
import { cipherKeyVerdict, type HeldKeys, heldKeys } from "./held-keys.js";
import { cipherKeyIdRing } from "./key-id.js";
import type { LiveKeyRing } from "./key-ring.js";
import type { FallbackKeys } from "./ring-slots.js";
import { RotatingKeys } from "./rotating-keys.js";
import { usualRefs } from "./usual-refs.js";

export interface KeyRingOptions {
  /** What the keys are for. Two rings of one `Secrets` with different names may not hold one key. */
  readonly name: string;
  readonly current: Ref;
  /**
   * Keys that still open what was written with them, the latest first. `CURRENT@previous` is looked at in any case, so
   * that a rotation made by stages in the store reaches the ring.
   */
  readonly previous?: readonly Ref[];
  /** The key that is about to become current: it opens what others write with it already. Besides `CURRENT@pending`. */
  readonly pending?: Ref;
  /** The bytes of a key. Throws for what is no key, in words that never hold the value. */
  parse(secret: Secret): Uint8Array;
  /**
   * Where the key comes from when none of the ring's own is set: derived from another secret. Chosen once, at the start,
   * and kept however that secret rotates; a ring that holds a real key never comes back to it.
   */
  readonly fallback?: FallbackKeys;
}

/**
 * A ring of cipher keys that follows its secrets: what the store rotates, the ciphers made from it use, with no restart.
 *
 * @throws SecretsError `_NOT_FOUND` without a current key, `_INVALID_VALUE` for a blank or unusable one,
 * `_INVALID_CONFIG` for a previous key without a current one or a key that another ring holds, or whatever the provider
 * answered: a ring does not start half-configured
 */
export async function keyRingFrom(secrets: Secrets, keys: KeyRingOptions): Promise<LiveKeyRing> {
  const { name, current, previous, pending, fallback, parse } = keys;
  const rotating = await RotatingKeys.open(secrets, {
    name,
    keyIdRing: cipherKeyIdRing,
    current,
    ...(previous === undefined ? {} : { previous }),
    ...(pending === undefined ? {} : { pending: [pending] }),
    guessed: stagesOf(current),
    ...(fallback === undefined ? {} : { fallback }),
    parse,
    verdict: ({ state }) => cipherKeyVerdict(state),
  });
  const ring: LiveKeyRing & { readonly [heldKeys]: HeldKeys } = {
    [heldKeys]: rotating,
    status: () => rotating.status(),
    refresh: () => rotating.refresh(),
    ready: () => rotating.ready(),
    close: () => rotating.close(),
  };
  return ring;
}

function stagesOf(current: Ref): { readonly previous: readonly Ref[]; readonly pending: readonly Ref[] } {
  const { previous, pending } = usualRefs(current);
  const hasStage = (ref: Ref) => typeof ref !== "string" && ref.stage !== undefined;
  return { previous: previous.filter(hasStage), pending: pending.filter(hasStage) };
}
