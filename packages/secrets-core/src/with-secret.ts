import { ageMs, type Clock, instant } from "./clock.js";
import type { Secret } from "./secret.js";
import { SecretsError } from "./secrets-error.js";

export interface WithSecretOptions {
  /** Whether the error says that the credential was refused; every other error is the caller's own. */
  isAuthFailure(error: unknown): boolean;
  /** How long to go on trying, in milliseconds; 10,000 by default. */
  readonly budgetMs?: number;
  readonly signal?: AbortSignal;
}

/** How to read the secret's values during a rotation. */
export interface SecretVersions {
  readonly clock: Clock;
  /** How long after a rotation the value before it may still be the right one, in milliseconds. */
  readonly windowMs: number;
  current(): Promise<Secret>;
  /** Asks the store, shared with all who ask meanwhile. */
  refreshed(): Promise<Secret>;
  /** `undefined` when there is none, or it may not be read. */
  staged(stage: "pending" | "previous"): Promise<Secret | undefined>;
  /** When this process saw the value change, in milliseconds since the epoch. */
  changedAtMs(): number | undefined;
}

const defaultBudgetMs = 10_000;
const firstPauseMs = 250;
const longestPauseMs = 2_000;

/**
 * Uses a secret through the minute of its rotation in which the database and the store do not agree: the new password is
 * live and not yet current in the store, or current in the store and not yet live. See `Secrets.withSecret`.
 */
export async function withSecret<T>(
  versions: SecretVersions,
  use: (secret: Secret) => Promise<T>,
  { isAuthFailure, budgetMs = defaultBudgetMs, signal }: WithSecretOptions,
): Promise<T> {
  const { clock } = versions;
  const startedAt = instant(clock);
  const leftMs = () => budgetMs - ageMs(clock, startedAt);
  let refusal: unknown;
  const attempt = async (secret: Secret): Promise<{ result: T } | undefined> => {
    throwIfAborted(signal);
    try {
      return { result: await use(secret) };
    } catch (error) {
      if (!isAuthFailure(error)) throw error;
      refusal = error;
      return undefined;
    }
  };

  let tried = await versions.current();
  const first = await attempt(tried);
  if (first) return first.result;
  for (let pauseMs = firstPauseMs; leftMs() > 0; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const refreshed = await lastGood(versions, tried);
    const isNew = !refreshed.equals(tried);
    tried = refreshed;
    const done =
      (isNew ? await attempt(refreshed) : undefined) ?? (await attemptAlternates(versions, refreshed, attempt));
    if (done) return done.result;
    const restMs = Math.min(pauseMs * (0.5 + Math.random() / 2), leftMs());
    if (restMs > 0) await rest(clock, restMs, signal);
  }
  throw refusal;
}

/** The values beside the current one, only while the store's metadata shows a rotation: guessing locks accounts. */
async function attemptAlternates<R>(
  versions: SecretVersions,
  current: Secret,
  attempt: (secret: Secret) => Promise<R | undefined>,
): Promise<R | undefined> {
  const pending = await versions.staged("pending");
  if (pending && !pending.equals(current)) {
    const done = await attempt(pending);
    if (done !== undefined) return done;
  }
  if (!wasJustRotated(versions, current)) return undefined;
  const previous = await versions.staged("previous");
  return previous && !previous.equals(current) ? attempt(previous) : undefined;
}

function wasJustRotated({ clock, windowMs, changedAtMs }: SecretVersions, { activatedAt }: Secret): boolean {
  const rotatedAtMs = activatedAt?.getTime() ?? changedAtMs();
  return rotatedAtMs !== undefined && clock.now() - rotatedAtMs <= windowMs;
}

/** The refreshed value, or the one that was tried when the store cannot be asked. */
async function lastGood(versions: SecretVersions, tried: Secret): Promise<Secret> {
  try {
    return await versions.refreshed();
  } catch (error) {
    if (SecretsError.is(error) && error.retryable) return tried;
    throw error;
  }
}

async function rest(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch {
    throwIfAborted(signal);
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new SecretsError("ERR_SECRETS_ABORTED");
}
