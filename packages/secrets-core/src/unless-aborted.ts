/**
 * What the work comes to, or a rejection as soon as the signal is aborted: with its reason, or with `failure`. The work goes
 * on, so one who gives up does not take it from others; for a client that knows no signals it is the way to honour one.
 */
export function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  failure: () => unknown = () => signal.reason,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(failure());
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
