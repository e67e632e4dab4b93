import { fakeClock } from "@qarion-testing/support";
import { createSecrets, type Live, type Secret, type Secrets, SecretsError } from "../../src/index.js";
import { type FaultPhase, faultSchedule } from "./fault-schedule.js";
import { FaultyStore, tagOf } from "./faulty-store.js";
import { FreshnessOracle, type Limits, leastJitter, nearlyDue, pauseMs } from "./freshness-oracle.js";
import { type SeededRandom, seededRandom } from "./seeded-random.js";

export interface OutageVariant {
  readonly name: string;
  readonly revalidate: "background" | "await";
  /** Values change while all of this goes on. */
  readonly rotates: boolean;
  /** Half of the names are followed by `live` values too. */
  readonly live: boolean;
  /** Now and then a value is changed and `refresh` called. */
  readonly refreshes: boolean;
  readonly batches: boolean;
  readonly describes: boolean;
}

export interface OutageReport {
  readonly variant: OutageVariant;
  readonly seed: number;
  readonly oracle: FreshnessOracle;
  /** Questions for one name each, and the most that there may be. */
  readonly questions: number;
  readonly mostQuestions: number;
  /** Calls of the provider's methods. */
  readonly calls: number;
  readonly rotations: number;
  /** What after the recovery was not fresh, not at its newest version, or live with an error. */
  readonly notRecovered: readonly string[];
  readonly listenersTold: number;
}

export const limits: Limits = { ttlMs: 60_000, maxStaleMs: 600_000, timeoutMs: 10_000 };
const durationMs = 60 * 60_000;
const recoveryMs = 3 * limits.ttlMs;
export const readerCount = 200;
export const names = Array.from({ length: 20 }, (_, index) => `NAME_${index + 1}`);
const followedNames = names.filter((_, index) => index % 2 === 0);

/** Sixty simulated minutes of a store that throttles, hangs and dies in turns, under 200 readers. */
export async function outageHour(variant: OutageVariant, seed: number, readerPauseMs: number): Promise<OutageReport> {
  const random = seededRandom(seed);
  const clock = fakeClock();
  const oracle = new FreshnessOracle(clock, limits, variant);
  const longOutageMs = limits.ttlMs + limits.maxStaleMs + 120_000;
  const schedule = faultSchedule({ random, names, durationMs, longOutageMs, recoveryMs });
  const { batches, describes, revalidate } = variant;
  const store = new FaultyStore({ clock, random, schedule, witness: oracle, batches, describes });
  const { ttlMs, maxStaleMs, timeoutMs } = limits;
  const secrets = createSecrets({ provider: store, clock, timeoutMs, cache: { ttlMs, maxStaleMs, revalidate } });
  const startMs = clock.now();
  const isOver = (beforeMs = 0) => clock.now() - startMs >= durationMs - beforeMs;

  const lives: { readonly name: string; readonly live: Live<Secret> }[] = [];
  let listenersTold = 0;
  if (variant.live) {
    const following = followedNames.map(async (name) => {
      oracle.follows(name);
      const live = await secrets.live(name);
      live.onChange((next) => {
        listenersTold += 1;
        oracle.liveRead(name, live, tagOf(next).version);
      });
      lives.push({ name, live });
    });
    await clock.advance(1_000);
    await Promise.all(following);
  }

  const readers = Array.from({ length: readerCount }, async () => {
    for (;;) {
      await clock.sleep(random.whole(1, 2 * readerPauseMs));
      if (isOver()) return;
      const { name, live } = (lives.length > 0 && random.chance(0.3) ? random.pick(lives) : undefined) ?? {
        name: random.pick(names),
      };
      if (live) oracle.liveRead(name, live, tagOf(live.current).version);
      else if (variant.refreshes && random.chance(0.01))
        await changeAndRefresh({ secrets, oracle, store }, name, clock.sleep(random.whole(1, 150)));
      else await readOnce(secrets, oracle, random, name);
    }
  });
  let rotations = 0;
  const rotator = (async () => {
    while (variant.rotates) {
      await clock.sleep(random.whole(1_000, 20_000));
      if (isOver(recoveryMs)) return;
      store.rotate(random.pick(names));
      rotations += 1;
    }
  })();

  await clock.advance(durationMs + 2 * readerPauseMs + limits.timeoutMs);
  await Promise.all([...readers, rotator]);
  const notRecovered: string[] = [];
  for (const name of names) {
    // A first read may be what has a value renewed, and a second one may meet it a moment past its ttlMs.
    const states: string[] = [];
    for (let read = 0; read < 2; read += 1) {
      const reading = witnessed(oracle, name, () => secrets.get(name));
      await clock.advance(1_000);
      const secret = await reading;
      const isNewest = secret !== undefined && tagOf(secret).version === store.versionOf(name);
      states.push(isNewest ? secret.state : "not the newest");
    }
    if (!states.includes("fresh")) notRecovered.push(`${name}: ${states.join(", ")}`);
  }
  for (const { name, live } of lives) if (live.error) notRecovered.push(`${name}: live.error is ${live.error.code}`);
  await secrets.close();

  return {
    variant,
    seed,
    oracle,
    questions: Object.values(oracle.questions).reduce((sum, count) => sum + count, 0),
    mostQuestions:
      (mostPacedQuestions(schedule, batches) + oracle.counts.readsOfNothing + oracle.counts.refreshes) *
      (describes ? 2 : 1),
    calls: store.calls,
    rotations,
    notRecovered,
    listenersTold,
  };
}

