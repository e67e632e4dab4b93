/** One call that arrived. Names only: what was written or read is not kept. */
export interface AwsCall {
  readonly operation: string;
  /** As they were asked for: names or ARNs. */
  readonly secretIds: readonly string[];
  readonly versionId?: string;
  readonly versionStage?: string;
}

/** The calls that arrived, those that met a fault or were denied too; one for each attempt of the SDK. */
export interface AwsCalls {
  /** Of one operation, such as `GetSecretValue`; of all without. */
  count(operation?: string): number;
  list(operation?: string): readonly AwsCall[];
  clear(): void;
}

export function callJournal(): AwsCalls & { add(operation: string, input: unknown): void } {
  let calls: AwsCall[] = [];
  const list = (operation?: string) => calls.filter((call) => operation === undefined || call.operation === operation);
  return {
    add: (operation, input) => void calls.push(callOf(operation, input)),
    list,
    count: (operation) => list(operation).length,
    clear: () => {
      calls = [];
    },
  };
}

function callOf(operation: string, input: unknown): AwsCall {
  const given = (typeof input === "object" && input !== null ? input : {}) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const secretIds = [given.SecretId ?? given.Name ?? given.SecretIdList ?? []]
    .flat()
    .filter((id) => text(id) !== undefined);
  const versionId = text(given.VersionId ?? given.MoveToVersionId ?? given.ClientRequestToken);
  const versionStage = text(given.VersionStage);
  return {
    operation,
    secretIds: secretIds as string[],
    ...(versionId === undefined ? {} : { versionId }),
    ...(versionStage === undefined ? {} : { versionStage }),
  };
}
