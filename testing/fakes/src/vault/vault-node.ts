import type { IncomingMessage } from "node:http";
import { type FaultPlan, type HttpAnswer, type HttpFault, httpFaults, readBody } from "../faults/index.js";
import { type CallJournal, callJournal, callName, type VaultCalls } from "./call-journal.js";
import { type HttpListener, listen } from "./http-listener.js";
import { type NodeRole, statusAnswer } from "./node-status.js";
import type { RateLimiter } from "./rate-limit.js";
import { errorAnswer, rawAnswer, vaultErrorAnswer } from "./vault-answer.js";
import type { VaultClock } from "./vault-clock.js";
import type { VaultCore } from "./vault-core.js";
import { VaultError } from "./vault-error.js";
import type { VaultIndex } from "./vault-index.js";
import type { ProductTraits } from "./vault-product.js";
import type { VaultRequest } from "./vault-request.js";

const MAX_BODY_BYTES = 33_554_432;

/** One server of a cluster. */
export interface VaultNode {
  /** Such as `http://127.0.0.1:40001`. */
  readonly address: string;
  readonly calls: VaultCalls;
  /** What goes wrong between client and node. Operations are named as in the journal: `GET secret/data/app`. */
  readonly faults: FaultPlan<HttpFault>;
  role: NodeRole;
  sealed: boolean;
  /** A performance standby that no longer hears what is stored: what is newer than now it does not have. */
  lagging: boolean;
  close(): Promise<void>;
}

/** What the nodes of a cluster share. */
export interface Cluster {
  readonly core: VaultCore;
  readonly clock: VaultClock;
  readonly traits: ProductTraits;
  readonly index: VaultIndex;
  readonly rateLimiter: RateLimiter;
  readonly nodes: VaultNode[];
}

export async function startNode(cluster: Cluster, role: NodeRole): Promise<VaultNode> {
  const node = new Node(cluster, role);
  await node.start();
  cluster.nodes.push(node);
  return node;
}

class Node implements VaultNode {
  address = "";
  sealed = false;
  readonly calls: CallJournal = callJournal();
  readonly faults = httpFaults();
  role: NodeRole;
  readonly #cluster: Cluster;
  #listener: HttpListener | undefined;
  #stuckAt: number | undefined;

  constructor(cluster: Cluster, role: NodeRole) {
    this.#cluster = cluster;
    this.role = role;
  }

  get lagging(): boolean {
    return this.#stuckAt !== undefined;
  }

  set lagging(isLagging: boolean) {
    this.#stuckAt = isLagging ? (this.#stuckAt ?? this.#cluster.core.index) : undefined;
  }

