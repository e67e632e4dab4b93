import type { SecretsManager } from "@aws-sdk/client-secrets-manager";

/** Calls that run against the fake and against moto alike, one after the other, on a store that is empty at first. */
export interface Scene {
  readonly name: string;
  readonly steps: Readonly<Record<string, (client: SecretsManager) => Promise<object>>>;
}

// Version ids are chosen here, so that both stores have the same ones.
const id = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const [V1, V2, V3, UNKNOWN] = [id(1), id(2), id(3), id(9)];
const DB = "app/db";

const create = (ClientRequestToken: string, SecretString: string, Name = DB) => ({
  Name,
  SecretString,
  ClientRequestToken,
});
const put = (ClientRequestToken: string, SecretString: string, ...VersionStages: string[]) => ({
  SecretId: DB,
  SecretString,
  ClientRequestToken,
  ...(VersionStages.length === 0 ? {} : { VersionStages }),
});
const move = (VersionStage: string, MoveToVersionId?: string, RemoveFromVersionId?: string) => ({
  SecretId: DB,
  VersionStage,
  ...(MoveToVersionId === undefined ? {} : { MoveToVersionId }),
  ...(RemoveFromVersionId === undefined ? {} : { RemoveFromVersionId }),
});
const arnOf = async (client: SecretsManager, SecretId = DB) => (await client.describeSecret({ SecretId })).ARN ?? "";
const labels = (client: SecretsManager) => client.describeSecret({ SecretId: DB });
const names = async (client: SecretsManager, input: object = {}) => {
  const { SecretList = [], NextToken } = await client.listSecrets(input);
  return { names: SecretList.map(({ Name }) => Name), NextToken };
};

