import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { envError } from "./env-error.js";
import { FileFailure, type FileFailureReason, toFileFailure } from "./file-failure.js";
import { readFileValue, type SecretValue } from "./file-value.js";
import { type Layer, once } from "./layer.js";

/** The volume was replaced while it was read: what was read so far must not be mixed with what comes next. */
export class VolumeReplaced extends Error {}

const subject = "The folder given as `directory` (SECRETS_DIRECTORY)";
const absent: ReadonlySet<FileFailureReason> = new Set(["missing", "no-such-path"]);

/**
 * A mounted Secret volume, one file for each secret, as a layer that shows one version of it.
 *
 * Kubernetes keeps the files in a folder behind the link `..data` and updates them by pointing the link at another
 * folder, then deleting the old one (https://pkg.go.dev/k8s.io/kubernetes/pkg/volume/util#AtomicWriter). So the link is
 * followed once, and everything is read from the folder it led to. A plain folder is read as it is.
 */
export class VolumeLayer implements Layer {
  readonly label = "the volume";
  readonly #directory: string;
  readonly #signal: AbortSignal;
  readonly #version: () => Promise<VolumeVersion>;

  constructor(directory: string, signal: AbortSignal) {
    this.#directory = directory;
    this.#signal = signal;
    this.#version = once(() => currentVersion(directory));
  }

  /** @throws VolumeReplaced when the folder that is being read is no longer the one in use */
  async read(name: string): Promise<SecretValue | undefined> {
    const { folder, linked } = await this.#version();
    try {
      return await readFileValue(join(folder, name), this.#signal, { shownComplete: linked });
    } catch (error) {
      if (!(error instanceof FileFailure)) throw error;
      if (!absent.has(error.reason)) throw error.about(`The volume's file ${JSON.stringify(name)}`);
    }
    await this.#stillInUse(folder);
    if (await isLink(join(folder, name)))
      throw new FileFailure("missing").about(`What the volume's link ${JSON.stringify(name)} leads to`);
    return undefined;
  }

  /** @throws VolumeReplaced as `read` does */
  async names(): Promise<Iterable<string>> {
    const { folder } = await this.#version();
    const names = await this.#filesBelow(folder);
    await this.#stillInUse(folder);
    return names;
  }

  /** What is missing is missing for certain only if its folder was still in use after the look: else it was deleted. */
  async #stillInUse(folder: string): Promise<void> {
    if ((await currentVersion(this.#directory)).folder !== folder) throw new VolumeReplaced();
  }

  async #filesBelow(folder: string): Promise<readonly string[]> {
    try {
      return await filesBelow(folder, "");
    } catch (error) {
      const failure = toFileFailure(error);
      if (absent.has(failure.reason)) throw new VolumeReplaced();
      throw failure.about(subject);
    }
  }
}

interface VolumeVersion {
  /** The folder that holds the files now. */
  readonly folder: string;
  /** It was reached through `..data`, so its files were complete before they could be seen. */
  readonly linked: boolean;
}

async function currentVersion(directory: string): Promise<VolumeVersion> {
  const link = join(directory, "..data");
  let linked = false;
  try {
    linked = await isPresent(link);
    const folder = await realpath(linked ? link : directory);
    if ((await stat(folder)).isDirectory()) return { folder, linked };
  } catch (error) {
    const failure = toFileFailure(error);
    if (linked && failure.reason === "missing") throw new VolumeReplaced();
    if (failure.reason !== "not-a-file" && !absent.has(failure.reason)) throw failure.about(subject);
  }
  throw envError(
    "ERR_SECRETS_INVALID_CONFIG",
    `${subject} does not exist or is no folder. Mount the volume there, or correct the path.`,
  );
}

/** A link that leads nowhere is a mistake and not "no secret": the next layer may hold an older value. */
async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (absent.has(toFileFailure(error).reason)) return false;
    throw error;
  }
}

async function isPresent(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (toFileFailure(error).reason === "missing") return false;
    throw error;
  }
}

/** Names of the files below a folder, except what starts with `..`, which is Kubernetes' own. */
async function filesBelow(folder: string, prefix: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name.startsWith("..")) continue;
    const path = join(folder, entry.name);
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) names.push(...(await filesBelow(path, `${name}/`)));
    else if (entry.isFile() || (entry.isSymbolicLink() && (await leadsToFile(path)))) names.push(name);
  }
  return names;
}

async function leadsToFile(link: string): Promise<boolean> {
  try {
    return (await stat(link)).isFile();
  } catch (error) {
    const { reason } = toFileFailure(error);
    if (reason === "not-a-file" || absent.has(reason)) return false;
    throw error;
  }
}
