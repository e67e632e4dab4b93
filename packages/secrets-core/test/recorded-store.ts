import {
  type MemoryProvider,
  memoryProvider,
  type ProviderCapabilities,
  type ProviderRef,
  type ProviderSecret,
  type SecretProvider,
  SecretsError,
  type SecretsErrorCode,
} from "../src/index.js";

/** A store in memory that records what it is asked, and that can be slow, broken or of few capabilities. */
export interface RecordedStore extends SecretProvider {
  readonly memory: MemoryProvider;
  /** What was asked, in order: `get A@previous`, `getMany A,B`, `describe A`. */
  readonly calls: string[];
  /** Names that fail, each with its own code, while others answer. */
  readonly failing: Map<string, SecretsErrorCode>;
  /** Thrown by every call as it is, as an SDK throws what it likes. */
  raw: unknown;
  /** From now on calls read the store at once and answer only after the returned function is called. */
  hold(): () => void;
}

export interface RecordedStoreOptions {
  /** `false`: there is no `getMany`. */
  readonly batch?: boolean;
  /** `true`: there is a `describe`. */
  readonly describes?: boolean;
  readonly capabilities?: Partial<ProviderCapabilities>;
  /** What the store says of every value. */
  readonly maxAgeMs?: number;
}

export function recordedStore(
  initial: Record<string, string | Uint8Array> = {},
  options: RecordedStoreOptions = {},
): RecordedStore {
  const memory = memoryProvider(initial);
  const calls: string[] = [];
  const failing = new Map<string, SecretsErrorCode>();
  let gate: Promise<void> | undefined;

  const read = async (ref: ProviderRef): Promise<ProviderSecret> => {
    if (store.raw !== undefined) throw store.raw;
    const code = failing.get(ref.name);
    if (code !== undefined) throw new SecretsError(code);
    const secret = await memory.get(ref, { signal: new AbortController().signal });
    return options.maxAgeMs === undefined ? secret : { ...secret, maxAgeMs: options.maxAgeMs };
  };
  /** The store's answer at the moment of the question, delivered when the gate opens. */
  const answered = async <T>(answer: Promise<T>): Promise<T> => {
    answer.catch(() => undefined); // it may have to wait longer than a rejection may stay unheard
    await gate;
    return answer;
  };

  const store: RecordedStore = {
    name: "recorded",
    capabilities: { ...memory.capabilities, ...options.capabilities },
    memory,
    calls,
    failing,
    raw: undefined,
    hold() {
      let open = () => {};
      gate = new Promise((resolve) => {
        open = resolve;
      });
      return () => {
        gate = undefined;
        open();
      };
    },
    get(ref) {
      calls.push(`get ${textOf(ref)}`);
      return answered(read(ref));
    },
    ...(options.batch !== false && {
      getMany(refs: readonly ProviderRef[]) {
        calls.push(`getMany ${refs.map(textOf).join(",")}`);
        if (store.raw !== undefined) return answered(Promise.reject(store.raw));
        const answers = refs.map(async (ref): Promise<[ProviderRef, ProviderSecret | Error]> => {
          try {
            return [ref, await read(ref)];
          } catch (error) {
            return [ref, error as Error];
          }
        });
        return answered(Promise.all(answers).then((pairs) => new Map(pairs)));
      },
    }),
    ...(options.describes === true && {
      async describe(ref: ProviderRef) {
        calls.push(`describe ${textOf(ref)}`);
        const { version } = await answered(read(ref));
        return version === undefined ? {} : { version };
      },
    }),
    list: (...args) => memory.list?.(...args) ?? missing(),
    put: (...args) => memory.put?.(...args) ?? missing(),
    promote: (...args) => memory.promote?.(...args) ?? missing(),
  };
  return store;
}

function missing(): never {
  throw new Error("the memory provider lacks a method");
}

function textOf({ name, stage, version }: ProviderRef): string {
  if (version !== undefined) return `${name}@v=${version}`;
  return stage === "current" ? name : `${name}@${stage}`;
}
