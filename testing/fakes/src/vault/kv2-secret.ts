import { goDuration, type Instant } from "./go-time.js";
import type { VaultClock } from "./vault-clock.js";

const DEFAULT_MAX_VERSIONS = 10;

/** What a mount and a secret both can set; 0 and `false` leave it to the mount. */
export interface Kv2Settings {
  maxVersions: number;
  casRequired: boolean;
  /** Negative, on a mount only: no version is ever deleted by its age. */
  deleteVersionAfterMs: number;
}

export interface Kv2Version {
  readonly number: number;
  readonly created: Instant;
  deletion?: Instant;
  destroyed: boolean;
  /** As JSON, so that nobody holds what is stored; gone once destroyed. */
  json?: string;
}

/** All versions of one secret, and what is known about them. Metadata can be there before any version is. */
export class Kv2Secret {
  readonly versions = new Map<number, Kv2Version>();
  readonly settings: Kv2Settings = { maxVersions: 0, casRequired: false, deleteVersionAfterMs: 0 };
  customMetadata: Readonly<Record<string, string>> | null = null;
  currentVersion = 0;
  readonly #clock: VaultClock;
  #created: Instant | undefined;
  #updated: Instant | undefined;
  #oldestVersion = 0;

  constructor(clock: VaultClock) {
    this.#clock = clock;
  }

  /** Makes it exist without a version, for its metadata. */
  touch(): void {
    this.#created ??= this.#clock.instant();
    this.#updated ??= this.#created;
  }

  /** Adds a version; the oldest go for good where there are now too many. */
  write(json: string, mount: Kv2Settings): Kv2Version {
    const created = this.#clock.instant();
    const version: Kv2Version = { number: ++this.currentVersion, created, destroyed: false, json };
    this.#scheduleDeletion(version, mount);
    this.versions.set(version.number, version);
    this.#created ??= created;
    this.#updated = created;
    const kept = Math.max(this.settings.maxVersions, mount.maxVersions) || DEFAULT_MAX_VERSIONS;
    if (this.currentVersion - this.#oldestVersion >= kept) {
      this.#oldestVersion = this.currentVersion - kept + 1;
      for (const number of this.versions.keys()) if (number < this.#oldestVersion) this.versions.delete(number);
    }
    return version;
  }

  /** Soft: it can be undone. A version that is gone already stays as it is. */
  delete(number: number): void {
    const version = this.versions.get(number);
    if (version !== undefined && this.isReadable(version)) version.deletion = this.#clock.instant();
  }

  undelete(number: number, mount: Kv2Settings): void {
    const version = this.versions.get(number);
    if (version === undefined || version.destroyed) return;
    delete version.deletion;
    this.#scheduleDeletion(version, mount);
  }

  destroy(number: number): void {
    const version = this.versions.get(number);
    if (version === undefined) return;
    version.destroyed = true;
    delete version.json;
  }

  isReadable({ deletion, destroyed }: Kv2Version): boolean {
    return !destroyed && (deletion === undefined || deletion.ms > this.#clock.now());
  }

  /** What stands beside the data of a version. */
  describe({ number, created, deletion, destroyed }: Kv2Version): object {
    return {
      created_time: created.text,
      custom_metadata: this.customMetadata,
      deletion_time: deletion?.text ?? "",
      destroyed,
      version: number,
    };
  }

  metadata(): object {
    const versions = [...this.versions.values()].map(({ number, created, deletion, destroyed }) => [
      String(number),
      { created_time: created.text, deletion_time: deletion?.text ?? "", destroyed },
    ]);
    return {
      cas_required: this.settings.casRequired,
      created_time: this.#created?.text ?? "",
      current_version: this.currentVersion,
      custom_metadata: this.customMetadata,
      delete_version_after: goDuration(this.settings.deleteVersionAfterMs),
      max_versions: this.settings.maxVersions,
      oldest_version: this.#oldestVersion,
      updated_time: this.#updated?.text ?? "",
      versions: Object.fromEntries(versions),
    };
  }

  #scheduleDeletion(version: Kv2Version, mount: Kv2Settings): void {
    if (mount.deleteVersionAfterMs < 0) return;
    const limits = [mount.deleteVersionAfterMs, this.settings.deleteVersionAfterMs].filter((ms) => ms > 0);
    if (limits.length > 0) version.deletion = this.#clock.instant(Math.min(...limits));
  }
}
