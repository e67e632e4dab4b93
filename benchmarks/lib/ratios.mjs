/**
 * Of many measurements: the middle one and the ends of the middle half.
 * @typedef {{ readonly median: number, readonly q1: number, readonly q3: number }} Spread
 *
 * Nanoseconds for one, and how many times the floor's of the same round.
 * @typedef {{ readonly name: string, readonly ns: Spread, readonly ratio: Spread }} Ratio
 */

/**
 * The rounds of all processes together; each ratio is of two times of one round of one process.
 * @param {readonly (readonly import("./compared.mjs").Timing[])[]} processes the same subjects in each
 * @param {string} floor the name of the subject that the others are held against
 * @returns {Ratio[]}
 */
export function ratiosOf(processes, floor) {
  const names = processes[0]?.map(({ name }) => name) ?? [];
  return names.map((name) => {
    const pairs = processes.flatMap((timings) => {
      const own = nsOf(timings, name);
      const floors = nsOf(timings, floor);
      return own.map((ns, round) => ({ ns, ratio: ns / /** @type {number} */ (floors[round]) }));
    });
    return { name, ns: spreadOf(pairs.map(({ ns }) => ns)), ratio: spreadOf(pairs.map(({ ratio }) => ratio)) };
  });
}

/**
 * @param {readonly Ratio[]} ratios
 * @param {string} name
 */
export function ratioOf(ratios, name) {
  const found = ratios.find((ratio) => ratio.name === name);
  if (!found) throw new Error(`nothing was timed under the name ${name}`);
  return found;
}

/**
 * @param {readonly import("./compared.mjs").Timing[]} timings
 * @param {string} name
 */
function nsOf(timings, name) {
  const timing = timings.find((other) => other.name === name);
  if (!timing) throw new Error(`nothing was timed under the name ${name}`);
  return timing.ns;
}

/**
 * @param {readonly number[]} values at least one
 * @returns {Spread}
 */
function spreadOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  /** @param {number} part */
  const at = (part) => /** @type {number} */ (sorted[Math.round(part * (sorted.length - 1))]);
  return { median: at(0.5), q1: at(0.25), q3: at(0.75) };
}
