import { parseRef, type Ref, type SecretRef } from "../secret-ref.js";

/** Where a key's other values are looked for when the user names none. */
export interface UsualRefs {
  readonly pending: readonly Ref[];
  readonly previous: readonly Ref[];
  readonly rotatedAt: Ref | undefined;
}

/**
 * By stage (`NAME@pending`, `NAME@previous`) and by name (`NAME_NEXT`, `NAME_PREVIOUS`, `NAME_ROTATED_AT`). Members of a
 * JSON secret have no stages, so beside `name#KEY` only `name#KEY_NEXT` and so on are looked for; beside a fixed stage
 * or version there is nothing to look for.
 *
 * @throws SecretsError `ERR_SECRETS_INVALID_REF`
 */
export function usualRefs(current: Ref): UsualRefs {
  const { name, stage, version, key } = parseRef(current);
  if (stage !== "current" || version !== undefined) return { pending: [], previous: [], rotatedAt: undefined };
  const named = (suffix: string): SecretRef =>
    key === undefined ? { name: `${name}${suffix}` } : { name, key: `${key}${suffix}` };
  const staged = (at: "pending" | "previous"): SecretRef[] => (key === undefined ? [{ name, stage: at }] : []);
  return {
    pending: [...staged("pending"), named("_NEXT")],
    previous: [...staged("previous"), named("_PREVIOUS")],
    rotatedAt: named("_ROTATED_AT"),
  };
}
