import { memoryProvider, type SecretProvider } from "../../src/index.js";

export interface ChunkedStore extends SecretProvider {
  /** The names of each call to the store behind it. */
  readonly storeCalls: readonly (readonly string[])[];
}

/** A provider whose store takes no more than `chunkSize` names in a call, as BatchGetSecretValue of AWS takes 20. */
export function chunkedStore(initial: Record<string, string>, chunkSize: number): ChunkedStore {
  const memory = memoryProvider(initial);
  const storeCalls: string[][] = [];
  return {
    name: "chunked",
    capabilities: { stages: false, versions: false },
    storeCalls,
    get(ref, context) {
      storeCalls.push([ref.name]);
      return memory.get(ref, context);
    },
    async getMany(refs, context) {
      const chunks = Array.from({ length: Math.ceil(refs.length / chunkSize) }, (_, index) =>
        refs.slice(index * chunkSize, (index + 1) * chunkSize),
      );
      const answers = chunks.map(async (chunk) => {
        storeCalls.push(chunk.map(({ name }) => name));
        return (await memory.getMany?.(chunk, context)) ?? new Map();
      });
      return new Map((await Promise.all(answers)).flatMap((chunk) => [...chunk]));
    },
  };
}
