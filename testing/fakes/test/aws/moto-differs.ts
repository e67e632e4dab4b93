const ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:";
const id = (number: number) => `00000000-0000-4000-8000-00000000000${number}`;
const labelsOf = (VersionIdsToStages: Readonly<Record<string, readonly string[]>>, more: object = {}) => ({
  ARN: `${ARN}app/db-XXXXXX`,
  Name: "app/db",
  LastChangedDate: "a time",
  CreatedDate: "a time",
  VersionIdsToStages,
  ...more,
});
const two = (stages: readonly string[]) => ({
  [id(1)]: ["AWSPREVIOUS"],
  [id(2)]: stages,
  [id(3)]: ["AWSCURRENT"],
});

interface Difference {
  /** What the service does, and from where that is known. */
  readonly because: string;
  readonly moto: object;
}

/**
 * Where moto answers otherwise than the service, and the fake goes with the service. All other steps must have one answer
 * here and there; a step that is listed and does not differ fails too, so that this list stays true. "Recorded" is what
 * the service answered in github.com/localstack/localstack, tests/aws/services/secretsmanager.
 */
export const motoDiffers: Readonly<Record<string, Difference>> = {
  "creating: one with a bad name": {
    because: "names are checked: recorded",
    moto: { ARN: `${ARN}bad name-XXXXXX`, Name: "bad name", VersionId: id(1) },
  },
  "creating: one with an empty value": {
    because: "a value has 1 byte at least: API_CreateSecret",
    moto: { ARN: `${ARN}blank-XXXXXX`, Name: "blank" },
  },
  "reading: a bad name": {
    because: "names are checked by every operation: recorded",
    moto: { refused: "ResourceNotFoundException" },
  },
  "a name that ends like an ARN: by partial ARN": {
    because: "it is taken for a complete ARN: recorded",
    moto: {
      ARN: `${ARN}xyz-secret-XXXXXX`,
      Name: "xyz-secret",
      VersionId: id(1),
      SecretString: "one",
      VersionStages: ["AWSCURRENT"],
      CreatedDate: "a time",
    },
  },
  "putting: more than 64 KiB": {
    because: "a value has 65,536 bytes at most: API_PutSecretValue",
    moto: { ARN: `${ARN}app/db-XXXXXX`, Name: "app/db", VersionId: id(9), VersionStages: ["AWSCURRENT"] },
  },
  "a rotation: the versions": {
    because: "the ARN is an ARN, and a version names its keys and not a time of reading where there was none: recorded",
    moto: {
      ARN: "app/db",
      Name: "app/db",
      Versions: [
        { VersionId: id(1), VersionStages: ["AWSCURRENT", "mine"], CreatedDate: "a time", LastAccessedDate: "a time" },
        { VersionId: id(2), VersionStages: ["AWSPREVIOUS"], CreatedDate: "a time", LastAccessedDate: "a time" },
      ],
    },
  },
  "a put over a version that is current and pending: labels then": {
    because: "a label is on one version, and the one before is not pending any more: recorded",
    moto: labelsOf(two(["AWSCURRENT", "AWSPENDING"])),
  },
  "an update after a move: labels then": {
    because: "a label is on one version: API_UpdateSecretVersionStage",
    moto: labelsOf(two(["AWSCURRENT", "AWSPENDING"]), { Description: "e" }),
  },
  "a move to a version that is not there: labels then": {
    because: "a move that fails moves nothing; moto takes the label away first",
    moto: labelsOf({}),
  },
  "removing AWSCURRENT: its removal": {
    because: "it cannot be removed: the error is quoted in the sources of Terraform's provider",
    moto: { ARN: `${ARN}app/db-XXXXXX`, Name: "app/db" },
  },
  "a batch: of nothing": {
    because: "it takes ids or filters: API_BatchGetSecretValue",
    moto: {},
  },
  "a batch: of 21": {
    because: "it takes 20 ids at most: API_BatchGetSecretValue",
    moto: { values: 1, errors: 20 },
  },
  "a batch: with one that has no value": {
    because: "what fails for one secret is in Errors: API_BatchGetSecretValue",
    moto: { refused: "ResourceNotFoundException" },
  },
  "deleting: creating it again": {
    because: "the name waits for its deletion: recorded",
    moto: { refused: "ResourceExistsException" },
  },
  "deleting: putting to it": {
    because: "what is marked for deletion takes no version: API_PutSecretValue",
    moto: { ARN: `${ARN}app/db-XXXXXX`, Name: "app/db", VersionId: id(2), VersionStages: ["AWSCURRENT"] },
  },
  "deleting: reading its first version": {
    because: "it follows from the put that moto has let through",
    moto: {
      ARN: `${ARN}app/db-XXXXXX`,
      Name: "app/db",
      VersionId: id(1),
      SecretString: "one",
      VersionStages: ["AWSPREVIOUS"],
      CreatedDate: "a time",
    },
  },
};
