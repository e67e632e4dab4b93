import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { FileFailure, maxFileBytes, toFileFailure } from "./file-failure.js";

/** What tells one state of a file from the next. */
export type FileStamp = Pick<BigIntStats, "dev" | "ino" | "size" | "mtimeNs" | "ctimeNs">;

export interface StableFile {
  readonly bytes: Buffer;
  readonly stamp: FileStamp;
  /**
   * The file had been left alone for long enough that any later change shows in its stamp. Otherwise a change within
   * the same tick of the file system's clock, and of the same size, would go unseen.
   */
  readonly stampTellsChanges: boolean;
}

/** Editors and shells truncate a file first and write it then: what was changed so recently may be half of it. */
const settledAfterMs = 10;
const maxTries = 5;
/** The coarsest clock of a file system in use, FAT's. */
const coarsestTimestampMs = 2000;
const chunkBytes = 64 * 1024;

/**
 * Reads a whole regular file as it stood at one moment: the stamp before and after agree, and a file that was changed
 * just now is given a moment to settle, unless its writer is known to show complete files only.
 *
 * @throws FileFailure when it cannot be read
 * @throws the signal's abort error when that comes first
 */
export async function readStableFile(
  path: string,
  signal: AbortSignal,
  { shownComplete = false }: { readonly shownComplete?: boolean } = {},
): Promise<StableFile> {
  for (let tries = 1; ; tries++) {
    const startedAtMs = Date.now();
    const { before, bytes, after } = await readOnce(path);
    const unchangedForMs = startedAtMs - lastChangeMs(after);
    const whole = isSameStamp(before, after);
    const settled = shownComplete || Math.abs(unchangedForMs) > settledAfterMs;
    // A file that is written to all the time never settles; what was read of it is at least of one moment.
    if (whole && (settled || tries === maxTries)) {
      return { bytes, stamp: after, stampTellsChanges: unchangedForMs > coarsestTimestampMs };
    }
    if (tries === maxTries) throw new FileFailure("changing");
    await sleep(settledAfterMs, undefined, { signal });
  }
}

export function isSameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

/** `ctime` as well: tools that copy a file with its times set `mtime` back, but nothing sets `ctime`. */
function lastChangeMs({ mtimeNs, ctimeNs }: FileStamp): number {
  return Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n);
}

async function readOnce(path: string): Promise<{ before: FileStamp; bytes: Buffer; after: FileStamp }> {
  try {
    // Without O_NONBLOCK, opening a pipe would wait for someone to write to it.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const before = await handle.stat({ bigint: true });
      if (!before.isFile()) throw new FileFailure("not-a-file");
      const bytes = await readToEnd(handle);
      return { before, bytes, after: await handle.stat({ bigint: true }) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw toFileFailure(error);
  }
}

/** To the end rather than to `size`, which some network and FUSE file systems report as 0. */
async function readToEnd(handle: FileHandle): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let total = 0; total <= maxFileBytes; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(chunkBytes), 0, chunkBytes);
    if (bytesRead === 0) return Buffer.concat(chunks);
    chunks.push(buffer.subarray(0, bytesRead));
    total += bytesRead;
  }
  throw new FileFailure("too-large");
}
