import { spawnSync } from "node:child_process";

/** A Python that can import the module asked for. */
export interface Python {
  /** The interpreter's own path, which stays right whatever the PATH of the process that is given it. */
  readonly executable: string;
  /** Of Python, such as `3.12.1`. */
  readonly version: string;
  /** Of the module, where it says. */
  readonly moduleVersion: string | undefined;
}

const CANDIDATES = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"];
const TIMEOUT_MS = 20_000;
const found = new Map<string, Python | undefined>();

// The module's name comes in as an argument: it is data to this program and never part of it.
const PROBE = `
import importlib, json, platform, sys
module = importlib.import_module(sys.argv[1])
try:
    from importlib.metadata import version
    module_version = version(sys.argv[1].split(".")[0])
except Exception:
    module_version = None
print(json.dumps([sys.executable, platform.python_version(), module_version]))
`;

/**
 * A Python 3 on the PATH that can import `module`, such as `cryptography`; `undefined` when there is none. A test that
 * needs it is skipped without it, under a name that says so. Hand it secrets over standard input, never as an argument.
 * The answer is kept for the life of the process.
 * @throws Error when `module` is not the name of a Python module
 */
export function findPython(module: string): Python | undefined {
  if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(module)) {
    throw new Error(`not the name of a Python module: ${JSON.stringify(module)}`);
  }
  if (!found.has(module)) found.set(module, firstThatImports(module));
  return found.get(module);
}

function firstThatImports(module: string): Python | undefined {
  for (const candidate of CANDIDATES) {
    const run = spawnSync(candidate, ["-c", PROBE, module], {
      encoding: "utf8",
      timeout: TIMEOUT_MS,
      stdio: ["ignore", "pipe", "ignore"],
    });
    if (run.status !== 0) continue;
    const [executable, version, moduleVersion] = JSON.parse(run.stdout) as [string, string, string | null];
    if (version.startsWith("3.")) return { executable, version, moduleVersion: moduleVersion ?? undefined };
  }
  return undefined;
}
