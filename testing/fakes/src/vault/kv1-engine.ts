import { parseDuration } from "./go-time.js";
import { namesBelow } from "./key-tree.js";
import type { Engine, EngineCall, EngineResponse, Fields } from "./logical.js";
import { sorted } from "./merge-patch.js";
import { badRequest, unsupportedOperation } from "./vault-error.js";

/** The secrets engine KV, version 1: one value for a key, no versions, nothing before the key in its path. */
export class Kv1Engine implements Engine {
  readonly type = "kv";
  readonly #values = new Map<string, string>();
  readonly #leaseSeconds: number;

  /** @param leaseSeconds what a read says where the value has no `ttl` */
  constructor(leaseSeconds: number) {
    this.#leaseSeconds = leaseSeconds;
  }

  exists(path: string): boolean {
    return this.#values.has(path);
  }

  handle({ operation, path, fields }: EngineCall): EngineResponse | undefined {
    switch (operation) {
      case "read":
        return this.#read(path);
      case "list":
        return { data: { keys: namesBelow(this.#values.keys(), path) } };
      case "delete":
        this.#values.delete(path);
        return undefined;
      case "patch":
        throw unsupportedOperation();
      default:
        if (path === "") throw badRequest("missing path");
        if (Object.keys(fields).length === 0) throw badRequest("missing data fields");
        this.#values.set(path, JSON.stringify(sorted(fields)));
        return undefined;
    }
  }

  #read(path: string): EngineResponse | undefined {
    const json = this.#values.get(path);
    if (json === undefined) return undefined;
    const data = JSON.parse(json) as Fields;
    const ttlMs = parseDuration(data.ttl ?? data.lease);
    return { data, leaseSeconds: ttlMs === undefined ? this.#leaseSeconds : ttlMs / 1_000 };
  }
}
