import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../src/server.js", import.meta.url));

/** The service as a process of its own, as it runs in the container. */
export class ServerProcess {
  readonly #child: ChildProcess;
  #output = "";
  baseUrl = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
        child.emit("output");
      });
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Everything that the service logged. */
  get output(): string {
    return this.#output;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves once it listens. @param workingDirectory the folder it runs in, where a `.env` would be read */
  static async start(workingDirectory: string, env: Readonly<Record<string, string>>): Promise<ServerProcess> {
    const child = spawn(process.execPath, [script], { cwd: workingDirectory, env, stdio: ["ignore", "pipe", "pipe"] });
    process.once("exit", () => child.kill("SIGKILL"));
    const started = new ServerProcess(child);
    const exited = once(child, "exit");
    for (;;) {
      const port = /"listening","port":(\d+)/.exec(started.#output)?.[1];
      if (port !== undefined) {
        started.baseUrl = `http://127.0.0.1:${port}`;
        return started;
      }
      if (!started.isRunning) throw new Error(`The service did not start.\n${started.#output}`);
      await Promise.race([once(child, "output"), exited]);
    }
  }

  /** As the kubelet ends a pod. */
  async stop(): Promise<number | null> {
    if (!this.isRunning) return this.#child.exitCode;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const [code] = (await exited) as [number | null];
    return code;
  }
}
