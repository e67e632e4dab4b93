import type { HttpAnswer } from "../faults/index.js";
import { jsonAnswer } from "./vault-answer.js";
import { VaultError } from "./vault-error.js";

/** What a node is in its cluster. */
export type NodeRole =
  | "active"
  /** Sends clients to the active node by 307. */
  | "standby"
  /** Reads by itself, and forwards what it cannot do. */
  | "performance-standby"
  /** Replicates for a disaster and serves nobody. */
  | "dr-secondary"
  | "uninitialized";

export interface NodeStatus {
  readonly role: NodeRole;
  readonly sealed: boolean;
  readonly version: string;
  readonly clusterId: string;
  readonly nowMs: number;
  readonly address: string;
  /** Of the active node, if there is one. */
  readonly activeAddress: string | undefined;
}

const CLUSTER_NAME = "vault-cluster-fake";
// The status of sys/health, and the query parameter that sets another.
const HEALTH = {
  uninitialized: [501, "uninitcode"],
  sealed: [503, "sealedcode"],
  "dr-secondary": [472, "drsecondarycode"],
  "performance-standby": [473, "performancestandbycode"],
  standby: [429, "standbycode"],
  active: [200, "activecode"],
} as const;

/** What a node says about itself to anybody, in any state. `undefined`: the path is none of these. */
export function statusAnswer(path: string, query: URLSearchParams, status: NodeStatus): HttpAnswer | undefined {
  switch (path) {
    case "sys/health":
      return jsonAnswer(healthCode(query, status), health(status));
    case "sys/seal-status":
      return jsonAnswer(200, sealStatus(status));
    case "sys/leader":
      return jsonAnswer(200, leader(status));
    default:
      return undefined;
  }
}

function healthCode(query: URLSearchParams, { role, sealed }: NodeStatus): number {
  const isIn = (parameter: string) => query.get(parameter) === "true";
  const isFine = (role === "standby" && isIn("standbyok")) || (role === "performance-standby" && isIn("perfstandbyok"));
  const [status, parameter] = HEALTH[role === "uninitialized" ? role : sealed ? "sealed" : isFine ? "active" : role];
  const asked = query.get(parameter);
  if (asked !== null && !/^\d{3}$/.test(asked)) throw new VaultError(400);
  return asked === null ? status : Number(asked);
}

function health({ role, sealed, version, clusterId, nowMs }: NodeStatus): object {
  return {
    initialized: role !== "uninitialized",
    sealed: sealed || role === "uninitialized",
    standby: role === "standby" || role === "performance-standby",
    performance_standby: role === "performance-standby",
    replication_performance_mode: "disabled",
    replication_dr_mode: role === "dr-secondary" ? "secondary" : "disabled",
    server_time_utc: Math.floor(nowMs / 1_000),
    version,
    ...(sealed || role === "uninitialized" ? {} : { cluster_name: CLUSTER_NAME, cluster_id: clusterId }),
  };
}

function sealStatus({ role, sealed, version, clusterId }: NodeStatus): object {
  const isSealed = sealed || role === "uninitialized";
  return {
    type: "shamir",
    initialized: role !== "uninitialized",
    sealed: isSealed,
    t: 2,
    n: 3,
    progress: 0,
    nonce: "",
    version,
    build_date: "2025-09-23T17:31:28Z",
    migration: false,
    ...(isSealed ? {} : { cluster_name: CLUSTER_NAME, cluster_id: clusterId }),
    recovery_seal: false,
    storage_type: "raft",
  };
}

function leader({ role, address, activeAddress }: NodeStatus): object {
  return {
    ha_enabled: true,
    is_self: role === "active" && activeAddress === address,
    leader_address: activeAddress ?? "",
    leader_cluster_address: activeAddress ?? "",
    performance_standby: role === "performance-standby",
    performance_standby_last_remote_wal: 0,
  };
}
