/** One request that arrived: what it asked for and how it was answered. No values, no tokens, no bodies. */
export interface VaultCall {
  readonly method: string;
  /** After `/v1/`, decoded, such as `secret/data/app`. */
  readonly path: string;
  /** `?version=` of a read. */
  readonly version?: string;
  readonly namespace?: string;
  /** Whether a token came with it. */
  readonly hasToken: boolean;
  /** Once it was answered; a request that a fault left without an answer has none. */
  readonly status?: number;
}

/** The requests that arrived at one node, those that met a fault or were refused too. */
export interface VaultCalls {
  /** Those whose `GET secret/data/app` is the text, or matches; all without. */
  list(wanted?: string | RegExp): readonly VaultCall[];
  count(wanted?: string | RegExp): number;
  clear(): void;
}

export interface CallJournal extends VaultCalls {
  /** Notes a call; what it gives takes the status later. */
  add(call: Omit<VaultCall, "status">): (status: number) => void;
}

/** How a call is named, in the journal and for faults. */
export function callName({ method, path }: Pick<VaultCall, "method" | "path">): string {
  return `${method} ${path}`;
}

export function callJournal(): CallJournal {
  let calls: VaultCall[] = [];
  const list = (wanted?: string | RegExp) =>
    calls.filter((call) => {
      if (wanted === undefined) return true;
      return typeof wanted === "string" ? callName(call) === wanted : callName(call).search(wanted) >= 0;
    });
  return {
    add(call) {
      const noted: { -readonly [K in keyof VaultCall]: VaultCall[K] } = { ...call };
      calls.push(noted);
      return (status) => {
        noted.status = status;
      };
    },
    list,
    count: (wanted) => list(wanted).length,
    clear: () => {
      calls = [];
    },
  };
}
