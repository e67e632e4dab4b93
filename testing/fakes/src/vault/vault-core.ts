import { randomUUID } from "node:crypto";
import type { HttpAnswer } from "../faults/index.js";
import { type Acl, aclOf, ROOT_ACL } from "./acl.js";
import { AppRoleEngine } from "./approle-engine.js";
import { authBlock } from "./auth-block.js";
import { parseDuration } from "./go-time.js";
import { KubernetesEngine } from "./kubernetes-engine.js";
import { Kv1Engine } from "./kv1-engine.js";
import { Kv2Engine } from "./kv2-engine.js";
import type { Engine, EngineCall, EngineResponse, Operation } from "./logical.js";
import type { LoginGrant } from "./login-grant.js";
import { type Mount, mountAt, type Namespace, Namespaces, type Routed, route } from "./namespaces.js";
import { ServiceAccounts } from "./service-accounts.js";
import { SysEngine, type SysEngineHost } from "./sys-engine.js";
import { TokenEngine, type TokenEngineHost } from "./token-engine.js";
import type { TokenEntry } from "./token-entry.js";
import { TokenStore } from "./token-store.js";
import { envelope, errorAnswer, jsonAnswer, rawAnswer, wrappedEnvelope } from "./vault-answer.js";
import type { VaultClock } from "./vault-clock.js";
import { badRequest, gathered, notFound, permissionDenied, VaultError } from "./vault-error.js";
import type { ProductTraits } from "./vault-product.js";
import { type ParsedRequest, parseRequest, type VaultRequest } from "./vault-request.js";
import { Wrapping } from "./wrapping.js";

// These mean the namespace of the token, whatever the request says.
const OF_THE_TOKEN = /^(auth\/token\/(lookup|renew|revoke)-self|sys\/wrapping\/(lookup|unwrap|rewrap))$/;
const WRAPPING = /^sys\/wrapping\/(lookup|unwrap|rewrap)$/;

/** The storage of a cluster and all that answers from it. Nodes stand in front of it. */
export class VaultCore implements SysEngineHost, TokenEngineHost {
  readonly tokens: TokenStore;
  readonly namespaces: Namespaces;
  readonly wrapping: Wrapping;
  readonly serviceAccounts: ServiceAccounts;
  readonly rootToken: string;
  /** Counts what was stored: the position that X-Vault-Index tells. */
  index = 0;
  readonly #clock: VaultClock;
  readonly #traits: ProductTraits;
  readonly #entityIds = new Map<string, string>();

  constructor(clock: VaultClock, traits: ProductTraits) {
    this.#clock = clock;
    this.#traits = traits;
    this.tokens = new TokenStore(clock, traits.tokenPrefix, () => this.index + 1);
    this.wrapping = new Wrapping(clock, this.tokens);
    this.serviceAccounts = new ServiceAccounts(clock);
    this.namespaces = new Namespaces(traits, (namespace) => {
      mountAt(namespace, "sys", new SysEngine(this));
      mountAt(namespace, "auth/token", new TokenEngine(this));
    });
    const root = this.namespaces.root;
    const limits = () => ({ ttlMs: 0, maxTtlMs: 0, periodMs: 0 });
    const asked = { namespace: root, policies: ["root"], path: "auth/token/root", displayName: "root", limits };
    this.rootToken = this.tokens.issue({ ...asked, endless: true }).token.id;
    mountAt(root, "secret", new Kv2Engine(clock, traits.cli), { options: { version: "2" } });
  }

  /** Answers a request that this cluster is in a state to answer. */
  handle(request: VaultRequest): HttpAnswer {
    try {
      return this.#answer(request, parseRequest(request));
    } catch (error) {
      if (error instanceof VaultError) return errorAnswer(error);
      throw error;
    }
  }

  #answer(request: VaultRequest, { operation, path, fields }: ParsedRequest): HttpAnswer {
    const wrapTtlMs = request.wrapTtl === undefined ? 0 : parseDuration(request.wrapTtl);
    if (wrapTtlMs === undefined) throw badRequest("error parsing X-Vault-Wrap-TTL header");
    const resolved = this.namespaces.resolve(request.namespace, path);
    const wrappingToken = WRAPPING.test(resolved.path)
      ? this.wrapping.check(givenToken(fields, request.token))
      : undefined;
    const token = request.token === undefined ? undefined : this.tokens.find(request.token);
    const isOfToken = OF_THE_TOKEN.test(resolved.path);
    const namespace = (isOfToken ? (token ?? wrappingToken)?.namespace : undefined) ?? resolved.namespace;
    const routed = route(namespace, resolved.path);
    const known = this.#operation(operation, routed);
    const call = {
      operation: known,
      mount: routed?.mount.path ?? "",
      path: routed?.path ?? resolved.path,
      fields,
      namespace,
    };

    if (routed?.mount.engine.isOpen?.(routed.path, known)) {
      const opened =
        token === undefined ? { ...call, refusal: this.#refusal(request.token) } : { ...call, caller: token };
      return this.#finish(routed, opened, routed.mount.engine.handle(opened), wrapTtlMs, resolved.path);
    }
    if (token === undefined) throw this.#refusal(request.token);
    this.tokens.use(token);
    try {
      this.#authorize(token, namespace, resolved.path, routed, known);
      if (routed === undefined) throw notRouted(resolved.path);
      const response = routed.mount.engine.handle({ ...call, caller: token });
      return this.#finish(routed, call, response, wrapTtlMs, resolved.path);
    } finally {
      this.tokens.settle(token);
    }
  }

