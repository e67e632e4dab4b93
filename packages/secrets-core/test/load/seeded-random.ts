/** Chance that can be had again: the same seed gives the same numbers. */
export interface SeededRandom {
  /** 0 or more, below 1. */
  next(): number;
  /** A whole number, both ends included. */
  whole(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
}

/** Marsaglia's xorshift on 32 bits: enough for schedules, and nothing else. */
export function seededRandom(seed: number): SeededRandom {
  // State 0 would stay 0; the odd factor keeps neighbouring seeds apart.
  let state = Math.imul(seed + 1, 0x9e3779b1) | 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let step = 0; step < 16; step += 1) next();
  return {
    next,
    whole: (from, to) => from + Math.floor(next() * (to - from + 1)),
    chance: (probability) => next() < probability,
    pick: (list) => {
      const item = list[Math.floor(next() * list.length)];
      if (item === undefined) throw new RangeError("there is nothing to pick from");
      return item;
    },
  };
}
