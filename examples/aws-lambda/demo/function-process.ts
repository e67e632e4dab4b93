import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Order } from "../src/orders-api.js";
import type { Answer } from "./runtime.js";

const script = fileURLToPath(new URL("./runtime.js", import.meta.url));

/** One instance of the function: a process that can be frozen between two events, as Lambda freezes it. */
export class FunctionProcess {
  readonly #child: ChildProcess;
  #output = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
    }
  }

  /** Everything that the function logged. */
  get output(): string {
    return this.#output;
  }

  /** Resolves at the end of the cold start. */
  static async start(env: Readonly<Record<string, string>>): Promise<FunctionProcess> {
    const child = fork(script, {
      env: { AWS_LAMBDA_FUNCTION_NAME: "orders", ...env }, // nothing of this process's own environment
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    process.once("exit", () => child.kill("SIGKILL"));
    const started = new FunctionProcess(child);
    await started.#answer();
    return started;
  }

  async invoke(order: Order): Promise<Answer> {
    const answer = this.#answer();
    this.#child.send(order);
    return answer;
  }

  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  /** Hangs up and waits until the process has ended by itself. */
  async end(): Promise<number | null> {
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    const tooLong = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    const [code] = (await exited) as [number | null];
    clearTimeout(tooLong);
    return code;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async #answer(): Promise<Answer> {
    const ended = new AbortController();
    const exited = once(this.#child, "exit", { signal: ended.signal }).then(() => {
      throw new Error(`The function ended.\n${this.#output}`);
    });
    exited.catch(() => undefined);
    try {
      const [answer] = (await Promise.race([once(this.#child, "message", { signal: ended.signal }), exited])) as [
        Answer,
      ];
      return answer;
    } finally {
      ended.abort();
    }
  }
}
