import { invalidArgument } from "./service-errors.js";

const MAX_PAGE_SIZE = 25_000;

/** What a list request says of the page that it wants. */
export interface PageRequest {
  readonly pageSize?: number;
  readonly pageToken?: string;
  readonly filter?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken: string;
}

/**
 * One page of a list. A token names the last item that was given, so that what is added or removed between two pages
 * moves nothing; it is good only for the list and the filter that it came from.
 * @param items in the order of the list, in which their positions fall
 * @param sizeUnasked how many to give to those who do not say
 * @throws RpcError INVALID_ARGUMENT for a token of something else, or a negative size
 */
export function pageOf<T>(
  items: readonly T[],
  positionOf: (item: T) => number,
  list: string,
  { pageSize = 0, pageToken = "", filter = "" }: PageRequest,
  sizeUnasked: number,
): Page<T> {
  if (pageSize < 0) throw invalidArgument();
  const after = pageToken === "" ? Number.POSITIVE_INFINITY : positionIn(pageToken, list, filter);
  const rest = items.filter((item) => positionOf(item) < after);
  const page = rest.slice(0, Math.min(pageSize === 0 ? sizeUnasked : pageSize, MAX_PAGE_SIZE));
  const last = page.at(-1);
  const more = last !== undefined && page.length < rest.length;
  return { items: page, nextPageToken: more ? tokenFor(positionOf(last), list, filter) : "" };
}

function tokenFor(position: number, list: string, filter: string): string {
  return Buffer.from(JSON.stringify([position, list, filter])).toString("base64url");
}

function positionIn(token: string, list: string, filter: string): number {
  try {
    const [position, ofList, ofFilter] = JSON.parse(Buffer.from(token, "base64url").toString()) as unknown[];
    if (typeof position === "number" && ofList === list && ofFilter === filter) return position;
  } catch {
    // Not a token of this server: refused below.
  }
  throw invalidArgument();
}
