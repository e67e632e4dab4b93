import { authBlock } from "./auth-block.js";
import { WRAPPING_POLICY } from "./default-policies.js";
import { boolField, durationField, intField, listField, mapField, textField } from "./fields.js";
import { instant } from "./go-time.js";
import type { Engine, EngineCall, EngineResponse, Fields } from "./logical.js";
import type { TokenEntry } from "./token-entry.js";
import type { TokenStore } from "./token-store.js";
import { badRequest, permissionDenied, unsupportedOperation, VaultError } from "./vault-error.js";

export interface TokenEngineHost {
  readonly tokens: TokenStore;
  /** Whether the token has the capability `sudo` at a path, which has its namespace before it. */
  isSudo(token: TokenEntry, path: string): boolean;
}

/** The auth method `token`: what a token can learn and do about itself and others. */
export class TokenEngine implements Engine {
  readonly type = "token";
  readonly #host: TokenEngineHost;

  constructor(host: TokenEngineHost) {
    this.#host = host;
  }

  isProtected(path: string): boolean {
    return path === "revoke-orphan" || path === "create-orphan" || path.startsWith("accessors");
  }

  handle(call: EngineCall): EngineResponse | undefined {
    const { operation, path, fields, caller } = call;
    if (caller === undefined) throw permissionDenied();
    const isWrite = operation === "create" || operation === "update";
    if (path === "lookup-self" && operation !== "delete") return this.#lookup(caller);
    if (path === "lookup" && operation !== "delete") return this.#lookup(this.#named(fields, caller));
    if (!isWrite) throw unsupportedOperation();
    switch (path) {
      case "create":
      case "create-orphan":
        return this.#create(call, caller, path === "create-orphan");
      case "renew-self":
        return this.#renew(caller, fields);
      case "renew":
        return this.#renew(this.#required(fields), fields);
      case "revoke-self":
        return void this.#host.tokens.revoke(caller);
      case "revoke":
        return this.#revoke(this.#host.tokens.find(textField(fields, "token")));
      case "lookup-accessor":
        return this.#lookup(this.#byAccessor(fields), "");
      case "revoke-accessor":
        return this.#revoke(this.#byAccessor(fields));
      default:
        throw new VaultError(404, "unsupported path");
    }
  }

