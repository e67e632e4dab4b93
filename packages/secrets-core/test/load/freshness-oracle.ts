import type { Clock, Live, Secret, SecretsError, SecretsErrorCode } from "../../src/index.js";
import type { Question, StoreAnswer, StoreWitness } from "./faulty-store.js";

export interface Limits {
  readonly ttlMs: number;
  readonly maxStaleMs: number;
  readonly timeoutMs: number;
}

/** What a reader got: the secret and the version that its value tells, or an error. */
export type ReadResult = { readonly secret: Secret; readonly name: string; readonly version: number } | SecretsError;

/** A read that is under way. */
export interface PendingRead {
  readonly name: string;
  readonly startedAtMs: number;
  /** The newest version that anybody had seen or asked for when the read began. */
  readonly newestSeen: number;
}

/** A value as the store gave or confirmed it; its age counts from when the store was asked. */
interface Held {
  readonly version: number;
  readonly fetchedAtMs: number;
}

/** What is known of one name, by the answers of the store that came in time. */
interface Known {
  /** What core may serve: gone with a refusal. */
  good: Held | undefined;
  /** The last good value, refused or not. */
  last: Held | undefined;
  /** The last answer, when it was a failure; `forced`: of a `refresh`. */
  failure: { readonly code: SecretsErrorCode; readonly atMs: number; readonly forced: boolean } | undefined;
  failuresInARow: number;
  /** A description that does not do was asked for at this moment, and the value is asked for next. */
  describedAtMs: number | undefined;
  newestSeen: number;
  reading: number;
  /** When the last read began: it may have its answer from the cache before the store is asked. */
  readAtMs: number | undefined;
  askedAtMs: number | undefined;
  refreshing: number;
  followed: boolean;
}

/** Why core may ask the store for a name, and how often it did. */
type Reason = "first" | "due" | "withOthers" | "retry" | "recheck" | "nothingToServe" | "refresh" | "describedOther";

const refusals: ReadonlySet<SecretsErrorCode> = new Set(["ERR_SECRETS_ACCESS_DENIED", "ERR_SECRETS_NOT_FOUND"]);
const mostViolations = 20;
const negativeTtlMs = 1_000;
/** The least part of a `ttlMs` or of a pause that jitter leaves. */
export const leastJitter = 0.9;
/** From this part of its time on a value that is used is asked for together with one whose time has come. */
export const nearlyDue = 0.75;

/**
 * The rules of freshness, written down a second time and apart from the cache: it hears what the store answers and what
 * readers get, and tells where the two do not fit. It keeps versions, never values.
 */
export class FreshnessOracle implements StoreWitness {
  readonly violations: string[] = [];
  readonly counts = {
    reads: 0,
    fresh: 0,
    stale: 0,
    denied: 0,
    missing: 0,
    outage: 0,
    /** Reads that began while nothing could be served. */
    readsOfNothing: 0,
    refreshes: 0,
    liveReads: 0,
    liveWithError: 0,
    oldestServedMs: 0,
    longestReadMs: 0,
    /** Calls that hung until their deadline, each counted for every name it asked for. */
    hung: 0,
    /** Violations, also those that are not told. */
    wrong: 0,
  };
  /** Questions for one name each. */
  readonly questions: Record<Reason, number> = {
    first: 0,
    due: 0,
    withOthers: 0,
    retry: 0,
    recheck: 0,
    nothingToServe: 0,
    refresh: 0,
    describedOther: 0,
  };
  readonly #known = new Map<string, Known>();
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #startMs: number;
  /** The store takes several names in one call. */
  readonly #batches: boolean;

  constructor(clock: Clock, limits: Limits, { batches }: { readonly batches: boolean }) {
    this.#clock = clock;
    this.#limits = limits;
    this.#batches = batches;
    this.#startMs = clock.now();
  }

  asked(name: string): void {
    const known = this.#of(name);
    const reason = this.#reasonToAsk(known) ?? (this.#goesWithOthers(known) ? "withOthers" : undefined);
    known.askedAtMs = this.#clock.now();
    if (reason !== undefined) this.questions[reason] += 1;
    else this.#violated(name, "the store was asked too early, or for nobody");
  }

