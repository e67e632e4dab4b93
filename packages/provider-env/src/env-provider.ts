import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type CallContext,
  nameOwners,
  type ProviderCapabilities,
  type ProviderRef,
  type ProviderSecret,
  type SecretProvider,
  SecretsError,
} from "@qarion/secrets-core/provider";
import { DotenvFile } from "./dotenv-file.js";
import { envError, providerName, withSecretName } from "./env-error.js";
import type { SecretValue } from "./file-value.js";
import type { Layer } from "./layer.js";
import { VolumeLayer, VolumeReplaced } from "./secret-volume.js";
import { ValueVersions } from "./value-versions.js";
import { environmentVariables, VariableLayer } from "./variable-layer.js";
import { type LookupNames, lookupNames } from "./variable-name.js";

export interface EnvProviderOptions {
  /** The variables, read anew at each call and never written to. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * `.env` files, relative to the working directory at the time of creation; the first one that has a name wins, and
   * a file that does not exist is skipped. Default: `[".env.local", ".env"]`; `[]` reads none.
   */
  readonly files?: readonly string[] | undefined;
  /** The folder of a mounted Secret volume (Kubernetes) or of secret files (`/run/secrets`). Default: none. */
  readonly directory?: string | undefined;
}

/** A volume is replaced about once a minute at most; each try starts the whole batch again. */
const maxTries = 20;
const pauseBetweenTriesMs = 2;

/**
 * Secrets from the environment, then a mounted Secret volume, then `.env` files. Each layer is asked for the literal
 * name and then for the variable name: `llm_api_key/control_plane` is also `LLM_API_KEY_CONTROL_PLANE`. The previous
 * value of `X` is `X_PREVIOUS`, the pending one `X_NEXT`. `X_FILE` in the environment or in a `.env` file names a file
 * that holds the value of `X`. Nothing is cached (`maxAgeMs` is 0): a change is seen by the next read. It writes to no
 * variable and prints nothing.
 *
 * Its methods throw `SecretsError`:
 * - `ERR_SECRETS_NOT_FOUND`: no layer has the name
 * - `ERR_SECRETS_ACCESS_DENIED`: a file or folder that would have to be read may not be
 * - `ERR_SECRETS_INVALID_REF`: a name with a leading `/`, or a segment that is empty, `.` or starts with `..`
 * - `ERR_SECRETS_INVALID_CONFIG`: `X` and `X_FILE` both set in one layer; `X_FILE` names no file; a malformed `.env`
 *   file; a `directory` that is no folder; two names that stand for one variable
 * - `ERR_SECRETS_INVALID_VALUE`: a file of more than 1 MiB
 * - `ERR_SECRETS_UNAVAILABLE`: a file or the volume changed during each try to read it, or the system failed
 * - `ERR_SECRETS_UNSUPPORTED`: a reference with a version
 * - `ERR_SECRETS_ABORTED`, `ERR_SECRETS_CLOSED`
 *
 * @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` when `directory` or one of `files` is blank
 */
export function envProvider(options: EnvProviderOptions = {}): SecretProvider {
  return new EnvProvider(options);
}

class EnvProvider implements SecretProvider {
  readonly name = providerName;
  readonly capabilities: ProviderCapabilities = { stages: true, versions: false, durable: false, maxAgeMs: 0 };
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #files: readonly DotenvFile[];
  readonly #directory: string | undefined;
  readonly #owners = nameOwners(providerName);
  readonly #versions = new ValueVersions();
  #closed = false;

  constructor({ env = process.env, files = [".env.local", ".env"], directory }: EnvProviderOptions) {
    this.#env = env;
    this.#files = files.map((file) => new DotenvFile(pathOf(file, "files")));
    this.#directory = directory === undefined ? undefined : pathOf(directory, "directory");
  }

  get(ref: ProviderRef, { signal }: CallContext): Promise<ProviderSecret> {
    return this.#consistently(signal, (layers) => this.#read(ref, layers), ref.name);
  }

