import { limits, names, type OutageReport, readerCount } from "./outage-hour.js";

/** Reads of one moment, and the calls of the store that they made. */
export interface ExactCount {
  readonly what: string;
  readonly reads: number;
  readonly calls: number;
}

type Cell = string | number;

/** What a run has counted, as short tables. */
export function loadReport(seed: number, exact: readonly ExactCount[], hours: readonly OutageReport[]): string {
  const seconds = (ms: number) => (Math.floor(ms / 100) / 10).toFixed(1); // never rounded up to a limit
  const readers = hours.map(({ variant, seed: ofHour, oracle: { counts } }) => [
    variant.name,
    String(ofHour),
    counts.reads,
    counts.fresh,
    counts.stale,
    counts.denied,
    counts.missing,
    counts.outage,
    counts.liveReads,
    seconds(counts.oldestServedMs),
    seconds(counts.longestReadMs),
    counts.wrong,
  ]);
  const store = hours.map(({ variant, seed: ofHour, rotations, oracle: { questions, counts }, ...report }) => [
    variant.name,
    String(ofHour),
    rotations,
    questions.first + questions.due,
    questions.withOthers,
    questions.retry,
    questions.recheck,
    questions.nothingToServe,
    questions.refresh,
    questions.describedOther,
    counts.hung,
    report.questions,
    report.mostQuestions,
    report.calls,
  ]);
  const { ttlMs, maxStaleMs, timeoutMs } = limits;
  return [
    `\nSeed ${seed}: QARION_LOAD_SEED=${seed} repeats this run.\n`,
    "\nReads of one moment\n",
    table([["", "reads", "calls of the store"], ...exact.map(({ what, reads, calls }) => [what, reads, calls])]),
    `\nAn hour of outages: ${readerCount} readers, ${names.length} names, ttlMs ${ttlMs}, maxStaleMs ${maxStaleMs}, `,
    `timeoutMs ${timeoutMs}. What readers got:\n`,
    table([
      [
        "",
        "seed",
        "reads",
        "fresh",
        "stale",
        "denied",
        "missing",
        "none left",
        "live",
        "oldest s",
        "longest s",
        "wrong",
      ],
      ...readers,
    ]),
    "\nWhat the store was asked, one name at a time, and why:\n",
    table([
      [
        "",
        "seed",
        "rotated",
        "due",
        "batched",
        "retry",
        "recheck",
        "none left",
        "refresh",
        "new",
        "hung",
        "asked",
        "at most",
        "calls",
      ],
      ...store,
    ]),
    "\n",
    "none left: a read while nothing may be served, as the store cannot be asked for longer than ttlMs + maxStaleMs, or\n",
    "after a refusal. batched: asked for in a batch, before its own time. new: a description named another version.\n\n",
  ].join("");
}

/** Lines of columns, each as wide as its widest cell; all but the first stand to the right. */
function table(rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === "number" ? cell.toLocaleString("en") : cell)));
  const widths = texts.reduce<number[]>(
    (widest, row) => row.map((text, column) => Math.max(text.length, widest[column] ?? 0)),
    [],
  );
  const line = (row: readonly string[]) =>
    row.map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)));
  return texts.map((row) => `  ${line(row).join("  ").trimEnd()}\n`).join("");
}
