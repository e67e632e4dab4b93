import { setMaxListeners } from "node:events";
import type { Clock } from "@qarion/secrets-core";

/**
 * Runs with a signal that aborts as soon as one of these does. Unlike `AbortSignal.any`, which Node 20.0 lacks, it
 * leaves nothing behind at a signal that lives long.
 */
export async function underSignals<T>(
  signals: readonly AbortSignal[],
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const listeners = signals.map((signal) => ({ signal, abort: () => controller.abort(signal.reason) }));
  for (const { signal, abort } of listeners) {
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
  }
  try {
    controller.signal.throwIfAborted();
    return await run(controller.signal);
  } finally {
    for (const { signal, abort } of listeners) signal.removeEventListener("abort", abort);
  }
}

/** Runs with a signal that aborts after `ms`, and with the ones that are given. */
export async function withinMs<T>(
  { clock, ms, signals }: { readonly clock: Clock; readonly ms: number; readonly signals: readonly AbortSignal[] },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const done = new AbortController();
  const late = () => deadline.abort(new DOMException("Vault did not answer in time", "TimeoutError"));
  clock.sleep(ms, done.signal, { background: true }).then(late, () => undefined);
  try {
    return await underSignals([...signals, deadline.signal], run);
  } finally {
    done.abort();
  }
}

/** A signal that each call under way listens to: many at once are no leak. */
export function sharedController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
