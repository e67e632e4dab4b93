/** How much a run of the load test does, and from which seed. */
export interface LoadSettings {
  readonly long: boolean;
  readonly seed: number;
  /** How many hours of faults each variant goes through, each from a seed of its own. */
  readonly hoursPerVariant: number;
  /** The mean pause of a reader between two reads, in simulated milliseconds. */
  readonly readerPauseMs: number;
  /** No hour is begun once the test has run for so many real seconds. */
  readonly mostSeconds: number;
}

/**
 * The short version is part of `npm test` and always the same. The long one, `pnpm test:load`, is asked for by
 * `QARION_LOAD=long` and draws its seed where `QARION_LOAD_SEED` names none.
 */
export function loadSettings(env: NodeJS.ProcessEnv = process.env): LoadSettings {
  const long = env.QARION_LOAD === "long";
  return {
    long,
    seed: whole(env, "QARION_LOAD_SEED") ?? (long ? Math.floor(Math.random() * 1_000_000) : 20_260_101),
    hoursPerVariant: long ? (whole(env, "QARION_LOAD_HOURS") ?? 4) : 1,
    readerPauseMs: long ? 5_000 : 20_000,
    mostSeconds: whole(env, "QARION_LOAD_SECONDS") ?? 300,
  };
}

function whole(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`${name} is a whole number, 0 or more`);
  return Number(text);
}
