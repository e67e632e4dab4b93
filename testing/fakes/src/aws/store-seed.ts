import { AwsError, type AwsErrorName } from "./aws-error.js";
import { findSecret, newVersionId, type SecretStore } from "./secret-store.js";
import { CURRENT, PENDING } from "./staging-labels.js";
import type { Tag } from "./stored-secret.js";

export interface SeedOptions {
  /** The labels of the new version, `AWSCURRENT` unless given; none makes a deprecated one. */
  readonly stages?: readonly string[];
  readonly versionId?: string;
  /** Of a secret that is not there yet. */
  readonly description?: string;
  readonly tags?: readonly Tag[];
}

export interface Seeded {
  readonly arn: string;
  readonly versionId: string;
}

/** Sets up what the service holds, past its API: nothing of it is in the journal, asks IAM or meets a fault. */
export interface StoreSeed {
  /**
   * Adds a version, and the secret if it is not there. Labels move as the service moves them, but that a first version
   * gets no label that was not asked for: a secret that is only pending is what its first rotation leaves.
   */
  seed(name: string, value: string | Uint8Array, options?: SeedOptions): Seeded;
  /** A secret without a version. */
  seedEmpty(name: string): { readonly arn: string };
  /** What RotateSecret does before the rotation function runs: a pending version without a value. */
  startRotation(name: string, options?: { readonly afterDays?: number }): Seeded;
  /** Deletes for good, without a recovery window. */
  removeSecret(name: string): void;
  arnOf(name: string): string;
  /** The id of the version that has a label, AWSCURRENT unless given. */
  versionOf(name: string, stage?: string): string | undefined;
  /** Lets every read of this one secret fail, in a batch too; without an error they work again. */
  makeUnreadable(name: string, error: AwsErrorName | undefined): void;
}

const DAY_MS = 86_400_000;

export function storeSeed(store: SecretStore): StoreSeed & { readonly unreadable: ReadonlyMap<string, AwsError> } {
  const unreadable = new Map<string, AwsError>();
  const ensure = (name: string, options: SeedOptions = {}) =>
    store.find(name) ??
    store.create({ name, arn: store.newArn(name), description: options.description, tags: options.tags });

  return {
    unreadable,
    seed(name, value, options = {}) {
      const { stages = [CURRENT], versionId = newVersionId() } = options;
      const secret = ensure(name, options);
      const stored = typeof value === "string" ? { text: value } : { bytes: Buffer.from(value) };
      store.putVersion(secret, versionId, stored, stages);
      return { arn: secret.arn, versionId };
    },
    seedEmpty: (name) => ({ arn: ensure(name).arn }),
    startRotation(name, { afterDays = 30 } = {}) {
      const secret = findSecret(store, name);
      const versionId = newVersionId();
      store.putVersion(secret, versionId, undefined, [PENDING]);
      const nextRotationAt = new Date(store.now().getTime() + afterDays * DAY_MS);
      secret.rotation = {
        enabled: true,
        afterDays,
        versionId,
        lastRotatedAt: secret.rotation?.lastRotatedAt,
        nextRotationAt,
      };
      return { arn: secret.arn, versionId };
    },
    removeSecret: (name) => store.remove(findSecret(store, name)),
    arnOf: (name) => findSecret(store, name).arn,
    versionOf(name, stage = CURRENT) {
      const { versions } = findSecret(store, name);
      return [...versions.values()].find(({ stages }) => stages.has(stage))?.id;
    },
    makeUnreadable(name, error) {
      if (error === undefined) unreadable.delete(name);
      else unreadable.set(name, new AwsError(error));
    },
  };
}
