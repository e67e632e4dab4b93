import { setTimeout as sleep } from "node:timers/promises";
import { type Api, kidOf } from "./api.js";

export interface Account {
  readonly email: string;
  readonly password: string;
}

/** Clients that keep calling: each signs in once, uses its token over and over, and signs in anew now and then. */
export class Clients {
  readonly #api: Api;
  readonly #accounts: readonly Account[];
  readonly #instanceIds: readonly string[];
  readonly #connectorIds: readonly string[];
  #stopped = false;
  #running: Promise<void>[] = [];
  requests = 0;
  signIns = 0;
  readonly refusals: string[] = [];
  /** How many requests went out with a token of each key. */
  readonly requestsByKid = new Map<string, number>();

  constructor(
    api: Api,
    accounts: readonly Account[],
    ids: { instances: readonly string[]; connectors: readonly string[] },
  ) {
    this.#api = api;
    this.#accounts = accounts;
    this.#instanceIds = ids.instances;
    this.#connectorIds = ids.connectors;
  }

  async start(count: number): Promise<void> {
    const tokens = await Promise.all(Array.from({ length: count }, (_, index) => this.#signIn(index)));
    this.#running = tokens.map((token, index) => this.#client(index, token));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #client(index: number, first: string): Promise<void> {
    let token = first;
    for (let turn = 0; !this.#stopped; turn += 1) {
      // A quarter of the clients never sign in again: their old tokens have to last.
      if (turn > 0 && turn % 60 === 0 && index % 4 !== 0) token = (await this.#signInAgain(index)) ?? token;
      const [method, path] = this.#next(turn + index);
      await this.#request(method, path, token);
      await sleep(15);
    }
  }

  #next(turn: number): readonly [string, string] {
    const instance = this.#instanceIds[turn % this.#instanceIds.length];
    const connector = this.#connectorIds[turn % this.#connectorIds.length];
    const calls = [
      ["GET", "/me"],
      ["GET", "/instances"],
      ["GET", `/instances/${instance}`],
      ["POST", `/connectors/${connector}/check`],
    ] as const;
    return calls[turn % calls.length] as readonly [string, string];
  }

  async #signIn(index: number): Promise<string> {
    const account = this.#accounts[index % this.#accounts.length] as Account;
    this.signIns += 1;
    return this.#api.signIn(account.email, account.password);
  }

  async #signInAgain(index: number): Promise<string | undefined> {
    try {
      return await this.#signIn(index);
    } catch (error) {
      this.refusals.push(`POST /sessions: ${(error as Error).name}`);
      return undefined;
    }
  }

  async #request(method: string, path: string, token: string): Promise<void> {
    const kid = kidOf(token);
    this.requests += 1;
    this.requestsByKid.set(kid, (this.requestsByKid.get(kid) ?? 0) + 1);
    try {
      const { status } = await this.#api.call(method, path, { token });
      if (status >= 300) this.refusals.push(`${method} ${path}: ${status}`);
    } catch (error) {
      this.refusals.push(`${method} ${path}: ${(error as Error).name}`);
    }
  }
}