export const scenes: readonly Scene[] = [
  {
    name: "creating",
    steps: {
      "a secret": (c) => c.createSecret({ ...create(V1, "one"), Description: "d", Tags: [{ Key: "k", Value: "v" }] }),
      "what it is then": labels,
      "again with its token": (c) => c.createSecret(create(V1, "one")),
      "again with another value": (c) => c.createSecret(create(V1, "two")),
      "again with another token": (c) => c.createSecret(create(V2, "one")),
      "one with bytes": (c) => c.createSecret({ Name: "b", SecretBinary: Buffer.of(0, 255), ClientRequestToken: V1 }),
      "one without a value": (c) => c.createSecret({ Name: "empty" }),
      "what that is then": (c) => c.describeSecret({ SecretId: "empty" }),
      "one with a bad name": (c) => c.createSecret(create(V1, "one", "bad name")),
      "one with an empty value": (c) => c.createSecret(create(V1, "", "blank")),
    },
  },
  {
    name: "reading",
    steps: {
      "what is not there": (c) => c.getSecretValue({ SecretId: DB }),
      "a first version": (c) => c.createSecret(create(V1, "one")),
      "by name": (c) => c.getSecretValue({ SecretId: DB }),
      "by ARN": async (c) => c.getSecretValue({ SecretId: await arnOf(c) }),
      "by partial ARN": async (c) => c.getSecretValue({ SecretId: (await arnOf(c)).slice(0, -7) }),
      "by name with a suffix": async (c) => c.getSecretValue({ SecretId: DB + (await arnOf(c)).slice(-7) }),
      "a label that is nowhere": (c) => c.getSecretValue({ SecretId: DB, VersionStage: "AWSPREVIOUS" }),
      "a version that is not there": (c) => c.getSecretValue({ SecretId: DB, VersionId: UNKNOWN }),
      "a second version": (c) => c.putSecretValue(put(V2, "two", "AWSPENDING")),
      "the pending version": (c) => c.getSecretValue({ SecretId: DB, VersionStage: "AWSPENDING" }),
      "the current version": (c) => c.getSecretValue({ SecretId: DB }),
      "a version by its id": (c) => c.getSecretValue({ SecretId: DB, VersionId: V2 }),
      "by id and label": (c) => c.getSecretValue({ SecretId: DB, VersionId: V2, VersionStage: "AWSPENDING" }),
      "by id and another's label": (c) => c.getSecretValue({ SecretId: DB, VersionId: V2, VersionStage: "AWSCURRENT" }),
      "one with bytes": async (c) => {
        await c.createSecret({ Name: "bytes", SecretBinary: Buffer.of(0, 255, 128), ClientRequestToken: V1 });
        return c.getSecretValue({ SecretId: "bytes" });
      },
      "one without a value": async (c) => {
        await c.createSecret({ Name: "empty" });
        return c.getSecretValue({ SecretId: "empty" });
      },
      "a bad name": (c) => c.getSecretValue({ SecretId: "bad name" }),
    },
  },
  {
    name: "a name that ends like an ARN",
    steps: {
      "is created": (c) => c.createSecret(create(V1, "one", "xyz-secret")),
      "is found by name": (c) => c.getSecretValue({ SecretId: "xyz-secret" }),
      "by ARN": async (c) => c.getSecretValue({ SecretId: await arnOf(c, "xyz-secret") }),
      "by partial ARN": async (c) => c.getSecretValue({ SecretId: (await arnOf(c, "xyz-secret")).slice(0, -7) }),
    },
  },
  {
    name: "putting",
    steps: {
      "to what is not there": (c) => c.putSecretValue(put(V1, "one")),
      "a first version": (c) => c.createSecret(create(V1, "one")),
      "a second version": (c) => c.putSecretValue(put(V2, "two")),
      "labels then": labels,
      "it again": (c) => c.putSecretValue(put(V2, "two")),
      "another value under its token": (c) => c.putSecretValue(put(V2, "three")),
      "a third version": (c) => c.putSecretValue(put(V3, "three")),
      "labels after three": labels,
      "with a short token": (c) => c.putSecretValue(put("short", "x")),
      "no value": (c) => c.putSecretValue({ SecretId: DB, ClientRequestToken: UNKNOWN }),
      "more than 64 KiB": (c) => c.putSecretValue(put(UNKNOWN, "x".repeat(65_537))),
    },
  },
  {
    name: "putting a pending version as the first",
    steps: {
      "a secret without a value": (c) => c.createSecret({ Name: DB }),
      "the version": (c) => c.putSecretValue(put(V1, "one", "AWSPENDING")),
      "labels then": labels,
    },
  },
  {
    name: "a rotation",
    steps: {
      "a first version": (c) => c.createSecret(create(V1, "one")),
      "a pending version": (c) => c.putSecretValue(put(V2, "two", "AWSPENDING")),
      "a move that names no version to take from": (c) => c.updateSecretVersionStage(move("AWSCURRENT", V2)),
      "a move that names a wrong one": (c) => c.updateSecretVersionStage(move("AWSCURRENT", V2, V2)),
      "labels after what was refused": labels,
      "the move": (c) => c.updateSecretVersionStage(move("AWSCURRENT", V2, V1)),
      "the same move again": (c) => c.updateSecretVersionStage(move("AWSCURRENT", V2, V1)),
      "labels then": labels,
      "the version before": (c) => c.getSecretValue({ SecretId: DB, VersionStage: "AWSPREVIOUS" }),
      "removing AWSPENDING": (c) => c.updateSecretVersionStage(move("AWSPENDING", undefined, V2)),
      "labels without it": labels,
      "a move back": (c) => c.updateSecretVersionStage(move("AWSCURRENT", V1, V2)),
      "labels after it": labels,
      "a label of one's own": (c) => c.updateSecretVersionStage(move("mine", V1)),
      "all labels": labels,
      "the versions": (c) => c.listSecretVersionIds({ SecretId: DB }),
    },
  },
  {
    name: "a put over a version that is current and pending",
    steps: {
      "a first version": (c) => c.createSecret(create(V1, "one")),
      "a pending version": (c) => c.putSecretValue(put(V2, "two", "AWSPENDING")),
      "it becomes current": (c) => c.updateSecretVersionStage(move("AWSCURRENT", V2, V1)),
      "a third version": (c) => c.putSecretValue(put(V3, "three")),
      "labels then": labels,
    },
  },
  {
    name: "a move to a version that is not there",
    steps: {
      "a first version": (c) => c.createSecret(create(V1, "one")),
      "the move": (c) => c.updateSecretVersionStage(move("AWSCURRENT", UNKNOWN, V1)),
      "labels then": labels,
    },
  },
  {
    name: "an update after a move",
    steps: {
      "a first version": (c) => c.createSecret(create(V1, "one")),
      "a pending version": (c) => c.putSecretValue(put(V2, "two", "AWSPENDING")),
      "the move": (c) => c.updateSecretVersionStage(move("AWSCURRENT", V2, V1)),
      "the description alone": (c) => c.updateSecret({ SecretId: DB, Description: "e" }),
      "the value": (c) => c.updateSecret({ SecretId: DB, SecretString: "three", ClientRequestToken: V3 }),
      "labels then": labels,
    },
  },
  {
    name: "removing AWSCURRENT",
    steps: {
      "a first version": (c) => c.createSecret(create(V1, "one")),
      "its removal": (c) => c.updateSecretVersionStage(move("AWSCURRENT", undefined, V1)),
    },
  },
  {
    name: "a batch",
    steps: {
      "a secret": (c) => c.createSecret(create(V1, "one")),
      another: (c) => c.createSecret(create(V2, "two", "app/other")),
      "of names": (c) => c.batchGetSecretValue({ SecretIdList: [DB, "app/other"] }),
      "by ARN and partial ARN": async (c) =>
        c.batchGetSecretValue({ SecretIdList: [await arnOf(c), (await arnOf(c, "app/other")).slice(0, -7)] }),
      "with one that is not there": (c) => c.batchGetSecretValue({ SecretIdList: [DB, "missing"] }),
      "by filter": (c) => c.batchGetSecretValue({ Filters: [{ Key: "name", Values: ["app/"] }] }),
      "of ids and filters": (c) =>
        c.batchGetSecretValue({ SecretIdList: [DB], Filters: [{ Key: "name", Values: ["app/"] }] }),
      "of ids with MaxResults": (c) => c.batchGetSecretValue({ SecretIdList: [DB], MaxResults: 2 }),
      "of nothing": (c) => c.batchGetSecretValue({}),
      "of 21": async (c) => {
        const SecretIdList = [DB, ...Array.from({ length: 20 }, (_, index) => `s${index}`)];
        const { SecretValues, Errors } = await c.batchGetSecretValue({ SecretIdList });
        return { values: SecretValues?.length, errors: Errors?.length };
      },
      "with one that has no value": async (c) => {
        await c.createSecret({ Name: "empty" });
        return c.batchGetSecretValue({ SecretIdList: [DB, "empty"] });
      },
    },
  },
  {
    name: "lists",
    steps: {
      "of nothing": (c) => names(c),
      "five secrets": async (c) => {
        for (const name of ["app/a", "app/b", "x", "y", "z"]) await c.createSecret(create(V1, "one", name));
        return c.describeSecret({ SecretId: "z" });
      },
      "of all": (c) => names(c),
      "by a prefix": (c) => names(c, { Filters: [{ Key: "name", Values: ["app/"] }] }),
      "with what they hold": (c) => c.listSecrets({ Filters: [{ Key: "name", Values: ["app/a"] }] }),
      "by pages": async (c) => {
        const pages = [];
        for (let token: string | undefined, more = true; more; more = token !== undefined) {
          const page = await names(c, { MaxResults: 2, NextToken: token });
          pages.push(page.names.length);
          token = page.NextToken;
        }
        return { pages };
      },
      "by an unknown key": (c) => names(c, { Filters: [{ Key: "size", Values: ["1"] }] }),
    },
  },
  {
    name: "deleting",
    steps: {
      "a secret": (c) => c.createSecret(create(V1, "one")),
      "with too short a window": (c) => c.deleteSecret({ SecretId: DB, RecoveryWindowInDays: 6 }),
      "with a window": (c) => c.deleteSecret({ SecretId: DB, RecoveryWindowInDays: 7 }),
      "reading it then": (c) => c.getSecretValue({ SecretId: DB }),
      "describing it then": labels,
      "a batch with it": async (c) => {
        const { SecretValues, Errors = [] } = await c.batchGetSecretValue({ SecretIdList: [DB] });
        return { SecretValues, errors: Errors.map(({ SecretId, ErrorCode }) => [SecretId, ErrorCode]) };
      },
      "listing without it": (c) => names(c),
      "listing with it": (c) => names(c, { IncludePlannedDeletion: true }),
      "deleting it again": (c) => c.deleteSecret({ SecretId: DB }),
      "creating it again": (c) => c.createSecret(create(V2, "two")),
      "putting to it": (c) => c.putSecretValue(put(V2, "two")),
      "bringing it back": (c) => c.restoreSecret({ SecretId: DB }),
      "reading its first version": (c) => c.getSecretValue({ SecretId: DB, VersionId: V1 }),
      "for good": (c) => c.deleteSecret({ SecretId: DB, ForceDeleteWithoutRecovery: true }),
      "reading what is gone": (c) => c.getSecretValue({ SecretId: DB }),
      "what is not there": (c) => c.deleteSecret({ SecretId: DB }),
      "what is not there, for good": (c) => c.deleteSecret({ SecretId: DB, ForceDeleteWithoutRecovery: true }),
    },
  },
];
