import { type Project, type SecretRef, secretName } from "./resource-name.js";
import type { StoredSecret, StoredVersion } from "./stored-secret.js";

/** The secrets of the project, those of all locations. */
export interface SecretStore {
  readonly project: Project;
  now(): number;
  find(ref: SecretRef): StoredSecret | undefined;
  /** Those of a location, or the global ones; the newest first. */
  list(location: string | undefined): readonly StoredSecret[];
  /** Those of all locations and the global ones. */
  everywhere(): Iterable<StoredSecret>;
  create(ref: SecretRef, properties?: NewSecret): StoredSecret;
  addVersion(secret: StoredSecret, data: Uint8Array, checksumFromClient: boolean): StoredVersion;
  destroy(version: StoredVersion): void;
  /** Gives a new etag to what a request has changed, or has written unchanged. */
  touch(resource: { etag: string }): void;
  /** With its versions and grants: a secret of that name made later has none of them. */
  remove(ref: SecretRef): void;
}

type NewSecret = Partial<Pick<StoredSecret, "replication" | "labels" | "annotations" | "versionDestroyTtlMs">>;

export function secretStore(project: Project, now: () => number): SecretStore {
  const secrets = new Map<string, StoredSecret>();
  let sequence = 0;
  let lastEtag = 0x16151a2f0e8b00n;

  const newEtag = () => {
    lastEtag += 0x11n;
    return `"${lastEtag.toString(16)}"`; // with its quotes, as the service writes it
  };

  const destroy = (version: StoredVersion) => {
    version.state = "DESTROYED";
    version.data = undefined;
    version.destroyedAtMs = now();
    version.destroyAtMs = undefined;
  };

  const destroyWhatIsDue = (secret: StoredSecret) => {
    for (const version of secret.versions) {
      if (version.destroyAtMs !== undefined && version.destroyAtMs <= now()) destroy(version);
    }
    return secret;
  };

  return {
    project,
    now,
    destroy,
    find(ref) {
      const secret = secrets.get(secretName(project, ref));
      return secret && destroyWhatIsDue(secret);
    },
    list: (location) =>
      [...secrets.values()]
        .filter((secret) => secret.location === location)
        .sort((a, b) => b.sequence - a.sequence)
        .map(destroyWhatIsDue),
    everywhere: () => secrets.values(),
    create({ id, location }, properties = {}) {
      const secret: StoredSecret = {
        id,
        location,
        name: secretName(project, { id, location }),
        sequence: ++sequence,
        createdAtMs: now(),
        replication: properties.replication,
        versions: [],
        grants: new Map(),
        labels: properties.labels ?? {},
        annotations: properties.annotations ?? {},
        aliases: {},
        versionDestroyTtlMs: properties.versionDestroyTtlMs,
        etag: newEtag(),
      };
      secrets.set(secret.name, secret);
      return secret;
    },
    addVersion(secret, data, checksumFromClient) {
      const version: StoredVersion = {
        number: secret.versions.length + 1,
        createdAtMs: now(),
        checksumFromClient,
        state: "ENABLED",
        data: Buffer.from(data),
        etag: newEtag(),
        destroyedAtMs: undefined,
        destroyAtMs: undefined,
      };
      secret.versions.push(version);
      return version;
    },
    touch: (resource) => {
      resource.etag = newEtag();
    },
    remove: (ref) => void secrets.delete(secretName(project, ref)),
  };
}
