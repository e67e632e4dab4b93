import { format } from "node:util";

type Write = typeof process.stdout.write;
const methods = ["log", "info", "warn", "error", "debug", "trace", "dir", "table"] as const;

/**
 * Runs something and returns all that it printed meanwhile: by `console`, to stdout and stderr, as process warnings.
 * Nothing of it is printed: it may hold values.
 */
export async function recordOutput(run: () => Promise<void>): Promise<readonly string[]> {
  const lines: string[] = [];
  const restore = [...recordConsole(lines), recordStream(process.stdout, lines), recordStream(process.stderr, lines)];
  const onWarning = (warning: Error) => void lines.push(format(warning));
  process.on("warning", onWarning);
  try {
    await run();
    await new Promise((resolve) => setImmediate(resolve)); // warnings are told a tick later
  } finally {
    process.off("warning", onWarning);
    for (const undo of restore) undo();
  }
  return lines;
}

function recordConsole(lines: string[]): (() => void)[] {
  const printer = globalThis.console;
  return methods.map((method) => {
    const original = printer[method];
    printer[method] = (...values: unknown[]) => void lines.push(format(...values));
    return () => {
      printer[method] = original;
    };
  });
}

function recordStream(stream: NodeJS.WriteStream, lines: string[]): () => void {
  const original = stream.write;
  const record: Write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    lines.push(Buffer.from(chunk as string).toString("latin1"));
    const done = rest.find((each): each is () => void => typeof each === "function");
    if (done) queueMicrotask(done);
    return true;
  };
  stream.write = record;
  return () => {
    stream.write = original;
  };
}
