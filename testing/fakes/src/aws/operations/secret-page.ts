import { AwsError } from "../aws-error.js";
import { type Parameters, violated } from "../parameters.js";
import type { StoredSecret } from "../stored-secret.js";
import type { OperationContext } from "./operation.js";

export interface SecretPage {
  readonly secrets: readonly StoredSecret[];
  readonly nextToken: string | undefined;
}

/**
 * One page of the secrets that pass all `Filters`, the oldest first unless `SortOrder` says `desc`. Without
 * `IncludePlannedDeletion` those that are marked for deletion are left out.
 * @throws AwsError InvalidNextTokenException, or ValidationException for a filter that is none
 */
export function pageOf({ store, sparsePages }: OperationContext, input: Parameters, maxMaxResults: number): SecretPage {
  const size = input.number("MaxResults", { min: 1, max: maxMaxResults }) ?? maxMaxResults;
  const start = offsetOf(input.text("NextToken", { min: 1, max: 4096 }));
  const filters = (input.objects("Filters", { max: 10 }) ?? []).map(filterOf);
  const planned = input.flag("IncludePlannedDeletion");
  const passes = (secret: StoredSecret) =>
    (planned || secret.deletionDate === undefined) && filters.every((filter) => filter(secret));

  const sorted = input.text("SortOrder") === "desc" ? store.all().toReversed() : store.all();
  const candidates = sparsePages ? sorted : sorted.filter(passes);
  const end = start + size;
  return {
    secrets: candidates.slice(start, end).filter(passes),
    nextToken: end < candidates.length ? tokenOf(end) : undefined,
  };
}

const TOKEN = /^from (\d+)$/;

function tokenOf(offset: number): string {
  return Buffer.from(`from ${offset}`).toString("base64url");
}

function offsetOf(token: string | undefined): number {
  if (token === undefined) return 0;
  const [, offset] = TOKEN.exec(Buffer.from(token, "base64url").toString()) ?? [];
  if (offset === undefined) throw new AwsError("InvalidNextTokenException");
  return Number(offset);
}

const ATTRIBUTES: Readonly<Record<string, (secret: StoredSecret) => readonly string[]>> = {
  name: ({ name }) => [name],
  description: ({ description }) => (description === undefined ? [] : [description]),
  "tag-key": ({ tags }) => tags.map(({ Key }) => Key),
  "tag-value": ({ tags }) => tags.map(({ Value }) => Value),
};
const NOT_EVALUATED = new Set(["all", "primary-region", "owning-service"]);

/** A filter passes what begins with one of its values; `!` before a value turns it round. Only descriptions ignore case. */
function filterOf(filter: Parameters): (secret: StoredSecret) => boolean {
  const key = filter.requiredText("Key");
  const values = filter.texts("Values", { min: 1, max: 10 }) ?? [];
  if (NOT_EVALUATED.has(key)) throw new AwsError("UnknownOperationException", `This fake does not filter by ${key}.`);
  const attributes = ATTRIBUTES[key];
  if (attributes === undefined) {
    const keys = [...Object.keys(ATTRIBUTES), ...NOT_EVALUATED].join(", ");
    throw violated("filters.1.member.key", `Member must satisfy enum value set: [${keys}]`);
  }
  const fold = (text: string) => (key === "description" ? text.toLowerCase() : text);
  const begins = (secret: StoredSecret, prefix: string) =>
    attributes(secret).some((attribute) => fold(attribute).startsWith(fold(prefix)));
  return (secret) =>
    values.some((value) => (value.startsWith("!") ? !begins(secret, value.slice(1)) : begins(secret, value)));
}
