import type { FaultScope, PlannedFault } from "../faults/index.js";
import type { CallJournal } from "./call-journal.js";
import type { GcpClientOptions } from "./client-options.js";
import type { GcpFault } from "./gcp-fault.js";
import type { Iam } from "./iam.js";
import type { MethodName } from "./methods.js";
import type { Quotas } from "./quota.js";
import type { SeededSecrets } from "./seeded-secrets.js";

export interface GcpServerOptions {
  /** The project's id; `qarion-test` unless given. */
  readonly project?: string;
  /** The project's number, which is in the names that come back. */
  readonly projectNumber?: string;
  /** The locations that have a regional endpoint, such as `europe-west1`; none unless given. */
  readonly locations?: readonly string[];
  /** The clock that gives times their value, in milliseconds since the epoch; that of the machine unless given. */
  readonly now?: () => number;
  /** Requests a minute; what the service allows unless given. */
  readonly quotas?: Partial<Quotas>;
  /** How many items a page has when a request does not say. */
  readonly pageSize?: number;
}

export interface ClientTarget {
  /** Who calls; `owner` unless given, who may do everything. `null` calls without a token. */
  readonly as?: string | null;
  /** The regional endpoint of this location in place of the global one. */
  readonly location?: string;
  /** `grpc` unless given. */
  readonly transport?: "grpc" | "rest";
}

/** Which calls a fault meets: the operations are the methods of the API, such as `AccessSecretVersion`. */
export interface GcpFaultScope extends FaultScope {
  readonly operation?: MethodName | readonly MethodName[] | RegExp;
}

/** Secret Manager on a port of 127.0.0.1, over gRPC and REST, for clients of the real SDK. */
export interface GcpServer extends AsyncDisposable {
  readonly project: string;
  readonly projectNumber: string;
  /** The port of the global endpoint; that of a regional one is in the `clientOptions` for its location. */
  readonly port: number;
  /**
   * For `new SecretManagerServiceClient(options)`.
   * @throws RangeError for a location that the server was not started with
   */
  clientOptions(target?: ClientTarget): GcpClientOptions;
  readonly secrets: SeededSecrets;
  readonly iam: Iam;
  readonly calls: CallJournal;
  /** Makes calls meet a fault: every one that the scope covers, unless it says how many. */
  fault(fault: GcpFault, scope?: GcpFaultScope): PlannedFault;
  /** Ends all faults. */
  clearFaults(): void;
  /** From now on the token of a principal is refused as UNAUTHENTICATED. */
  expireToken(principal: string): void;
  /** Its token is taken again. */
  renewToken(principal: string): void;
  /** Ends every connection and refuses new ones, as a server that is not there, until `goOnline`. */
  goOffline(): Promise<void>;
  goOnline(): Promise<void>;
  /** Resets every open connection; new ones are taken. */
  resetConnections(): void;
  /** Ends every connection, those of calls that hang too, and frees the ports. */
  close(): Promise<void>;
}
