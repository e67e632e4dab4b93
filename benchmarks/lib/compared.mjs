/**
 * One thing that is timed. `run(n)` does it n times and returns how many of them gave what they should: that is checked,
 * so no compiler can leave one out. Each subject has a loop of its own, written out: one loop that is handed different
 * functions would time the handing over too, on both sides of a ratio.
 * @typedef {{ readonly name: string, readonly run: (n: number) => Promise<number> | number }} Subject
 *
 * Nanoseconds for one, round by round.
 * @typedef {{ readonly name: string, readonly ns: readonly number[] }} Timing
 */

const warmUpRounds = 20;

/**
 * Times all subjects in short rounds, one after the other in each and in another order in the next, so that what slows
 * the machine slows all of them.
 *
 * @param {readonly Subject[]} subjects
 * @param {{ readonly rounds: number, readonly runMs?: number }} options `runMs`: about how long each run takes
 * @returns {Promise<Timing[]>}
 */
export async function compared(subjects, { rounds, runMs = 4 }) {
  const timed = [];
  for (const subject of subjects) {
    timed.push({ ...subject, times: await timesIn(subject, runMs), ns: /** @type {number[]} */ ([]) });
  }
  for (let round = 0; round < warmUpRounds + rounds; round += 1) {
    const first = round % timed.length;
    for (const subject of [...timed.slice(first), ...timed.slice(0, first)]) {
      const ns = (await elapsedNs(subject, subject.times)) / subject.times;
      if (round >= warmUpRounds) subject.ns.push(ns);
    }
  }
  return timed.map(({ name, ns }) => ({ name, ns }));
}

/**
 * How many times take about `runMs`.
 * @param {Subject} subject
 * @param {number} runMs
 */
async function timesIn(subject, runMs) {
  let times = 1;
  for (;;) {
    const ms = (await elapsedNs(subject, times)) / 1e6;
    if (ms >= runMs / 2) return Math.max(1, Math.round((times * runMs) / ms));
    times *= 2;
  }
}

/**
 * @param {Subject} subject
 * @param {number} times
 */
async function elapsedNs({ name, run }, times) {
  const startedAt = process.hrtime.bigint();
  const right = await run(times);
  const ns = Number(process.hrtime.bigint() - startedAt);
  if (right !== times) throw new Error(`${name}: ${times - right} of ${times} did not give what they should`);
  return ns;
}
