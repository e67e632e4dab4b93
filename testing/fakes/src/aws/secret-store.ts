import { randomInt, randomUUID } from "node:crypto";
import { AwsError } from "./aws-error.js";
import { attachLabels, CURRENT, PENDING, versionWith } from "./staging-labels.js";
import type { SecretValue, StoredSecret, StoredVersion, Tag } from "./stored-secret.js";

const SUFFIX_LENGTH = 6;
const SUFFIX_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const ENDS_LIKE_AN_ARN = /-[A-Za-z0-9]{6}$/;

/** The secrets of one account in one region. */
export interface SecretStore {
  readonly arnPrefix: string;
  now(): Date;
  /** The oldest first. */
  all(): readonly StoredSecret[];
  /** By name, by complete ARN, or by an ARN without its six random characters; also one that is marked for deletion. */
  find(secretId: string): StoredSecret | undefined;
  /** An ARN for a name, with six random characters. */
  newArn(name: string): string;
  create(properties: NewSecret): StoredSecret;
  /** Adds a version, or gives a value to one that a rotation has announced, and attaches the labels to it. */
  putVersion(
    secret: StoredSecret,
    id: string,
    value: SecretValue | undefined,
    labels: readonly string[],
  ): StoredVersion;
  /** For good. */
  remove(secret: StoredSecret): void;
}

interface NewSecret {
  readonly name: string;
  readonly arn: string;
  readonly description?: string | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
}

export function secretStore(where: { region: string; accountId: string; now: () => number }): SecretStore {
  const arnPrefix = `arn:aws:secretsmanager:${where.region}:${where.accountId}:secret:`;
  const byName = new Map<string, StoredSecret>();
  const now = () => new Date(where.now());

  return {
    arnPrefix,
    now,
    all: () => [...byName.values()],
    find(secretId) {
      if (!secretId.startsWith("arn:")) return byName.get(secretId);
      if (!secretId.startsWith(arnPrefix)) return undefined;
      const complete = [...byName.values()].find(({ arn }) => arn === secretId);
      if (complete !== undefined) return complete;
      // What ends like a complete ARN is taken for one, so a name that ends in a hyphen and six characters is not found
      // by its ARN without the suffix: https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html
      return ENDS_LIKE_AN_ARN.test(secretId) ? undefined : byName.get(secretId.slice(arnPrefix.length));
    },
    newArn: (name) => `${arnPrefix}${name}-${randomSuffix()}`,
    create({ name, arn, description, kmsKeyId, tags = [] }) {
      const secret: StoredSecret = {
        name,
        arn,
        description,
        kmsKeyId,
        tags,
        createdAt: now(),
        changedAt: now(),
        accessedOn: undefined,
        deletionDate: undefined,
        rotation: undefined,
        versions: new Map(),
      };
      byName.set(name, secret);
      return secret;
    },
    putVersion(secret, id, value, labels) {
      const version = secret.versions.get(id) ?? { id, createdAt: now(), value, stages: new Set<string>() };
      version.value = value;
      secret.versions.set(id, version);
      const before = versionWith(secret, CURRENT);
      attachLabels(secret, version, labels);
      // Recorded from the service: a version that stops being current by a new one is not pending any more either.
      if (before !== version && labels.includes(CURRENT)) before?.stages.delete(PENDING);
      secret.changedAt = now();
      return version;
    },
    remove: (secret) => void byName.delete(secret.name),
  };
}

/** @throws AwsError ResourceNotFoundException */
export function findSecret(store: SecretStore, secretId: string): StoredSecret {
  const secret = store.find(secretId);
  if (secret === undefined) throw new AwsError("ResourceNotFoundException");
  return secret;
}

/** @throws AwsError ResourceNotFoundException, or InvalidRequestException for one that is marked for deletion */
export function findUsableSecret(store: SecretStore, secretId: string): StoredSecret {
  const secret = findSecret(store, secretId);
  if (secret.deletionDate !== undefined) throw new AwsError("InvalidRequestException");
  return secret;
}

export function newVersionId(): string {
  return randomUUID();
}

function randomSuffix(): string {
  return Array.from({ length: SUFFIX_LENGTH }, () => SUFFIX_LETTERS[randomInt(SUFFIX_LETTERS.length)]).join("");
}