  getMany(
    refs: readonly ProviderRef[],
    { signal }: CallContext,
  ): Promise<ReadonlyMap<ProviderRef, ProviderSecret | Error>> {
    return this.#consistently(signal, async (layers) => {
      const answers = new Map<ProviderRef, ProviderSecret | Error>();
      for (const ref of refs) {
        this.#checkUsable(signal);
        answers.set(ref, await this.#attempt(ref, layers));
      }
      return answers;
    });
  }

  /** Variables, files of the volume and keys of `.env` files, each name once. */
  async *list(
    options: { readonly prefix?: string },
    { signal }: CallContext,
  ): AsyncIterable<{ readonly name: string }> {
    const names = await this.#consistently(signal, async (layers) => {
      const all = new Set<string>();
      for (const layer of layers) for (const name of await layer.names()) all.add(name);
      return all;
    });
    for (const name of names) if (name.startsWith(options.prefix ?? "")) yield { name };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const file of this.#files) file.forget();
  }

  /** Runs over one state of all layers, and again from the start when the volume was replaced meanwhile. */
  async #consistently<T>(
    signal: AbortSignal,
    run: (layers: readonly Layer[]) => Promise<T>,
    secretName?: string,
  ): Promise<T> {
    try {
      for (let tries = 1; tries <= maxTries; tries++) {
        this.#checkUsable(signal);
        try {
          const result = await run(this.#layers(signal));
          this.#checkUsable(signal);
          return result;
        } catch (error) {
          if (!(error instanceof VolumeReplaced)) throw error;
        }
        await sleep(pauseBetweenTriesMs, undefined, { signal });
      }
      throw envError(
        "ERR_SECRETS_UNAVAILABLE",
        `The volume was being replaced at each of ${maxTries} tries. Check that its "..data" leads to a folder.`,
      );
    } catch (error) {
      const told = signal.aborted && !SecretsError.is(error) ? aborted(signal) : error;
      throw secretName === undefined ? told : withSecretName(told, secretName);
    }
  }

  #layers(signal: AbortSignal): readonly Layer[] {
    return [
      new VariableLayer("the environment", async () => environmentVariables(this.#env), signal),
      ...(this.#directory === undefined ? [] : [new VolumeLayer(this.#directory, signal)]),
      ...this.#files.map((file) => new VariableLayer(file.name, () => file.load(signal), signal)),
    ];
  }

  async #attempt(ref: ProviderRef, layers: readonly Layer[]): Promise<ProviderSecret | Error> {
    try {
      return await this.#read(ref, layers);
    } catch (error) {
      const named = withSecretName(error, ref.name);
      if (SecretsError.is(named)) return named;
      throw error; // the volume was replaced, or the caller gave up: that concerns the whole batch
    }
  }

  async #read(ref: ProviderRef, layers: readonly Layer[]): Promise<ProviderSecret> {
    if (ref.version !== undefined) {
      throw envError("ERR_SECRETS_UNSUPPORTED", "Variables and files have no versions to choose from: leave out @v=.");
    }
    const names = lookupNames(ref);
    const value = await this.#find(names, layers);
    if (value === undefined) throw notFound(names, layers);
    return { value, version: this.#versions.versionOf(ref.name, ref.stage, value), maxAgeMs: 0 };
  }

  async #find(names: LookupNames, layers: readonly Layer[]): Promise<SecretValue | undefined> {
    const { literal, variable } = names;
    for (const layer of layers) {
      const value = await layer.read(literal);
      if (value !== undefined) return value;
      if (variable === literal) continue;
      const underVariable = await layer.read(variable);
      if (underVariable === undefined) continue;
      this.#owners.claim(variable, literal);
      return underVariable;
    }
    return undefined;
  }

  #checkUsable(signal: AbortSignal): void {
    if (this.#closed) throw new SecretsError("ERR_SECRETS_CLOSED", { provider: this.name });
    if (signal.aborted) throw aborted(signal);
  }
}

function aborted(signal: AbortSignal): SecretsError {
  return new SecretsError("ERR_SECRETS_ABORTED", { provider: providerName, cause: signal.reason });
}

function notFound({ literal, variable }: LookupNames, layers: readonly Layer[]): SecretsError {
  const places = layers.map(({ label }) => label).join(", ");
  const names = literal === variable ? variable : `"${literal}" and ${variable}`;
  return envError(
    "ERR_SECRETS_NOT_FOUND",
    `Set ${variable} in the environment, or add it to another layer. Looked for ${names} in: ${places}.`,
  );
}

function pathOf(path: string, option: string): string {
  if (path.trim() !== "") return resolve(path);
  throw envError(
    "ERR_SECRETS_INVALID_CONFIG",
    `A path in the option \`${option}\` is blank. Name a path, or leave it out.`,
  );
}
