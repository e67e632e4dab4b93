import { on } from "node:events";
import type { ConnectionOptions } from "node:tls";
import { SecretsError } from "@qarion/secrets-core";
import { Redis, type RedisOptions } from "ioredis";
import { RedisRefusal } from "./redis-refusal.js";

export interface RedisConnectionOptions {
  /** `rediss://user:password@host:port/db`, or `redis://…` without TLS. */
  readonly url: string;
  /** More of TLS than the system's own authorities: `{ ca }`, `{ cert, key }`. */
  readonly tls?: ConnectionOptions | undefined;
  /** A connection that has owed an answer for so long is given up. Default: 10,000. */
  readonly socketTimeoutMs?: number | undefined;
}

const settings = {
  lazyConnect: true, // to make a provider opens nothing
  retryStrategy: null, // an outage is told at once, and the next call tries again
  enableOfflineQueue: false, // what cannot be sent now fails now
  enableReadyCheck: false, // it needs the right to INFO, and prints where that is missing; LOADING is told without it
  disconnectTimeout: 100, // close() does not wait for a server that hangs
  disableClientInfo: true, // it needs the right to CLIENT
  reconnectOnError: ({ message }: Error) => message.startsWith("READONLY"), // after a failover the name leads elsewhere
} satisfies RedisOptions;

/** The connections of one provider, opened when they are needed. What fails is told at once, and not tried again. */
export class RedisConnections {
  readonly #template: Redis;
  readonly #clients = new Set<Redis>();
  #shared: Promise<Redis> | undefined;
  #closed = false;

  /** @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` */
  constructor({ url, tls, socketTimeoutMs: socketTimeout = 10_000 }: RedisConnectionOptions) {
    try {
      const { protocol, hostname, href } = new URL(url);
      if (!/^rediss?:$/.test(protocol) || !hostname) throw new TypeError("no URL of a Redis server");
      // `href` has the scheme in small letters: ioredis talks to REDISS:// without TLS.
      this.#template = new Redis(href, { ...settings, socketTimeout, ...(tls && { tls }) });
    } catch {
      // What was thrown may hold the URL, and with it the password.
      const hint = "The URL is rediss://user:password@host:port or redis://…, with its password percent-encoded.";
      throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", { hint });
    }
  }

  /**
   * One command over the connection that all calls share. ioredis ends no command by a signal: one that is aborted is left
   * behind, and its answer dropped.
   *
   * @throws RedisRefusal; SecretsError `_UNAVAILABLE`, `_CLOSED`; the reason of the signal
   */
  ask<T>(signal: AbortSignal, command: (redis: Redis) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      this.#send(signal, command)
        .then(resolve, (error) => reject(signal.aborted ? signal.reason : this.#failure(error)))
        .finally(() => signal.removeEventListener("abort", abort));
    });
  }

  /** A command for each item, sent together; each has an answer or an error of its own. @throws as `ask` does */
  async askEach<Item, T>(signal: AbortSignal, items: readonly Item[], command: (item: Item) => unknown[]) {
    const answers = (await this.ask(signal, (redis) => redis.pipeline(items.map(command)).exec())) ?? [];
    return items.map((item, index): [Item, T | Error] => {
      const [error, answer] = answers[index] ?? [new Error("no answer")];
      return [item, error ? this.#failure(error) : (answer as T)];
    });
  }

  /** The commands run together, with nothing of others in between, or are refused together. @throws as `ask` does */
  async transact(signal: AbortSignal, commands: unknown[][]): Promise<readonly unknown[]> {
    const answers = (await this.ask(signal, (redis) => redis.multi(commands).exec())) ?? [];
    return answers.map(([error, answer]) => {
      if (error) throw this.#failure(error);
      return answer;
    });
  }

  /**
   * The messages of a channel, over a connection of its own, after an `undefined` that says that it listens from now on.
   * Ends with its signal. @throws as `ask` does, when the connection is lost
   */
  async *listen(signal: AbortSignal, channel: string): AsyncGenerator<string | undefined, void> {
    let client: Redis | undefined;
    try {
      client = await this.#open(signal);
      const messages = on(client, "message", { signal, close: ["end"] });
      await client.subscribe(channel);
      yield undefined;
      for await (const [, message] of messages) yield message;
      throw new Error("the connection ended");
    } catch (error) {
      if (!signal.aborted) throw this.#failure(error);
    } finally {
      client?.disconnect();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const ended = [...this.#clients].map((client) => new Promise((resolve) => client.once("end", resolve)));
    for (const client of this.#clients) client.disconnect();
    await Promise.all(ended);
  }

  async #send<T>(signal: AbortSignal, command: (redis: Redis) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    this.#shared ??= this.#share();
    const redis = await this.#shared;
    signal.throwIfAborted(); // who gave up meanwhile wants nothing to be written
    return command(redis);
  }

  /** It is forgotten when it is lost, and the next call opens another. */
  async #share(): Promise<Redis> {
    const forget = () => {
      this.#shared = undefined;
    };
    try {
      return (await this.#open()).once("end", forget);
    } catch (error) {
      forget();
      throw error;
    }
  }

  async #open(signal?: AbortSignal): Promise<Redis> {
    signal?.throwIfAborted();
    if (this.#closed) throw new SecretsError("ERR_SECRETS_CLOSED");
    const client = this.#template.duplicate();
    const disconnect = () => client.disconnect();
    this.#clients.add(client);
    signal?.addEventListener("abort", disconnect, { once: true });
    client.once("end", () => {
      this.#clients.delete(client);
      signal?.removeEventListener("abort", disconnect);
    });
    try {
      await new Promise<void>((resolve, reject) => {
        client.on("error", reject); // it says more than connect(), and ioredis prints what nobody listens to
        client.connect().then(resolve, reject);
      });
      return client;
    } catch (error) {
      client.disconnect();
      throw error;
    }
  }

  /** An error without the arguments of its command. What is no reply of Redis is a connection that failed. */
  #failure(error: unknown): Error {
    if (this.#closed) return new SecretsError("ERR_SECRETS_CLOSED");
    const { name, message, previousErrors = [] } = error as Error & { readonly previousErrors?: readonly Error[] };
    // A transaction is refused because one of its commands was.
    if (name === "ReplyError") return new RedisRefusal(previousErrors[0]?.message ?? message);
    return new SecretsError("ERR_SECRETS_UNAVAILABLE", { cause: error });
  }
}
