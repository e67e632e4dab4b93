import type { Namespace } from "./namespaces.js";

type TokenType = "service" | "batch";

/** How long a token may live, in milliseconds; 0 where nothing is said. */
export interface TokenLimits {
  readonly ttlMs: number;
  readonly maxTtlMs: number;
  /** Each renewal gives this much, without an end. */
  readonly periodMs: number;
}

export interface TokenEntry {
  readonly id: string;
  readonly accessor: string;
  readonly namespace: Namespace;
  readonly policies: readonly string[];
  /** The path of the request that made it. */
  readonly path: string;
  readonly meta: Readonly<Record<string, string>> | null;
  readonly displayName: string;
  readonly entityId: string;
  readonly type: TokenType;
  readonly renewable: boolean;
  readonly parent?: TokenEntry;
  readonly createdAtMs: number;
  /** The time to live that it was given; 0 of one that never ends. */
  readonly ttlMs: number;
  readonly explicitMaxTtlMs: number;
  readonly periodMs: number;
  /** What a renewal goes by; throws where the role that gave the token is gone. */
  limits(): TokenLimits;
  /** How far the storage was when it was made: a node that is behind cannot know it. */
  readonly index: number;
  expiresAtMs?: number;
  lastRenewedAtMs?: number;
  /** 0: without a limit; -1: this is the last use. */
  numUses: number;
  revoked: boolean;
}
