import { Kv2Engine } from "./kv2-engine.js";
import type { NodeRole } from "./node-status.js";
import { type RateLimit, RateLimiter } from "./rate-limit.js";
import { vaultClock } from "./vault-clock.js";
import { VaultCore } from "./vault-core.js";
import { VaultIndex } from "./vault-index.js";
import { type Cluster, startNode, type VaultNode } from "./vault-node.js";
import { PRODUCT_TRAITS, type VaultProduct } from "./vault-product.js";
import { type VaultSeed, vaultSeed } from "./vault-seed.js";

export interface VaultServerOptions {
  /** `vault` unless given. */
  readonly product?: VaultProduct;
  /** Where time comes from, such as a fake clock. Without, it stands still from the start. `advance` adds to it. */
  readonly now?: () => number;
  /** `default_lease_ttl` and `max_lease_ttl` of the server's configuration; 32 days each. */
  readonly defaultTtlMs?: number;
  readonly maxTtlMs?: number;
}

/** A service account of the cluster that Kubernetes auth trusts. */
export interface SeedServiceAccount {
  readonly namespace: string;
  readonly name: string;
  /** One hour unless given. */
  readonly ttlMs?: number;
  readonly audiences?: readonly string[];
}

/** The active node of a cluster, with KV v2 at `secret`, and what a test does to the cluster. */
export interface VaultServer extends VaultNode, VaultSeed {
  readonly rootToken: string;
  /** Tokens, secret ids and versions grow older; nothing waits. */
  advance(ms: number): void;
  /** Another node of the cluster, which serves the same storage. `close` of the server closes it too. */
  addNode(role: NodeRole): Promise<VaultNode>;
  /** From now on; `undefined` ends it. */
  limitRate(limit: RateLimit | undefined): void;
  /** A KV v2 mount that was just made or upgraded answers 400 until this is `false`. */
  setUpgrading(mount: string, isUpgrading: boolean): void;
  /** The token of a service account, as a pod finds it in a file. */
  serviceAccountToken(account: SeedServiceAccount): string;
  deleteServiceAccount(account: SeedServiceAccount): void;
}

/** Starts HashiCorp Vault or OpenBao, as far as its HTTP API shows, on a free port of 127.0.0.1. */
export async function startVaultServer(options: VaultServerOptions = {}): Promise<VaultServer> {
  const traits = PRODUCT_TRAITS[options.product ?? "vault"];
  const clock = vaultClock(options.now);
  const core = new VaultCore(clock, traits);
  core.tokens.ttlMs = options.defaultTtlMs ?? core.tokens.ttlMs;
  core.tokens.maxTtlMs = options.maxTtlMs ?? core.tokens.maxTtlMs;
  const rateLimiter = new RateLimiter();
  const cluster: Cluster = { core, clock, traits, index: new VaultIndex(), rateLimiter, nodes: [] };
  const first = await startNode(cluster, "active");
  const accounts = core.serviceAccounts;

  const server: Omit<VaultServer, keyof VaultNode> = {
    ...vaultSeed(core),
    rootToken: core.rootToken,
    advance: (ms) => clock.advance(ms),
    addNode: (role) => startNode(cluster, role),
    limitRate: (limit) => {
      rateLimiter.limit = limit;
    },
    setUpgrading: (mount, isUpgrading) => {
      const engine = core.namespaces.root.mounts.get(`${mount}/`)?.engine;
      if (!(engine instanceof Kv2Engine)) throw new Error(`no KV v2 mount at ${mount}`);
      engine.upgrading = isUpgrading;
    },
    serviceAccountToken: ({ namespace, name, ttlMs = 3_600_000, audiences = ["https://kubernetes.default.svc"] }) =>
      accounts.issue(namespace, name, ttlMs, audiences),
    deleteServiceAccount: ({ namespace, name }) => accounts.delete(namespace, name),
  };
  const closeFirst = first.close.bind(first);
  const close = async () => {
    await Promise.all(cluster.nodes.filter((node) => node !== first).map((node) => node.close()));
    await closeFirst();
  };
  return Object.assign(first, server, { close });
}
