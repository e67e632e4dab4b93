import { spawnSync } from "node:child_process";

const candidates = ["python3", "python3.11", "python3.12", "python3.13", "python"];

/** A Python that can import this module, or `undefined`. */
export function findPython(module: string): string | undefined {
  return candidates.find((command) => spawnSync(command, ["-c", `import ${module}`]).status === 0);
}

/** Runs a program that reads one JSON document from stdin and prints another: keys and tokens are never arguments. */
export function runPython(command: string, program: string, input: unknown): unknown {
  const result = spawnSync(command, ["-W", "ignore", "-c", program], {
    input: JSON.stringify(input),
    encoding: "utf8",
  });
  if (result.status !== 0) throw new Error(`Python failed: ${result.stderr}`);
  return JSON.parse(result.stdout);
}
