import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../src/server.js", import.meta.url));

/** The server as a process of its own, on a free port of this machine. */
export class ServerProcess {
  readonly baseUrl: string;
  readonly pid: number | undefined;
  readonly #child: ChildProcess;
  #output = "";

  private constructor(child: ChildProcess, baseUrl: string) {
    this.#child = child;
    this.pid = child.pid;
    this.baseUrl = baseUrl;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
    }
  }

  /** Everything that the server logged. */
  get output(): string {
    return this.#output;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  static async start(directory: string, env: Readonly<Record<string, string>>): Promise<ServerProcess> {
    const port = await freePort();
    const child = spawn(process.execPath, [script], {
      cwd: directory,
      env: { PATH: process.env.PATH, HOST: "127.0.0.1", PORT: String(port), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const started = new ServerProcess(child, `http://127.0.0.1:${port}`);
    process.once("exit", () => child.kill("SIGKILL"));
    await started.#ready();
    return started;
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await exited;
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (this.isRunning && Date.now() < deadline) {
      const answer = await fetch(`${this.baseUrl}/readyz`).catch(() => undefined); // not listening yet
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`The server did not start.\n${this.#output}`);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("No free port.");
  return address.port;
}
