import { randomBytes } from "node:crypto";
import type { Namespace } from "./namespaces.js";
import type { TokenEntry, TokenLimits } from "./token-entry.js";
import { effectiveTtl, SYSTEM_TTL_MS } from "./token-ttl.js";
import type { VaultClock } from "./vault-clock.js";
import { badRequest } from "./vault-error.js";

const LAST_USE = -1;
const NEVER = { ttlMs: 0, maxTtlMs: 0, periodMs: 0 };

/** What a new token is asked to be; what is left out is as in most tokens. */
export interface NewToken {
  readonly namespace: Namespace;
  readonly policies: readonly string[];
  readonly path: string;
  readonly displayName: string;
  readonly id?: string;
  readonly meta?: Readonly<Record<string, string>> | null;
  readonly entityId?: string;
  readonly type?: TokenEntry["type"];
  readonly renewable?: boolean;
  readonly parent?: TokenEntry;
  readonly numUses?: number;
  readonly explicitMaxTtlMs?: number;
  /** Asked again at each renewal. */
  limits(): TokenLimits;
  /** Never ends, as a root token. */
  readonly endless?: boolean;
}

export interface IssuedToken {
  readonly token: TokenEntry;
  readonly warnings: readonly string[];
}

/** All tokens of a server. What has expired, or whose parent is gone, is not found; nothing runs in the background. */
export class TokenStore {
  /** The default and the most that the server's configuration allows. */
  ttlMs = SYSTEM_TTL_MS;
  maxTtlMs = SYSTEM_TTL_MS;
  readonly #clock: VaultClock;
  readonly #prefix: string;
  readonly #index: () => number;
  readonly #tokens = new Map<string, TokenEntry>();

  /** @param index how far the storage will be once what is under way is stored */
  constructor(clock: VaultClock, prefix: string, index: () => number) {
    this.#clock = clock;
    this.#prefix = prefix;
    this.#index = index;
  }

  issue(asked: NewToken): IssuedToken {
    const nowMs = this.#clock.now();
    const type = asked.type ?? "service";
    const limits = asked.endless ? NEVER : asked.limits();
    const explicitMaxTtlMs = asked.explicitMaxTtlMs ?? 0;
    const { ttlMs, warnings } = asked.endless
      ? { ttlMs: explicitMaxTtlMs, warnings: [] }
      : this.#ttl({ ...limits, incrementMs: 0, explicitMaxTtlMs, startMs: nowMs, nowMs });
    const token: TokenEntry = {
      id: asked.id ?? this.#newId(type, asked.namespace),
      accessor: type === "batch" ? "" : randomBytes(18).toString("base64url"),
      namespace: asked.namespace,
      policies: [...new Set(asked.policies)].sort(),
      path: asked.path,
      meta: asked.meta ?? null,
      displayName: asked.displayName,
      entityId: asked.entityId ?? "",
      type,
      renewable: type === "service" && ttlMs > 0 && (asked.renewable ?? true),
      ...(asked.parent === undefined ? {} : { parent: asked.parent }),
      createdAtMs: nowMs,
      ttlMs,
      explicitMaxTtlMs,
      periodMs: limits.periodMs,
      limits: () => asked.limits(),
      index: this.#index(),
      ...(ttlMs > 0 ? { expiresAtMs: nowMs + ttlMs } : {}),
      numUses: asked.numUses ?? 0,
      revoked: false,
    };
    this.#tokens.set(token.id, token);
    return { token, warnings };
  }

  find(id: string): TokenEntry | undefined {
    const token = this.#tokens.get(id);
    return token !== undefined && this.isAlive(token) ? token : undefined;
  }

  findByAccessor(accessor: string): TokenEntry | undefined {
    const token = [...this.#tokens.values()].find((one) => one.accessor === accessor && accessor !== "");
    return token === undefined ? undefined : this.find(token.id);
  }

  isAlive({ revoked, expiresAtMs = Number.POSITIVE_INFINITY, parent }: TokenEntry): boolean {
    return !revoked && expiresAtMs > this.#clock.now() && (parent === undefined || this.isAlive(parent));
  }

  /** Counts one use. The last one is still good for the request that it is for, and `settle` ends it. */
  use(token: TokenEntry): void {
    if (token.numUses === 1) token.numUses = LAST_USE;
    else if (token.numUses > 1) token.numUses--;
  }

  settle(token: TokenEntry): void {
    if (token.numUses === LAST_USE) token.revoked = true;
  }

  /** Its children go with it, since they are alive only while it is. */
  revoke(token: TokenEntry): void {
    if (token.type === "batch") throw badRequest("batch tokens cannot be revoked");
    token.revoked = true;
  }

  /** @throws VaultError 400 for a token that is not renewable */
  renew(token: TokenEntry, incrementMs: number): readonly string[] {
    if (token.type === "batch") throw badRequest("batch tokens cannot be renewed");
    if (!token.renewable) throw badRequest("lease is not renewable");
    const nowMs = this.#clock.now();
    const { createdAtMs: startMs, explicitMaxTtlMs } = token;
    const { ttlMs, warnings } = this.#ttl({ ...token.limits(), incrementMs, explicitMaxTtlMs, startMs, nowMs });
    token.expiresAtMs = nowMs + ttlMs;
    token.lastRenewedAtMs = nowMs;
    return warnings;
  }

  /** Whole seconds, as `ttl` and `lease_duration` give them; 0 of a token that never ends. */
  secondsLeft({ expiresAtMs }: TokenEntry): number {
    return expiresAtMs === undefined ? 0 : Math.max(0, Math.floor((expiresAtMs - this.#clock.now()) / 1_000));
  }

  #ttl(question: Omit<Parameters<typeof effectiveTtl>[0], "systemTtlMs" | "systemMaxTtlMs">) {
    return effectiveTtl({ ...question, systemTtlMs: this.ttlMs, systemMaxTtlMs: this.maxTtlMs });
  }

  #newId(type: TokenEntry["type"], { path, id }: Namespace): string {
    const prefix = type === "batch" ? this.#prefix.replace("s.", "b.") : this.#prefix;
    return `${prefix}${randomBytes(18).toString("base64url")}${path === "" ? "" : `.${id}`}`;
  }
}
