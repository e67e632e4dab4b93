import type { SecretsErrorCode } from "./secrets-error.js";

/** Which of a secret's values is meant: the one in use, the one it replaced, or the one that is about to replace it. */
export type Stage = "current" | "previous" | "pending";

/** What core asks a provider for. Core has parsed and validated it, and keeps `#key` to itself. */
export interface ProviderRef {
  readonly name: string;
  readonly stage: Stage;
  /** A version id of the store. When it is given, it decides, and `stage` is `"current"`. */
  readonly version?: string;
}

export interface VersionInfo {
  /** The store's id of this version. Never derived from the value. */
  readonly version?: string;
  /** When this version took its stage; only if the store really knows. */
  readonly activatedAt?: Date;
}

/** One secret as a provider hands it to core. */
export interface ProviderSecret extends VersionInfo {
  readonly value: string | Uint8Array;
  /** Caps how long core may cache this value, in milliseconds. `0`: never cached, every read asks the provider. */
  readonly maxAgeMs?: number;
}

export interface CallContext {
  /** Aborts when the caller gives up or the call has used up its time. */
  readonly signal: AbortSignal;
}

/** What core passes to `put`. */
export interface WriteContext extends CallContext {
  /**
   * Write only while this version is the current one, in one step with the check; else fail with any error. It is given
   * only to providers with `conditionalWrites`.
   */
  readonly ifVersion?: string;
}

export interface ProviderCapabilities {
  /** `ref.stage` other than `"current"` can be asked for. */
  readonly stages: boolean;
  /** `ref.version` can be asked for. */
  readonly versions: boolean;
  /** `false`: what is read here lives with this process or machine, so it is no place to keep a key for later. */
  readonly durable?: boolean;
  /** Caps how long core may cache any answer, "not found" among them, in milliseconds. `0`: nothing is cached. */
  readonly maxAgeMs?: number;
  /** `put` honours `ifVersion`. Members of a bundle are written only where it does. */
  readonly conditionalWrites?: boolean;
}

/**
 * How the names that users ask for become the store's own. It is data: core applies it for every provider alike, and a
 * provider's methods see names of the store.
 */
export interface ProviderNaming {
  /** Stands before every name, as it is: `"prod/"` makes `prod/SECRET_KEY` of `SECRET_KEY`. */
  readonly prefix?: string | undefined;
  /**
   * The store's name of one JSON object whose members are the secrets. Members have no stages and no versions, since the
   * previous version of a bundle says nothing of one member. Not together with `prefix`.
   */
  readonly bundle?: string | undefined;
}

/**
 * The contract of a provider: one fetch and one error classification. A method's presence is the capability. Caching,
 * single-flight, timeouts, `#key`, wrapping of errors and events are core's, for all providers alike.
 *
 * A provider may throw whatever its SDK throws and tell the code in `classifyError`, or throw a `SecretsError` itself.
 */
export interface SecretProvider {
  readonly name: string;
  readonly capabilities: ProviderCapabilities;
  readonly naming?: ProviderNaming | undefined;
  get(ref: ProviderRef, context: CallContext): Promise<ProviderSecret>;
  /** The result is keyed by the very objects that were passed in; each has a secret or its own error. */
  getMany?(
    refs: readonly ProviderRef[],
    context: CallContext,
  ): Promise<ReadonlyMap<ProviderRef, ProviderSecret | Error>>;
  /** What version a reference names now, without its value: a cheap revalidation. */
  describe?(ref: ProviderRef, context: CallContext): Promise<VersionInfo>;
  /** Names only, never values. */
  list?(options: { readonly prefix?: string }, context: CallContext): AsyncIterable<{ readonly name: string }>;
  put?(ref: ProviderRef, value: string | Uint8Array, context: WriteContext): Promise<VersionInfo>;
  /** Moves the version to current and the current one to previous. */
  promote?(name: string, version: string, context: CallContext): Promise<void>;
  /** Tells of changes; ends on abort, throws on failure. */
  watch?(context: CallContext): AsyncIterable<{ readonly name?: string }>;
  /** The code of an error of this provider; `undefined` leaves it to core, which knows aborts, DNS and sockets. */
  classifyError?(raw: unknown): SecretsErrorCode | undefined;
  close?(): Promise<void>;
}
