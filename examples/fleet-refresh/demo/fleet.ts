import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Member {
  /** The version of the secret that it uses. */
  version(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts so many processes of the service. */
export async function startFleet(size: number, env: Readonly<Record<string, string>>): Promise<readonly Member[]> {
  return Promise.all(Array.from({ length: size }, () => startMember(env)));
}

async function startMember(env: Readonly<Record<string, string>>): Promise<Member> {
  const child = spawn(process.execPath, [fileURLToPath(new URL("../src/service.js", import.meta.url))], {
    env: { PATH: process.env.PATH, NODE_NO_WARNINGS: "1", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const port = await listeningPort(child);
  return {
    async version() {
      const response = await fetch(`http://127.0.0.1:${port}/`);
      return ((await response.json()) as { version: string }).version;
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

async function listeningPort(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error("the service has no output");
  for await (const line of createInterface(child.stdout)) {
    const [, port] = /^listening on (\d+)$/.exec(line) ?? [];
    if (port !== undefined) return port;
  }
  throw new Error(`the service ended with ${child.exitCode} before it listened`);
}
