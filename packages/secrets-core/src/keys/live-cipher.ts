import type { Cipher } from "./cipher.js";
import type { LiveKeyRing } from "./key-ring.js";

/** A cipher together with the ring that it owns. */
export type LiveCipher = Cipher & Pick<LiveKeyRing, "refresh" | "ready" | "close">;

/** The cipher made from the ring, with the ring's refresh and close at hand. */
export function liveCipher(ring: LiveKeyRing, make: (options: { readonly keys: LiveKeyRing }) => Cipher): LiveCipher {
  return Object.assign(make({ keys: ring }), {
    refresh: () => ring.refresh(),
    ready: () => ring.ready(),
    close: () => ring.close(),
  });
}
