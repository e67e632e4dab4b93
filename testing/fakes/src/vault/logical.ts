import type { Namespace } from "./namespaces.js";
import type { TokenEntry } from "./token-entry.js";
import type { VaultError } from "./vault-error.js";

/** What a request does. A write is told to be a creation or an update by whether the thing exists. */
export type Operation = "read" | "list" | "create" | "update" | "patch" | "delete";

export type Fields = Readonly<Record<string, unknown>>;

/** A request as the engine of a mount sees it. */
export interface EngineCall {
  readonly operation: Operation;
  /** The path of the mount, such as `auth/approle/`. */
  readonly mount: string;
  /** Below the mount, decoded; of a list with `/` at its end. */
  readonly path: string;
  /** The body's members, or those of the query of a read. */
  readonly fields: Fields;
  readonly namespace: Namespace;
  /** Who asks, once the policies have let the request through; at an open path, who asks if anybody. */
  readonly caller?: TokenEntry;
  /** At an open path without a caller: how the token that was given, or its absence, would be refused elsewhere. */
  readonly refusal?: VaultError;
}

export interface EngineResponse {
  readonly data?: unknown;
  readonly auth?: object;
  readonly warnings?: readonly string[];
  /** `lease_duration`, in seconds. */
  readonly leaseSeconds?: number;
  /** Where it is not 200. */
  readonly status?: number;
  /** The whole body, already in its form: of a response that is unwrapped, or the empty one. */
  readonly rawBody?: string;
}

/** What is mounted at a path. It answers `undefined` where it has nothing to say, or throws a `VaultError`. */
export interface Engine {
  readonly type: string;
  /** Whether what a write is about exists; without, every write is an update. */
  exists?(path: string): boolean;
  /** A path that needs no token. */
  isOpen?(path: string, operation: Operation): boolean;
  /** A path that needs the capability `sudo` besides. */
  isProtected?(path: string): boolean;
  handle(call: EngineCall): EngineResponse | undefined;
}
