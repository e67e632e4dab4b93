/** What one version holds: text or bytes, or neither while a rotation has only announced it. */
export type SecretValue = { readonly text: string } | { readonly bytes: Buffer };

export interface StoredVersion {
  readonly id: string;
  readonly createdAt: Date;
  value: SecretValue | undefined;
  readonly stages: Set<string>;
}

export interface StoredSecret {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Date;
  readonly tags: readonly Tag[];
  readonly kmsKeyId: string | undefined;
  description: string | undefined;
  changedAt: Date;
  /** The day on which a value was last read; the service tells no more. */
  accessedOn: Date | undefined;
  /** When it is going to be deleted; until then it can be restored. */
  deletionDate: Date | undefined;
  rotation: Rotation | undefined;
  /** By version id, the oldest first. Versions without a label are kept, and called deprecated. */
  readonly versions: Map<string, StoredVersion>;
}

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

interface Rotation {
  readonly enabled: boolean;
  readonly afterDays: number;
  /** The version that the rotation under way, or the last one, has announced. */
  readonly versionId: string;
  /** When AWSCURRENT last came to a version that a rotation had announced. */
  lastRotatedAt: Date | undefined;
  readonly nextRotationAt: Date;
}

export function sameValue(a: SecretValue, b: SecretValue): boolean {
  if ("text" in a) return "text" in b && a.text === b.text;
  return "bytes" in b && a.bytes.equals(b.bytes);
}