  #lookup(token: TokenEntry, id: string = token.id): EngineResponse {
    const { expiresAtMs, lastRenewedAtMs, createdAtMs, periodMs, namespace } = token;
    const isRoot = token.path === "auth/token/root";
    return {
      data: {
        accessor: token.accessor,
        creation_time: Math.floor(createdAtMs / 1_000),
        creation_ttl: token.ttlMs / 1_000,
        display_name: token.displayName,
        entity_id: token.entityId,
        expire_time: expiresAtMs === undefined ? null : instant(expiresAtMs).text,
        explicit_max_ttl: token.explicitMaxTtlMs / 1_000,
        id,
        ...(isRoot ? {} : { issue_time: instant(createdAtMs).text, renewable: token.renewable }),
        ...(lastRenewedAtMs === undefined
          ? {}
          : { last_renewal: instant(lastRenewedAtMs).text, last_renewal_time: Math.floor(lastRenewedAtMs / 1_000) }),
        meta: token.meta,
        ...(namespace.path === "" ? {} : { namespace_path: namespace.path }),
        num_uses: token.numUses,
        orphan: token.parent === undefined,
        path: token.path,
        ...(periodMs > 0 ? { period: periodMs / 1_000 } : {}),
        policies: token.policies,
        ttl: this.#host.tokens.secondsLeft(token),
        type: token.type,
      },
    };
  }

  #create({ fields, namespace, path }: EngineCall, parent: TokenEntry, isOrphan: boolean): EngineResponse {
    if (parent.type === "batch") throw badRequest("batch tokens cannot create more tokens");
    if (parent.numUses !== 0) throw badRequest("restricted use token cannot generate child tokens");
    const isSudo = this.#host.isSudo(parent, `${namespace.path}auth/token/${path}`);
    const needSudo = (what: string) => {
      if (!isSudo) throw badRequest(`root or sudo privileges required to ${what}`);
    };
    if (namespace !== parent.namespace) needSudo("directly generate a token in a child namespace");
    const type = textField(fields, "type");
    if (!["", "service", "batch"].includes(type)) throw badRequest("invalid 'token_type' value");
    const noParent = isOrphan || boolField(fields, "no_parent") === true;
    if (noParent && !isOrphan) needSudo("create orphan token");
    const periodMs = durationField(fields, "period") ?? 0;
    if (periodMs > 0) needSudo("create periodic token");
    const id = textField(fields, "id");
    if (id !== "") needSudo("specify token id");
    const numUses = intField(fields, "num_uses") ?? 0;
    if (numUses < 0) throw badRequest("number of uses cannot be negative");
    const ttlMs = durationField(fields, "ttl") ?? durationField(fields, "lease") ?? 0;
    const policies = childPolicies(fields, parent, isSudo);
    const displayName = textField(fields, "display_name");
    const meta = mapField(fields, "meta");
    const { token, warnings } = this.#host.tokens.issue({
      namespace,
      policies,
      path: `auth/token/${path}`,
      displayName: displayName === "" ? "token" : `token-${displayName.replace(/[^a-zA-Z0-9-]/g, "-")}`,
      ...(id === "" ? {} : { id }),
      meta:
        meta === undefined
          ? null
          : Object.fromEntries(Object.entries(meta).map(([key, value]) => [key, String(value)])),
      ...(noParent ? {} : { parent, entityId: parent.entityId }),
      type: type === "batch" ? "batch" : "service",
      renewable: boolField(fields, "renewable") ?? true,
      numUses,
      explicitMaxTtlMs: durationField(fields, "explicit_max_ttl") ?? 0,
      limits: () => ({ ttlMs, maxTtlMs: 0, periodMs }),
      endless: policies.includes("root") && ttlMs === 0 && periodMs === 0,
    });
    const missing = policies.filter((name) => name !== "root" && !namespace.policies.has(name));
    return {
      auth: authBlock(token, token.ttlMs / 1_000),
      warnings: [...warnings, ...missing.map((name) => `Policy ${JSON.stringify(name)} does not exist`)],
    };
  }

  #renew(token: TokenEntry, fields: Fields): EngineResponse {
    const warnings = this.#host.tokens.renew(token, durationField(fields, "increment") ?? 0);
    return { auth: authBlock(token, this.#host.tokens.secondsLeft(token)), warnings };
  }

  #revoke(token: TokenEntry | undefined): undefined {
    if (token !== undefined) this.#host.tokens.revoke(token);
    return undefined;
  }

  #named(fields: Fields, caller: TokenEntry): TokenEntry {
    const id = textField(fields, "token");
    const token = id === "" ? caller : this.#host.tokens.find(id);
    if (token === undefined) throw new VaultError(403, "bad token");
    return token;
  }

  #required(fields: Fields): TokenEntry {
    const id = textField(fields, "token");
    if (id === "") throw badRequest("missing token ID");
    const token = this.#host.tokens.find(id);
    if (token === undefined) throw badRequest("token not found");
    return token;
  }

  #byAccessor(fields: Fields): TokenEntry {
    const accessor = textField(fields, "accessor");
    if (accessor === "") throw badRequest("missing accessor");
    const token = this.#host.tokens.findByAccessor(accessor);
    if (token === undefined) throw badRequest("invalid accessor");
    return token;
  }
}

/** A child has no more policies than its parent, unless whoever makes it may do anything. */
function childPolicies(fields: Fields, parent: TokenEntry, isSudo: boolean): readonly string[] {
  const asked = listField(fields, "policies") ?? [];
  const noDefault = boolField(fields, "no_default_policy") === true;
  if (asked.includes(WRAPPING_POLICY)) throw badRequest(`cannot assign policy "${WRAPPING_POLICY}"`);
  if (asked.length > 0 && !isSudo && !asked.every((name) => parent.policies.includes(name))) {
    throw badRequest("child policies must be subset of parent");
  }
  const addDefault = asked.length > 0 && (isSudo || parent.policies.includes("default"));
  const policies = new Set(asked.length > 0 ? asked : parent.policies);
  if (policies.has("root")) {
    if (!parent.policies.includes("root")) {
      throw badRequest("root tokens may not be created without parent token being root");
    }
    return ["root"];
  }
  if (addDefault) policies.add("default");
  if (noDefault) policies.delete("default");
  return [...policies];
}