/** One read in one of the ways there are, or five at once. */
async function readOnce(secrets: Secrets, oracle: FreshnessOracle, random: SeededRandom, name: string): Promise<void> {
  const ways: readonly (() => Promise<Secret | undefined>)[] = [
    () => secrets.get(name),
    () => secrets.get(`${name}#tag`),
    () => secrets.get({ name, key: "tag" }),
    () => secrets.getOptional(name),
  ];
  const atOnce = random.chance(0.1) ? 5 : 1;
  const reads = Array.from({ length: atOnce }, () => witnessed(oracle, name, random.pick(ways)));
  await Promise.all(reads);
}

/** A read with its result told to the oracle at the moment it is there. */
async function witnessed(
  oracle: FreshnessOracle,
  name: string,
  read: () => Promise<Secret | undefined>,
): Promise<Secret | undefined> {
  const pending = oracle.readBegins(name);
  try {
    const secret = await read();
    oracle.readEnds(pending, secret ? { secret, ...tagOf(secret) } : new SecretsError("ERR_SECRETS_NOT_FOUND"));
    return secret;
  } catch (error) {
    if (!SecretsError.is(error)) throw error;
    oracle.readEnds(pending, error);
    return undefined;
  }
}

/** What an operator does: asks for a refresh, changes the value meanwhile, and asks again. */
async function changeAndRefresh(
  parts: { readonly secrets: Secrets; readonly oracle: FreshnessOracle; readonly store: FaultyStore },
  name: string,
  afterMs: Promise<void>,
): Promise<void> {
  const { secrets, oracle, store } = parts;
  const refresh = async () => {
    const version = store.versionOf(name);
    const ended = oracle.refreshBegins(name);
    try {
      await secrets.refresh(name);
      oracle.mustBeKnown(name, version);
    } catch (error) {
      if (!SecretsError.is(error)) throw error; // why it failed, readers are told
    } finally {
      ended();
    }
  };
  const first = refresh();
  await afterMs;
  store.rotate(name);
  await Promise.all([first, refresh()]);
}

/**
 * The most questions that time alone pays for, whatever the readers do. For each name: while all is well, one in nine
 * tenths of a `ttlMs`, or in three quarters of that with a store that answers batches; in an outage, one after each pause
 * of 1 s, doubling up to 30 s; while it is refused, one in each second, or in nine tenths of one where a live value
 * follows it too. Beyond these each `refresh` may ask once, and each read that finds nothing to serve.
 */
function mostPacedQuestions(schedule: readonly FaultPhase[], batches: boolean): number {
  const leastAgeMs = leastJitter * limits.ttlMs * (batches ? nearlyDue : 1);
  let questions = names.length * (Math.ceil(durationMs / leastAgeMs) + 1);
  for (const { kind, fromMs, untilMs, names: refused } of schedule) {
    const forMs = untilMs - fromMs;
    if (kind === "denied" || kind === "missing")
      questions += refused.size * (Math.ceil(forMs / (leastJitter * 1_000)) + 1);
    else if (kind !== "well") {
      let pausesMs = 0;
      for (let failures = 1; pausesMs < forMs; failures += 1) {
        pausesMs += leastJitter * pauseMs(failures);
        questions += names.length;
      }
    }
  }
  return questions;
}
