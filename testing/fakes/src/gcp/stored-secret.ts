import type { SecretRef } from "./resource-name.js";

export type VersionState = "ENABLED" | "DISABLED" | "DESTROYED";

export interface StoredVersion {
  readonly number: number;
  readonly createdAtMs: number;
  /** Whether the client sent a checksum with the data. */
  readonly checksumFromClient: boolean;
  state: VersionState;
  /** Gone once destroyed. */
  data: Buffer | undefined;
  etag: string;
  destroyedAtMs: number | undefined;
  /** Of a version that awaits its destruction, disabled, by the secret's `versionDestroyTtlMs`. */
  destroyAtMs: number | undefined;
}

export interface StoredSecret extends SecretRef {
  /** With the project's number, as answers hold it. */
  readonly name: string;
  /** Grows from one secret of the server to the next: the order of lists. */
  readonly sequence: number;
  readonly createdAtMs: number;
  /** As it was asked for at creation; none of a regional secret. */
  readonly replication: object | undefined;
  /** The version of number n is at n - 1. */
  readonly versions: StoredVersion[];
  /** Who has which permissions on this secret alone. */
  readonly grants: Map<string, Set<string>>;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  aliases: Readonly<Record<string, number>>;
  versionDestroyTtlMs: number | undefined;
  etag: string;
}

/** The name that answers hold. */
export function versionName(secret: StoredSecret, number: number): string {
  return `${secret.name}/versions/${number}`;
}
