import { AwsError } from "./aws-error.js";
import type { StoredSecret, StoredVersion } from "./stored-secret.js";

export const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";
export const PENDING = "AWSPENDING";

/** A label is on one version at most. */
export function versionWith(secret: StoredSecret, label: string): StoredVersion | undefined {
  for (const version of secret.versions.values()) if (version.stages.has(label)) return version;
  return undefined;
}

/** The service lists labels sorted. */
export function stagesOf(version: StoredVersion): string[] {
  return [...version.stages].sort();
}

/** Labels by version id. A version without a label is deprecated and not listed. */
export function versionIdsToStages(secret: StoredSecret): Record<string, string[]> | undefined {
  const labelled = [...secret.versions.values()].filter(({ stages }) => stages.size > 0);
  return labelled.length === 0 ? undefined : Object.fromEntries(labelled.map((each) => [each.id, stagesOf(each)]));
}

/** Attaches labels to a version, each taken from the version that has it. AWSPREVIOUS follows AWSCURRENT. */
export function attachLabels(secret: StoredSecret, to: StoredVersion, labels: readonly string[]): void {
  for (const label of labels) {
    const from = versionWith(secret, label);
    if (from === to) continue;
    from?.stages.delete(label);
    to.stages.add(label);
    if (label !== CURRENT || from === undefined) continue;
    versionWith(secret, PREVIOUS)?.stages.delete(PREVIOUS);
    from.stages.add(PREVIOUS);
  }
}

/** What UpdateSecretVersionStage asks for. */
export interface LabelMove {
  readonly label: string;
  readonly moveTo: string | undefined;
  readonly removeFrom: string | undefined;
}

/**
 * Moves or removes one label. It is a compare-and-swap: a label that is on another version moves only when `removeFrom`
 * names that version.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
 */
export function moveLabel(secret: StoredSecret, { label, moveTo, removeFrom }: LabelMove): void {
  const target = moveTo === undefined ? undefined : knownVersion(secret, moveTo);
  const source = removeFrom === undefined ? undefined : knownVersion(secret, removeFrom);
  const holder = versionWith(secret, label);
  if (source !== undefined && source !== holder) {
    throw new AwsError("InvalidParameterException", `Version stage ${label} not found in version ${source.id}`);
  }
  if (target === undefined) {
    if (source === undefined) {
      throw new AwsError("InvalidParameterException", "Specify MoveToVersionId, RemoveFromVersionId or both.");
    }
    if (label === CURRENT) {
      throw new AwsError(
        "InvalidParameterException",
        `You can only move staging label ${CURRENT} to a different secret version. It can’t be completely removed.`,
      );
    }
    source.stages.delete(label);
    return;
  }
  if (holder !== undefined && holder !== target && source === undefined) {
    throw new AwsError(
      "InvalidParameterException",
      `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  attachLabels(secret, target, [label]);
}

function knownVersion(secret: StoredSecret, id: string): StoredVersion {
  const version = secret.versions.get(id);
  if (version === undefined) throw new AwsError("InvalidParameterException", `Not a valid version: ${id}`);
  return version;
}