  answered(name: string, question: Question, askedAtMs: number, answer: StoreAnswer): void {
    const known = this.#of(name);
    if (answer === "ERR_SECRETS_TIMEOUT") {
      this.counts.hung += 1;
      const hungMs = this.#clock.now() - askedAtMs;
      if (hungMs !== this.#limits.timeoutMs) this.#violated(name, `a call that hung was ended after ${hungMs} ms`);
    }
    if (typeof answer === "number") {
      if (question === "description" && answer !== known.good?.version) {
        known.describedAtMs = askedAtMs;
        return;
      }
      known.good = { version: answer, fetchedAtMs: known.describedAtMs ?? askedAtMs };
      known.last = known.good;
      known.failure = undefined;
      known.failuresInARow = 0;
    } else {
      if (question === "description" && refusals.has(answer)) {
        known.describedAtMs = askedAtMs; // what only the value can tell is left to the read
        return;
      }
      if (refusals.has(answer)) known.good = undefined;
      known.failure = { code: answer, atMs: this.#clock.now(), forced: known.refreshing > 0 };
      known.failuresInARow += 1;
    }
    known.describedAtMs = undefined;
  }

  readBegins(name: string): PendingRead {
    const known = this.#of(name);
    known.reading += 1;
    known.readAtMs = this.#clock.now();
    if (!this.#mayServe(known)) this.counts.readsOfNothing += 1;
    return { name, startedAtMs: this.#clock.now(), newestSeen: known.newestSeen };
  }

  readEnds({ name, startedAtMs, newestSeen }: PendingRead, result: ReadResult): void {
    const known = this.#of(name);
    known.reading -= 1;
    this.counts.reads += 1;
    const readMs = this.#clock.now() - startedAtMs;
    this.counts.longestReadMs = Math.max(this.counts.longestReadMs, readMs);
    if (readMs > this.#limits.timeoutMs) this.#violated(name, `a read took ${readMs} ms`);
    if ("secret" in result) this.#served(name, known, result, newestSeen);
    else this.#failed(name, known, result.code);
  }

  /** `refresh` was called; returns what is to be called when it has ended. */
  refreshBegins(name: string): () => void {
    const known = this.#of(name);
    known.refreshing += 1;
    this.counts.refreshes += 1;
    return () => {
      known.refreshing -= 1;
    };
  }

  /** Nobody may be given an older version from now on. */
  mustBeKnown(name: string, version: number): void {
    const known = this.#of(name);
    known.newestSeen = Math.max(known.newestSeen, version);
  }

  /** A `live` value follows this name from now on. */
  follows(name: string): void {
    this.#of(name).followed = true;
  }

  /** `version`: what `live.current` reveals. */
  liveRead(name: string, { current, error }: Live<Secret>, version: number): void {
    const { last, failure } = this.#of(name);
    this.counts.liveReads += 1;
    if (error) this.counts.liveWithError += 1;
    if (version !== last?.version || current.fetchedAt.getTime() !== last.fetchedAtMs) {
      this.#violated(name, `live.current is version ${version} and the last good one ${last?.version}`);
    }
    if (error?.code !== failure?.code) {
      this.#violated(name, `live.error is ${error?.code} and the store's last word ${failure?.code}`);
    }
  }

  #served(name: string, known: Known, result: Exclude<ReadResult, SecretsError>, newestSeen: number): void {
    const { secret, version } = result;
    const { good } = known;
    const { ttlMs, maxStaleMs } = this.#limits;
    const ageMs = this.#clock.now() - secret.fetchedAt.getTime();
    this.counts[secret.state] += 1;
    this.counts.oldestServedMs = Math.max(this.counts.oldestServedMs, ageMs);
    if (result.name !== name) this.#violated(name, `a value of ${result.name} was served`);
    if (good === undefined) {
      this.#violated(name, `version ${version} was served after ${known.failure?.code}`);
    } else if (version !== good.version || secret.fetchedAt.getTime() !== good.fetchedAtMs) {
      this.#violated(name, `version ${version}, ${ageMs} ms old, was served and the last good one is ${good.version}`);
    }
    if (ageMs >= ttlMs + maxStaleMs) this.#violated(name, `a value ${ageMs} ms old was served`);
    if (secret.state !== (ageMs < ttlMs ? "fresh" : "stale")) {
      this.#violated(name, `a value ${ageMs} ms old was called ${secret.state}`);
    }
    if (version < newestSeen) this.#violated(name, `version ${version} was served after ${newestSeen}`);
    known.newestSeen = Math.max(known.newestSeen, version);
  }

  #failed(name: string, known: Known, code: SecretsErrorCode): void {
    if (this.#mayServe(known)) this.#violated(name, `a read failed with ${code} though there was a value to serve`);
    if (code !== known.failure?.code) {
      this.#violated(name, `a read failed with ${code} and the store's last word was ${known.failure?.code}`);
    }
    if (code === "ERR_SECRETS_ACCESS_DENIED") this.counts.denied += 1;
    else if (code === "ERR_SECRETS_NOT_FOUND") this.counts.missing += 1;
    else this.counts.outage += 1;
  }

  #reasonToAsk(known: Known): Reason | undefined {
    const { failure, good } = known;
    if (known.describedAtMs !== undefined) return "describedOther";
    if (known.refreshing > 0) return "refresh";
    const isRead = known.reading > 0 || known.readAtMs === this.#clock.now();
    if (!isRead && !known.followed) return undefined;
    const sinceFailureMs = failure === undefined ? Infinity : this.#clock.now() - failure.atMs;
    const refused = failure !== undefined && refusals.has(failure.code);
    // A live value makes its own pauses, after a refusal too.
    if (known.followed && failure && sinceFailureMs >= leastJitter * pauseMs(known.failuresInARow)) {
      return refused ? "recheck" : "retry";
    }
    if (refused) return failure.forced || sinceFailureMs >= negativeTtlMs ? "recheck" : undefined;
    if (!this.#mayServe(known)) return known.last === undefined && !failure ? "first" : "nothingToServe";
    if (good === undefined || this.#clock.now() - good.fetchedAtMs < leastJitter * this.#limits.ttlMs) return undefined;
    if (failure === undefined) return "due";
    return sinceFailureMs >= leastJitter * pauseMs(known.failuresInARow) ? "retry" : undefined;
  }

  /** Whether it may be asked for before its time, in a batch: it is used, or a live value follows it. */
  #goesWithOthers({ good, failure, failuresInARow, readAtMs = -1, askedAtMs = -1, followed }: Known): boolean {
    if (!this.#batches || !good || !(followed || readAtMs >= askedAtMs)) return false;
    const nowMs = this.#clock.now();
    if (failure && nowMs - failure.atMs < leastJitter * pauseMs(failuresInARow)) return false;
    return nowMs - good.fetchedAtMs >= nearlyDue * leastJitter * this.#limits.ttlMs;
  }

  #mayServe({ good }: Known): boolean {
    const { ttlMs, maxStaleMs } = this.#limits;
    return good !== undefined && this.#clock.now() - good.fetchedAtMs < ttlMs + maxStaleMs;
  }

  #of(name: string): Known {
    let known = this.#known.get(name);
    if (!known) {
      known = {
        good: undefined,
        last: undefined,
        failure: undefined,
        failuresInARow: 0,
        describedAtMs: undefined,
        newestSeen: 0,
        reading: 0,
        readAtMs: undefined,
        askedAtMs: undefined,
        refreshing: 0,
        followed: false,
      };
      this.#known.set(name, known);
    }
    return known;
  }

  #violated(name: string, what: string): void {
    this.counts.wrong += 1;
    if (this.violations.length >= mostViolations) return;
    this.violations.push(`${((this.#clock.now() - this.#startMs) / 1_000).toFixed(3)} s, ${name}: ${what}`);
  }
}

/** 1 s, doubling, at most 30 s. */
export function pauseMs(failuresInARow: number): number {
  return Math.min(1_000 * 2 ** (failuresInARow - 1), 30_000);
}
