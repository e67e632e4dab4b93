import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { parseDotenv } from "./dotenv-syntax.js";
import { FileFailure } from "./file-failure.js";
import { type FileStamp, isSameStamp, readStableFile, type StableFile } from "./stable-file.js";
import type { Variables } from "./variable-layer.js";

/** A `.env` file, read again only when it has changed. */
export class DotenvFile {
  /** As messages show it: without its folders. */
  readonly name: string;
  readonly #path: string;
  #known: { readonly stamp: FileStamp; readonly variables: Variables } | undefined;

  constructor(path: string) {
    this.#path = path;
    this.name = basename(path);
  }

  /**
   * Its variables; none when there is no such file.
   *
   * @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` when it is malformed or no file, `ERR_SECRETS_ACCESS_DENIED`
   *   when it may not be read, `ERR_SECRETS_INVALID_VALUE` when it is too large, `ERR_SECRETS_UNAVAILABLE`
   */
  async load(signal: AbortSignal): Promise<Variables> {
    const known = this.#known;
    if (known && (await this.#hasStamp(known.stamp))) return known.variables;
    this.#known = undefined;
    const file = await this.#read(signal);
    if (!file) return new Map();
    const variables = parseDotenv(file.bytes, this.name);
    if (file.stampTellsChanges) this.#known = { stamp: file.stamp, variables };
    return variables;
  }

  /** Drops the values held. */
  forget(): void {
    this.#known = undefined;
  }

  async #hasStamp(stamp: FileStamp): Promise<boolean> {
    try {
      return isSameStamp(stamp, await stat(this.#path, { bigint: true }));
    } catch {
      return false; // the read that follows says what is wrong
    }
  }

  async #read(signal: AbortSignal): Promise<StableFile | undefined> {
    try {
      return await readStableFile(this.#path, signal);
    } catch (error) {
      if (!(error instanceof FileFailure)) throw error;
      if (error.reason === "missing") return undefined;
      throw error.about(this.name);
    }
  }
}
