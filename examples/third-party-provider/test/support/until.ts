import { setTimeout as sleep } from "node:timers/promises";

const limitMs = 15_000;

/** Waits for a condition. @throws Error with what was waited for, at the limit */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`after ${limitMs} ms it did not come to pass that ${what}`);
    await sleep(5);
  }
}
