import { BrokenClause } from "./outcome.js";

/** How long any single call may take before a case calls it stuck. */
export const callLimitMs = 10_000;

/** @throws BrokenClause when the work takes longer */
export async function within<T>(limitMs: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BrokenClause(`${what} did not end within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined); // it lost the race, and nobody else waits for it
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