  async start(): Promise<void> {
    this.#listener = await listen(async (request, response) => {
      const url = new URL(request.url ?? "/", "http://fake");
      const path = decoded(url.pathname);
      const method = request.method ?? "GET";
      const version = url.searchParams.get("version");
      const namespace = header(request, "x-vault-namespace");
      const call = {
        method,
        path: path.replace(/^\/v1\//, ""),
        ...(version === null ? {} : { version }),
        ...(namespace === undefined ? {} : { namespace }),
        hasToken: tokenOf(request) !== undefined,
      };
      const answered = this.calls.add(call);
      await this.faults.respond(callName(call), response, async () => {
        const answer = await this.#answer(request, method, path, url);
        answered(answer.status);
        return namespace === undefined ? answer : withHeaders(answer, { "x-vault-namespace": namespace });
      });
    });
    this.address = this.#listener.address;
  }

  async close(): Promise<void> {
    const { nodes } = this.#cluster;
    if (nodes.includes(this)) nodes.splice(nodes.indexOf(this), 1);
    await this.#listener?.close();
  }

  async #answer(request: IncomingMessage, method: string, path: string, url: URL): Promise<HttpAnswer> {
    if (!path.startsWith("/v1/")) return vaultErrorAnswer(404);
    if (path.includes("//")) return redirect(301, `${url.pathname.replace(/\/{2,}/g, "/")}${url.search}`);
    let body: Uint8Array;
    try {
      body = await readBody(request, MAX_BODY_BYTES);
    } catch (error) {
      if (error instanceof RangeError) return vaultErrorAnswer(413, "http: request body too large");
      throw error;
    }
    const { core, clock, rateLimiter } = this.#cluster;
    const rest = path.slice("/v1/".length);
    const verdict = rateLimiter.take(rest, clock.now());
    if (!verdict.isAllowed) {
      const refused = vaultErrorAnswer(429, `request path ${JSON.stringify(rest)}: rate limit quota exceeded`);
      return withHeaders(refused, verdict.headers);
    }
    const before = core.index;
    try {
      const answer =
        statusAnswer(rest, url.searchParams, this.#status()) ??
        this.#refusedHere(request, url) ??
        core.handle(vaultRequest(request, method, rest, url, body));
      const isStored = core.index > before && this.#cluster.traits.hasIndex;
      const index = isStored ? { "x-vault-index": this.#cluster.index.encode(core.index) } : {};
      return withHeaders(answer, { ...verdict.headers, ...index });
    } catch (error) {
      if (error instanceof VaultError) return errorAnswer(error);
      throw error;
    }
  }

  /** What a node answers that is in no state to serve the request. */
  #refusedHere(request: IncomingMessage, url: URL): HttpAnswer | undefined {
    if (this.sealed || this.role === "uninitialized") return vaultErrorAnswer(503, "Vault is sealed");
    if (this.role === "dr-secondary") return vaultErrorAnswer(400, "path disabled in replication DR secondary mode");
    if (this.role === "standby") {
      const active = this.#activeAddress();
      if (active === undefined) return vaultErrorAnswer(500, "local node not active but active cluster node not found");
      return redirect(307, `${active}${url.pathname}${url.search}`);
    }
    return this.role === "performance-standby" && this.#lacks(request)
      ? vaultErrorAnswer(412, "required index state not present")
      : undefined;
  }

  /** Whether the request requires what this node has not heard of: by its header, or because its token is newer. */
  #lacks(request: IncomingMessage): boolean {
    const isForwarded =
      header(request, "x-vault-inconsistent") === "forward-active-node" ||
      header(request, "x-vault-forward") === "active-node";
    if (this.#stuckAt === undefined || isForwarded) return false;
    const { core, index } = this.#cluster;
    const token = core.tokens.find(tokenOf(request) ?? "");
    const required = Math.max(index.decode(header(request, "x-vault-index")) ?? 0, token?.index ?? 0);
    return required > this.#stuckAt;
  }

  #activeAddress(): string | undefined {
    return this.#cluster.nodes.find(({ role, sealed }) => role === "active" && !sealed)?.address;
  }

  #status() {
    const { traits, index, clock } = this.#cluster;
    const { role, sealed, address } = this;
    const { version } = traits;
    const nowMs = clock.now();
    return { role, sealed, version, clusterId: index.clusterId, nowMs, address, activeAddress: this.#activeAddress() };
  }
}

function vaultRequest(
  request: IncomingMessage,
  method: string,
  path: string,
  url: URL,
  body: Uint8Array,
): VaultRequest {
  return {
    method,
    path,
    query: url.searchParams,
    body,
    contentType: header(request, "content-type") ?? "",
    token: tokenOf(request),
    namespace: header(request, "x-vault-namespace"),
    wrapTtl: header(request, "x-vault-wrap-ttl"),
  };
}

/** Go decodes the path before it routes; a path that cannot be decoded is nowhere. */
function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return "";
  }
}

/** `X-Vault-Token`, else `Authorization: Bearer`. */
function tokenOf(request: IncomingMessage): string | undefined {
  const own = header(request, "x-vault-token");
  return own ?? /^Bearer (.+)$/.exec(header(request, "authorization") ?? "")?.[1];
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  const text = Array.isArray(value) ? value.join(",") : value;
  return text === "" ? undefined : text;
}

function withHeaders(answer: HttpAnswer, headers: Readonly<Record<string, string>>): HttpAnswer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

function redirect(status: number, location: string): HttpAnswer {
  return withHeaders(rawAnswer(status, ""), { location });
}
