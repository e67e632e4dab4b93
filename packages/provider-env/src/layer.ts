import type { SecretValue } from "./file-value.js";

/**
 * One place that secrets are looked up in, during one call of the provider: it loads what it needs once, when it is
 * first asked, so that all of a batch is read from one state of it.
 */
export interface Layer {
  /** For messages: `"the environment"`, `"the volume"`, `".env.local"`. */
  readonly label: string;
  /** The value under exactly this name; `undefined` when there is none. */
  read(name: string): Promise<SecretValue | undefined>;
  /** The names under which `read` looks up a value. */
  names(): Promise<Iterable<string>>;
}

/** Runs `load` when it is first asked for, and hands out that one result. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
}
