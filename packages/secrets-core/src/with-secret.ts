import { ageMs, type Clock, type Instant, instant } from "./clock.js";
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
/** Into so many parts the budget is cut, and in each a value is tried once: databases lock accounts after some refusals. */
const triesOfAValue = 4;
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
  const tries: { readonly secret: Secret; at: Instant }[] = [];
  const mayTry = (secret: Secret): boolean => {
    const known = tries.find((value) => value.secret.equals(secret));
    if (known && ageMs(clock, known.at) < budgetMs / triesOfAValue) return false;
    if (known) known.at = instant(clock);
    else tries.push({ secret, at: instant(clock) });
    return true;
  };
  const attempt = async (secret: Secret): Promise<{ result: T } | undefined> => {
    throwIfAborted(signal);
    if (!mayTry(secret)) return undefined;
    try {
      return { result: await use(secret) };
    } catch (error) {
      if (!isAuthFailure(error)) throw error;
      refusal = error;
      return undefined;
    }
  };

  const inTime = <R>(question: () => Promise<R>) => answerInTime(question, clock, leftMs(), signal);

  let tried = await unlessAborted(() => versions.current(), signal);
  const first = await attempt(tried);
  if (first) return first.result;
  for (let pauseMs = firstPauseMs; leftMs() > 0; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const before = tried;
    tried = (await inTime(() => lastGood(versions, before))) ?? before;
    const staged = (stage: "pending" | "previous") => inTime(() => versions.staged(stage));
    const done = (await attempt(tried)) ?? (await attemptAlternates({ ...versions, staged }, tried, attempt));
    if (done) return done.result;
    const restMs = Math.ceil(Math.min(pauseMs * (0.5 + Math.random() / 2), leftMs())); // timers know whole milliseconds
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

/** `undefined` when the time is up before the store has answered. */
async function answerInTime<R>(
  question: () => Promise<R>,
  clock: Clock,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<R | undefined> {
  const over = new AbortController();
  const none = () => undefined;
  const timeIsUp = clock.sleep(ms, over.signal).then(none, none);
  try {
    return await unlessAborted(() => Promise.race([question(), timeIsUp]), signal);
  } finally {
    over.abort();
  }
}

/** Whoever aborts does not wait for the store's answer. */
async function unlessAborted<R>(question: () => Promise<R>, signal: AbortSignal | undefined): Promise<R> {
  throwIfAborted(signal);
  let end = () => {};
  const aborted = new Promise<never>((_, reject) => {
    end = () => reject(new SecretsError("ERR_SECRETS_ABORTED"));
    signal?.addEventListener("abort", end, { once: true });
  });
  try {
    return await Promise.race([question(), aborted]);
  } finally {
    signal?.removeEventListener("abort", end);
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
