import type { Naming } from "./naming.js";
import { parseRef, type Ref } from "./secret-ref.js";
import type { StoreRef } from "./store-ref.js";

const mostRefs = 1_000;

/** Where references lie in the store; those written as strings are parsed once. */
export class LocatedRefs {
  readonly #naming: Naming;
  readonly #known = new Map<string, StoreRef>();

  constructor(naming: Naming) {
    this.#naming = naming;
  }

  /** @throws SecretsError `ERR_SECRETS_INVALID_REF`, `ERR_SECRETS_UNSUPPORTED` */
  of(ref: Ref): StoreRef {
    if (typeof ref !== "string") return this.#naming.locate(parseRef(ref));
    let at = this.#known.get(ref);
    if (!at) {
      at = this.#naming.locate(parseRef(ref));
      if (this.#known.size >= mostRefs) this.#known.clear();
      this.#known.set(ref, at);
    }
    return at;
  }
}
