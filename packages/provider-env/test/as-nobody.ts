/** Why a refusal of the file system cannot be shown here; `undefined` when it can. */
export const cannotBeRefused: string | undefined =
  typeof process.getuid !== "function"
    ? "this system has no user ids"
    : process.getuid() === 0 && !canBecomeNobody()
      ? "root is refused nothing and cannot become another user here"
      : undefined;

const nobody = 65534;

/** Runs as a user whom file modes bind: root, whom they do not, becomes nobody for that time. */
export async function asNobody<T>(run: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return run();
  process.seteuid?.(nobody);
  try {
    return await run();
  } finally {
    process.seteuid?.(0);
  }
}

function canBecomeNobody(): boolean {
  try {
    process.seteuid?.(65534);
    process.seteuid?.(0);
    return process.seteuid !== undefined;
  } catch {
    return false; // no right to, as in some containers, or a worker thread
  }
}
