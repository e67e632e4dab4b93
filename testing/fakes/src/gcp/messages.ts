import { crc32c } from "./crc32c.js";
import { type StoredSecret, type StoredVersion, versionName } from "./stored-secret.js";

// The messages of the API as @grpc/proto-loader reads and writes them; REST is translated from and to the same.

/** `google.protobuf.Timestamp`. */
export interface TimestampMessage {
  readonly seconds: string;
  readonly nanos: number;
}

/** `google.protobuf.Duration`, as the client's users write it too. */
export interface DurationMessage {
  readonly seconds?: string | number;
  readonly nanos?: number;
}

/** What a request may say of a secret. Fields of the kind that the fake does not model are in it under their names. */
export interface SecretInput {
  readonly name?: string;
  readonly etag?: string;
  readonly replication?: { readonly automatic?: object | null; readonly userManaged?: object | null } | null;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly versionAliases?: Readonly<Record<string, string | number>>;
  readonly versionDestroyTtl?: DurationMessage | null;
}

export interface SecretMessage {
  readonly name: string;
  readonly replication?: object;
  readonly createTime: TimestampMessage;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly versionAliases: Readonly<Record<string, string>>;
  readonly versionDestroyTtl?: DurationMessage;
  readonly etag: string;
}

export interface VersionMessage {
  readonly name: string;
  readonly createTime: TimestampMessage;
  readonly destroyTime?: TimestampMessage;
  readonly scheduledDestroyTime?: TimestampMessage;
  readonly state: string;
  readonly replicationStatus?: object;
  readonly etag: string;
  readonly clientSpecifiedPayloadChecksum: boolean;
}

export interface AccessMessage {
  readonly name: string;
  readonly payload: { readonly data: Buffer; readonly dataCrc32c?: string };
}

export function secretMessage(secret: StoredSecret): SecretMessage {
  const { versionDestroyTtlMs } = secret;
  return {
    name: secret.name,
    ...(secret.replication && { replication: secret.replication }),
    createTime: timestamp(secret.createdAtMs),
    labels: secret.labels,
    annotations: secret.annotations,
    versionAliases: Object.fromEntries(
      Object.entries(secret.aliases).map(([alias, number]) => [alias, String(number)]),
    ),
    ...(versionDestroyTtlMs !== undefined && {
      versionDestroyTtl: { seconds: String(Math.floor(versionDestroyTtlMs / 1000)), nanos: 0 },
    }),
    etag: secret.etag,
  };
}

export function versionMessage(secret: StoredSecret, version: StoredVersion): VersionMessage {
  const { destroyedAtMs, destroyAtMs } = version;
  return {
    name: versionName(secret, version.number),
    createTime: timestamp(version.createdAtMs),
    ...(destroyedAtMs !== undefined && { destroyTime: timestamp(destroyedAtMs) }),
    ...(destroyAtMs !== undefined && { scheduledDestroyTime: timestamp(destroyAtMs) }),
    state: version.state,
    ...(secret.location === undefined && { replicationStatus: { automatic: {} } }),
    etag: version.etag,
    clientSpecifiedPayloadChecksum: version.checksumFromClient,
  };
}

export function accessMessage(secret: StoredSecret, version: StoredVersion, data: Buffer): AccessMessage {
  return {
    name: versionName(secret, version.number),
    // A copy: what a fault or a transport does to it is not done to the store.
    payload: { data: Buffer.from(data), dataCrc32c: String(crc32c(data)) },
  };
}

/** Milliseconds of a duration; whole ones. */
export function durationMs({ seconds = 0, nanos = 0 }: DurationMessage): number {
  return Number(seconds) * 1000 + Math.floor(nanos / 1_000_000);
}

function timestamp(ms: number): TimestampMessage {
  const seconds = Math.floor(ms / 1000);
  return { seconds: String(seconds), nanos: Math.round((ms - seconds * 1000) * 1_000_000) };
}
