import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noteEngine } from "@qarion-testing/support";
import { Redis } from "ioredis";
import { until } from "./until.js";

/** The version of the server on the PATH. */
export const serverVersion = versionOnPath();
if (serverVersion) noteEngine(`Redis ${serverVersion}`);
export const whyNoServer = "no redis-server is on the PATH";

/**
 * A Redis server of one test: on a free port of 127.0.0.1, in a folder of its own, with an append-only file, so that what
 * was written outlives a kill. It dies with this process, however that ends.
 */
export class PrivateRedis {
  readonly port: number;
  /** Where the other nodes of a cluster reach it. */
  readonly busPort: number;
  readonly password = `pass${randomBytes(12).toString("hex")}`;
  readonly folder = mkdtempSync(join(tmpdir(), "redis-provider-"));
  readonly #config = join(this.folder, "redis.conf");
  readonly #adminPassword = `admin${randomBytes(12).toString("hex")}`;
  #keeper: ChildProcess | undefined;
  #pid = 0;
  #admin: Redis | undefined;

  private constructor(ports: { port: number; busPort: number }, config: readonly string[]) {
    this.port = ports.port;
    this.busPort = ports.busPort;
    const lines = [
      `port ${this.port}`,
      `cluster-port ${this.busPort}`,
      "bind 127.0.0.1",
      `dir ${this.folder}`,
      `requirepass ${this.#adminPassword}`,
      'save ""',
      "appendonly yes",
      "appendfsync always",
      "enable-debug-command yes",
      ...config,
    ];
    writeFileSync(this.#config, `${lines.join("\n")}\n`, { mode: 0o600 });
  }

  static async start(config: readonly string[] = []): Promise<PrivateRedis> {
    const server = new PrivateRedis({ port: await freePort(), busPort: await freePort() }, config);
    await server.start();
    return server;
  }

  /** Signed in as the administrator. */
  get admin(): Redis {
    if (!this.#admin) throw new Error("the server does not run");
    return this.#admin;
  }

  get adminUrl(): string {
    return this.url("default", this.#adminPassword);
  }

  url(user: string, password: string = this.password): string {
    return `redis://${user}:${password}@127.0.0.1:${this.port}`;
  }

  /** A user by the rules of `ACL SETUSER`, gone after a restart. */
  async user(name: string, rules: string): Promise<string> {
    await this.admin.acl("SETUSER", name, "reset", "on", `>${this.password}`, ...rules.split(" "));
    return this.url(name);
  }

  /** Ends all connections but the administrator's. */
  async disconnectAll(): Promise<void> {
    await this.admin.call("CLIENT", "KILL", "SKIPME", "yes");
  }

  /** Adds a line to the configuration, for the next start. */
  configure(line: string): void {
    appendFileSync(this.#config, `${line}\n`);
  }

  async start(): Promise<void> {
    await this.launch();
    await until("the server answers", async () => {
      const admin = new Redis(this.adminUrl, { lazyConnect: true, retryStrategy: null, enableReadyCheck: false });
      admin.on("error", () => undefined);
      try {
        await admin.connect();
        await admin.dbsize(); // refused while it is loading
        this.#admin = admin;
        return true;
      } catch {
        admin.disconnect();
        return false;
      }
    });
  }

  /** Starts it up to where it accepts connections. */
  async launch(): Promise<void> {
    // The shell ends the server when its own standard input closes: at a kill, and when this process is gone.
    const script = 'redis-server "$0" >/dev/null 2>&1 & echo $!; cat >/dev/null; kill -9 $!; wait';
    const keeper = spawn("sh", ["-c", script, this.#config], { stdio: ["pipe", "pipe", "ignore"] });
    this.#keeper = keeper;
    this.#pid = Number(String(await once(keeper.stdout, "data")));
    await until("the server accepts connections", () => accepts(this.port));
  }

  /** Kill -9: connections are reset, nothing is said. */
  async kill(): Promise<void> {
    const keeper = this.#keeper;
    this.#keeper = undefined;
    this.#admin?.disconnect();
    this.#admin = undefined;
    if (!keeper) return;
    const exited = once(keeper, "exit");
    keeper.stdin?.end();
    await exited;
  }

  /** It stays there, and answers nothing. */
  suspend(): void {
    process.kill(this.#pid, "SIGSTOP");
  }

  resume(): void {
    process.kill(this.#pid, "SIGCONT");
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function versionOnPath(): string | undefined {
  try {
    return /v=(\S+)/.exec(execFileSync("redis-server", ["--version"], { encoding: "utf8" }))?.[1];
  } catch {
    return undefined;
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
