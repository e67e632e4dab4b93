import { envError } from "./env-error.js";
import { FileFailure } from "./file-failure.js";
import { readFileValue, type SecretValue } from "./file-value.js";
import { type Layer, once } from "./layer.js";

/** Variables by name; a `Map` is one. */
export interface Variables {
  get(name: string): string | undefined;
  keys(): Iterable<string>;
}

const fileSuffix = "_FILE";

/** Live: each look goes to the record itself. */
export function environmentVariables(env: Readonly<Record<string, string | undefined>>): Variables {
  const get = (name: string) => (Object.hasOwn(env, name) ? env[name] : undefined);
  return { get, keys: () => Object.keys(env).filter((name) => get(name) !== undefined) };
}

/**
 * Variables as a layer. `NAME_FILE` names a file that holds the value of `NAME`, the convention of Docker's official
 * images: https://docs.docker.com/compose/how-tos/use-secrets/
 */
export class VariableLayer implements Layer {
  readonly label: string;
  readonly #variables: () => Promise<Variables>;
  readonly #signal: AbortSignal;

  constructor(label: string, load: () => Promise<Variables>, signal: AbortSignal) {
    this.label = label;
    this.#variables = once(load);
    this.#signal = signal;
  }

  async read(name: string): Promise<SecretValue | undefined> {
    const variables = await this.#variables();
    const value = variables.get(name);
    const path = variables.get(`${name}${fileSuffix}`);
    if (path === undefined) return value;
    if (value !== undefined) {
      throw envError(
        "ERR_SECRETS_INVALID_CONFIG",
        `${name} and ${name}${fileSuffix} are both set in ${this.label}. Remove one of them.`,
      );
    }
    if (path.trim() === "") {
      throw envError(
        "ERR_SECRETS_INVALID_CONFIG",
        `${name}${fileSuffix} in ${this.label} is blank. Set it to the path of a file, or remove it.`,
      );
    }
    try {
      return await readFileValue(path, this.#signal);
    } catch (error) {
      // The variable's content is not repeated: someone may have put the secret itself there.
      if (error instanceof FileFailure) throw error.about(`The file that ${name}${fileSuffix} in ${this.label} names`);
      throw error;
    }
  }

  /** `NAME_FILE` stands for `NAME`, and can be asked for itself. */
  async names(): Promise<Iterable<string>> {
    const names = [...(await this.#variables()).keys()];
    const named = names.filter((name) => name.endsWith(fileSuffix)).map((name) => name.slice(0, -fileSuffix.length));
    return [...names, ...named.filter((name) => name !== "")];
  }
}
