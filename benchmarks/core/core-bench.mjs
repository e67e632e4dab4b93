// What a read costs that needs no store, beside a plain property and beside an awaited Map, and what core costs beside
// `getSecret` of @aws-lambda-powertools/parameters, which is the nearest peer.
import { readFileSync } from "node:fs";
import { inFreshProcesses } from "../lib/fresh-processes.mjs";
import { ratioTable } from "../lib/ratio-table.mjs";
import { ratioOf, ratiosOf } from "../lib/ratios.mjs";

/** @import { Timing } from "../lib/compared.mjs" */
/** @import { Ratio } from "../lib/ratios.mjs" */

const processes = 5;

export async function run() {
  if (!import.meta.resolve("@qarion/secrets-core").includes("/dist/")) throw new Error("this is not the built package");
  const manifest = new URL("../node_modules/@aws-lambda-powertools/parameters/package.json", import.meta.url);
  console.log(`Peer: @aws-lambda-powertools/parameters ${JSON.parse(readFileSync(manifest, "utf8")).version}\n`);
  await liveValues();
  await cachedReads();
  await besideThePeer();
}

async function liveValues() {
  const timings = /** @type {Timing[][]} */ (
    await inFreshProcesses(new URL("./live-values.mjs", import.meta.url), processes)
  );
  const floor = "a property of an object";
  console.log("## A value that is at hand, read without waiting\n");
  console.log(`${ratioTable(ratiosOf(timings, floor), floor, { "`live.current`": 3 })}\n`);
}

async function cachedReads() {
  const timings = /** @type {Timing[][]} */ (
    await inFreshProcesses(new URL("./cached-reads.mjs", import.meta.url), processes)
  );
  const floor = "a Map, awaited in an async function";
  const lean = "a Map, returned from an async function";
  const read = '`get("NAME")`';
  console.log("## A cached read, awaited\n");
  console.log(`${ratioTable(ratiosOf(timings, floor), floor, { [read]: 2 })}\n`);
  const { median, q1, q3 } = ratioOf(ratiosOf(timings, lean), read).ratio;
  const spread = `middle half of the rounds ${q1.toFixed(2)}–${q3.toFixed(2)}`;
  console.log(
    `Beside the leanest thing that can be awaited, ${lean}, ${read} takes ${median.toFixed(2)}× (${spread}).\n`,
  );
}

async function besideThePeer() {
  const results = /** @type {Awaited<ReturnType<import("./peer-reads.mjs")["measure"]>>[]} */ (
    await inFreshProcesses(new URL("./peer-reads.mjs", import.meta.url), processes)
  );
  const sections = [
    { title: "a cached read", timings: results.map(({ whole }) => whole) },
    { title: "a member of a cached JSON secret", timings: results.map(({ member }) => member) },
    { title: "a read that asks the store, over HTTP on loopback", timings: results.map(({ uncached }) => uncached) },
  ];
  /** @type {string[]} */
  const verdicts = [];
  for (const { title, timings } of sections) {
    const floor = timings[0]?.[0]?.name ?? "";
    const ratios = ratiosOf(timings, floor);
    console.log(`## Beside the peer: ${title}\n`);
    console.log(`${ratioTable(ratios, floor)}\n`);
    const ours = ratios.filter(({ name }) => !name.startsWith("Powertools"));
    verdicts.push(...ours.map((ratio) => `- ${title}, ${ratio.name}: ${verdict(ratio)}`));
  }
  const cold = results[0]?.cold;
  console.log(`## Beside the peer: ${cold?.reads} cold reads of one name at once\n`);
  console.log(`| | requests to the store |\n| --- | ---: |`);
  console.log(`| Powertools | ${cold?.theirs} |\n| \`secrets.get\` | ${cold?.ours} |\n`);
  console.log(`Core beside the peer at its fastest:\n\n${verdicts.join("\n")}\n`);
  console.log(
    "The peer gives the bare string or object. A `Secret` does not print itself, and tells its version and age.",
  );
}

/** @param {Ratio} ratio of core's time to the peer's at its fastest */
function verdict({ ratio: { median, q1, q3 } }) {
  if (q3 < 1) return `core is faster, it takes ${median.toFixed(2)} of the peer's time`;
  if (q1 > 1) return `**the peer is faster**, core takes ${median.toFixed(2)} times as long`;
  return `no difference beyond the noise of this run (${median.toFixed(2)}×)`;
}
