import type { Stage } from "../provider.js";
import type { Secret } from "../secret.js";

/**
 * One key of a ring, told without its material. The same shape for ciphers, JWT rings and bearer tokens. Counts are
 * this process's only: hints, never evidence.
 */
export interface KeyStatus {
  /** From the value by HMAC, so it stays the same as the key moves; `derived:NAME` or `weak:NAME` where an id made from the value could be used to guess it. */
  readonly keyId: string;
  readonly state: Stage;
  readonly uses: number;
  readonly lastUsedAt?: Date;
  /** From this moment a previous key is no longer accepted, if that moment is known from a durable fact. */
  readonly retireAfter?: Date;
  /** `true` only from durable facts; `because` says from which, or what is missing. */
  readonly safeToRemove: boolean | "unknown";
  readonly because: string;
}

/** Keys that follow their secrets. What ciphers read from it is behind `heldKeys`. */
export interface KeyRing {
  status(): readonly KeyStatus[];
  close(): Promise<void>;
}

/** A ring of `keyRingFrom`: it refreshes in the background, and when it is told to. */
export interface LiveKeyRing extends KeyRing {
  /** Reads the slots again, now. It does not reject: what could not be read leaves the last good keys in place. */
  refresh(): Promise<void>;
  /** Refreshes if that is due: the first line of a handler on a runtime that freezes. */
  ready(): Promise<void>;
}

/** Where a cipher's keys come from: a fixed list, the current key first, or a ring that follows its secrets. */
export type KeySource = readonly (string | Uint8Array | Secret)[] | KeyRing;
