/** @import { Ratio, Spread } from "./ratios.mjs" */

/**
 * A Markdown table, one row for each subject.
 * @param {readonly Ratio[]} ratios
 * @param {string} floor the name of what the ratios are of
 * @param {Readonly<Record<string, number>>} [goals] by name: the most that a ratio should be
 */
export function ratioTable(ratios, floor, goals = {}) {
  return [
    "| | one takes | ratio | middle half of the rounds | goal |",
    "| --- | ---: | ---: | ---: | --- |",
    ...ratios.map(({ name, ns, ratio }) => {
      const cells =
        name === floor
          ? ["1", "", ""]
          : [
              `${ratio.median.toFixed(2)}×`,
              `${ratio.q1.toFixed(2)}–${ratio.q3.toFixed(2)}`,
              goalCell(ratio, goals[name]),
            ];
      return `| ${[name, duration(ns.median), ...cells].join(" | ")} |`;
    }),
  ].join("\n");
}

/**
 * @param {Spread} ratio
 * @param {number | undefined} goal
 */
function goalCell({ median, q1, q3 }, goal) {
  if (goal === undefined) return "";
  if (q3 <= goal) return `≤ ${goal}×: met`;
  if (q1 > goal) return `≤ ${goal}×: **missed**`;
  return `≤ ${goal}×: ${median <= goal ? "met" : "missed"}, within the noise`;
}

/** @param {number} ns */
function duration(ns) {
  if (ns < 1_000) return `${ns.toFixed(ns < 10 ? 2 : 0)} ns`;
  return ns < 1e6 ? `${(ns / 1e3).toFixed(1)} µs` : `${(ns / 1e6).toFixed(2)} ms`;
}
