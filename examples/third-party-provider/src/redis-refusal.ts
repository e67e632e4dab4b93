import type { SecretsErrorCode } from "@qarion/secrets-core";

/**
 * What Redis said instead of an answer, by its first word: `NOPERM`, `LOADING`. No more is kept of it: errors of ioredis
 * hold the arguments of the command, such as the password of the URL and the value that was to be written.
 */
export class RedisRefusal extends Error {
  readonly word: string;

  constructor(reply: string) {
    const reason = reply.replace(/^EXECABORT .*?: /, ""); // "Transaction discarded because of: NOPERM …"
    const isFull = reason.startsWith("ERR max number of clients");
    const word = isFull ? "MAXCLIENTS" : (/^[A-Z]+(?= |$)/.exec(reason)?.[0] ?? "ERR");
    super(`Redis answered ${word}`);
    this.name = `Redis${word}Failure`; // core shows the name of an error, where it has this shape
    this.word = word;
  }
}

/** What the words mean, as Redis 7 says them. `ERR` may mean anything, so it is left to core, which fails closed. */
export const refusalCodes: ReadonlyMap<string, SecretsErrorCode> = new Map([
  ["NOAUTH", "ERR_SECRETS_UNAUTHENTICATED"], // no password was sent
  ["WRONGPASS", "ERR_SECRETS_UNAUTHENTICATED"], // a wrong one, or the user is off
  ["NOPERM", "ERR_SECRETS_ACCESS_DENIED"], // this user may not: the command, the key or the channel
  ["WRONGTYPE", "ERR_SECRETS_INVALID_VALUE"], // what is under the key is no hash
  ["MAXCLIENTS", "ERR_SECRETS_THROTTLED"],
  ["BUSY", "ERR_SECRETS_UNAVAILABLE"], // a script of somebody does not end
  ["CLUSTERDOWN", "ERR_SECRETS_UNAVAILABLE"],
  ["LOADING", "ERR_SECRETS_UNAVAILABLE"], // it has just started
  ["MASTERDOWN", "ERR_SECRETS_UNAVAILABLE"], // a replica without its master
  ["MISCONF", "ERR_SECRETS_UNAVAILABLE"], // it cannot save, and takes no writes
  ["NOREPLICAS", "ERR_SECRETS_UNAVAILABLE"], // too few replicas, and it takes no writes
  ["OOM", "ERR_SECRETS_UNAVAILABLE"], // its memory is full, and it takes no writes
  ["READONLY", "ERR_SECRETS_UNAVAILABLE"], // a write met a replica, as after a failover
  ["MOVED", "ERR_SECRETS_INVALID_CONFIG"], // a node of a cluster, which this provider is not for
]);
