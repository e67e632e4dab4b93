import type { MethodName } from "./methods.js";
import type { RpcStatus } from "./rpc-error.js";

/** One call, with names and never with values. */
export interface JournalEntry {
  readonly method: MethodName;
  /** The resource that the request named, as it named it. */
  readonly name: string;
  readonly transport: "grpc" | "rest";
  /** Of the regional endpoint that was called. */
  readonly location: string | undefined;
  /** Whose token came along; undefined when that was nobody's. */
  readonly principal: string | undefined;
  /** How long the client said that it waits. REST does not say, nor does a call without a deadline. */
  readonly timeoutMs: number | undefined;
  /** What was answered; `NONE` when nothing was, undefined while the call is under way. */
  readonly answer: "OK" | RpcStatus | "NONE" | undefined;
}

/** The calls that reached the server, those that a fault met too. */
export interface CallJournal {
  /** In the order in which they came. */
  readonly entries: readonly JournalEntry[];
  /** How many there were, of all methods or of one. */
  count(method?: MethodName): number;
  /** How many there were of each method that was called. */
  counts(): Partial<Record<MethodName, number>>;
  clear(): void;
}

/** An entry while its call is under way. */
export type OpenEntry = { -readonly [Field in keyof JournalEntry]: JournalEntry[Field] };

export function callJournal(): CallJournal & { add(entry: OpenEntry): void } {
  let entries: OpenEntry[] = [];
  return {
    get entries() {
      return entries;
    },
    count: (method) => entries.filter((entry) => method === undefined || entry.method === method).length,
    counts() {
      const counts: Partial<Record<MethodName, number>> = {};
      for (const { method } of entries) counts[method] = (counts[method] ?? 0) + 1;
      return counts;
    },
    clear: () => {
      entries = [];
    },
    add: (entry) => void entries.push(entry),
  };
}
