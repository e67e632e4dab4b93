/** Calls a user's listener; one that throws, or is asynchronous and rejects, ends here, and `failed` hears of it. */
export function callListener(listener: () => unknown, failed: () => void): void {
  try {
    const answer = listener();
    if (answer instanceof Promise) answer.catch(failed);
  } catch {
    failed();
  }
}
