import { format } from "node:util";

type Write = typeof process.stdout.write;
const methods = ["log", "info", "warn", "error", "debug", "trace", "dir", "table"] as const;

/** Recordings under way; cases may run at the same time, and each sees all that is printed. */
const recordings = new Set<string[]>();
let restore: readonly (() => void)[] = [];

/**
 * Runs something and returns all that was printed meanwhile: by `console`, to stdout and stderr, as process warnings. It
 * is printed all the same: runners report by stdout, and what a case keeps from them is lost.
 */
export async function recordOutput(run: () => Promise<void>): Promise<readonly string[]> {
  const lines: string[] = [];
  if (recordings.size === 0) restore = intercept();
  recordings.add(lines);
  try {
    await run();
    await new Promise((resolve) => setImmediate(resolve)); // warnings are told a tick later
  } finally {
    recordings.delete(lines);
    if (recordings.size === 0) for (const undo of restore) undo();
  }
  return lines;
}

function record(line: string): void {
  for (const lines of recordings) lines.push(line);
}

function intercept(): readonly (() => void)[] {
  const onWarning = (warning: Error) => record(format(warning));
  process.on("warning", onWarning);
  return [
    ...interceptConsole(),
    interceptStream(process.stdout),
    interceptStream(process.stderr),
    () => process.off("warning", onWarning),
  ];
}

function interceptConsole(): readonly (() => void)[] {
  const printer = globalThis.console;
  return methods.map((method) => {
    const original = printer[method];
    printer[method] = (...values: unknown[]) => {
      record(format(...values));
      Reflect.apply(original, printer, values);
    };
    return () => {
      printer[method] = original;
    };
  });
}

function interceptStream(stream: NodeJS.WriteStream): () => void {
  const original = stream.write;
  const write: Write = (...written: readonly unknown[]) => {
    record(Buffer.from(written[0] as string).toString("latin1"));
    return Reflect.apply(original, stream, written);
  };
  stream.write = write;
  return () => {
    stream.write = original;
  };
}