  /** The rules of all policies of a token; those that do not exist grant nothing. */
  acl({ policies, namespace }: TokenEntry): Acl {
    if (policies.includes("root")) return ROOT_ACL;
    const rules = policies.flatMap((name) => namespace.policies.get(name)?.rules ?? []);
    return aclOf(rules.map(({ path, capabilities }) => ({ path: `${namespace.path}${path}`, capabilities })));
  }

  isSudo(token: TokenEntry, path: string): boolean {
    const acl = this.acl(token);
    return acl.isRoot || acl.capabilities(path).includes("sudo");
  }

  #authorize(
    token: TokenEntry,
    namespace: Namespace,
    path: string,
    routed: Routed | undefined,
    operation: Operation,
  ): void {
    const acl = this.acl(token);
    const whole = `${namespace.path}${path}`;
    const needsSudo = routed?.mount.engine.isProtected?.(routed.path) ?? false;
    const isAllowed = acl.allows(operation, whole) && (!needsSudo || this.isSudo(token, whole));
    if (!isAllowed) throw new VaultError(403, gathered("permission denied"));
  }

  #operation(operation: ParsedRequest["operation"], routed: Routed | undefined): Operation {
    if (operation !== "write") return operation;
    return (routed?.mount.engine.exists?.(routed.path) ?? true) ? "update" : "create";
  }

  #refusal(given: string | undefined): VaultError {
    const isNamed = given !== undefined && this.#traits.namesInvalidToken;
    return isNamed ? new VaultError(403, gathered("permission denied", "invalid token")) : permissionDenied();
  }

  #finish(
    { mount }: Routed,
    { operation, namespace }: EngineCall,
    response: EngineResponse | undefined,
    wrapTtlMs: number,
    path: string,
  ): HttpAnswer {
    const isWrite = operation !== "read" && operation !== "list";
    if (isWrite) this.index++;
    if (response === undefined) {
      if (isWrite) return { ...rawAnswer(204, ""), headers: { "cache-control": "no-store" } };
      throw notFound();
    }
    const { status = 200, rawBody, data } = response;
    if (rawBody !== undefined) return rawAnswer(status, rawBody);
    if (operation === "list" && status === 200 && (data as { keys?: string[] }).keys?.length === 0) throw notFound();
    const mountType = this.#traits.hasMountType ? mountTypeOf(mount) : undefined;
    const full = envelope(response, mountType);
    if (wrapTtlMs <= 0 || status !== 200) return jsonAnswer(status, full);
    const info = this.wrapping.wrap(namespace, JSON.stringify(full), wrapTtlMs, path, wrappedAccessor(response));
    return jsonAnswer(200, wrappedEnvelope(info, mountType));
  }

  makeEngine(type: string, options: Mount["options"]): Engine {
    const giveToken = (call: EngineCall, grant: LoginGrant) => this.#login(call, grant);
    switch (type) {
      case "kv":
        if (options?.version === "2") return new Kv2Engine(this.#clock, this.#traits.cli);
        return new Kv1Engine(this.tokens.ttlMs / 1_000);
      case "approle":
        return new AppRoleEngine(this.#clock, giveToken);
      case "kubernetes":
        return new KubernetesEngine(this.#clock, giveToken, this.serviceAccounts);
      default:
        throw badRequest(`plugin not found in the catalog: ${type}`);
    }
  }

  #login(
    { namespace, mount }: EngineCall,
    { displayName, meta, parameters, alias, limits }: LoginGrant,
  ): EngineResponse {
    const entity = `${namespace.id} ${mount} ${alias}`;
    const entityId = this.#entityIds.get(entity) ?? randomUUID();
    this.#entityIds.set(entity, entityId);
    const { policies, noDefaultPolicy, explicitMaxTtlMs, numUses, type } = parameters;
    const { token, warnings } = this.tokens.issue({
      namespace,
      policies: noDefaultPolicy ? policies : [...policies, "default"],
      path: `${mount}login`,
      displayName: `${mount.replace(/^auth\//, "").replaceAll("/", "-")}${displayName}`.replace(/-$/, ""),
      meta,
      entityId,
      type,
      numUses,
      explicitMaxTtlMs,
      limits,
    });
    return { auth: authBlock(token, token.ttlMs / 1_000), warnings };
  }
}

function givenToken(fields: EngineCall["fields"], header: string | undefined): string | undefined {
  return typeof fields.token === "string" && fields.token !== "" ? fields.token : header;
}

function notRouted(path: string): VaultError {
  return new VaultError(404, `no handler for route ${JSON.stringify(path)}. route entry not found.`);
}

function mountTypeOf({ engine }: Mount): string {
  return engine.type;
}

function wrappedAccessor({ auth, data }: EngineResponse): string | undefined {
  const { accessor } = (auth ?? {}) as { accessor?: string };
  return accessor ?? ((data ?? {}) as { secret_id_accessor?: string }).secret_id_accessor;
}
