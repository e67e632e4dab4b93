import { spawnSync } from "node:child_process";
import type { Python } from "@qarion-testing/support";

/** Runs a program that reads one JSON document from stdin and prints another: keys and tokens are never arguments. */
export function runPython(python: Python, program: string, input: unknown): unknown {
  const { status, stdout, stderr } = spawnSync(python.executable, ["-c", program], {
    input: JSON.stringify(input),
    encoding: "utf8",
    env: { ...process.env, PYTHONIOENCODING: "utf-8" },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`Python failed: ${stderr}`);
  return JSON.parse(stdout);
}
