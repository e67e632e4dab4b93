import { awsSecretChanges, type SecretChange } from "@qarion/provider-aws";
import type { Redis } from "ioredis";

/**
 * The changes that a Redis channel tells of, until the signal aborts. A message is an EventBridge event of Secrets
 * Manager as a relay passed it on; anything else is let pass. A message is a hint and no more: whoever can publish can
 * make one, so it names a secret to read anew and brings no value.
 *
 * Pub/sub loses what is said while nobody is connected. That costs no more than the cache's TTL: the value is then found
 * by the refresh that is due anyway.
 */
export async function* redisChanges(redis: Redis, channel: string, signal: AbortSignal): AsyncIterable<SecretChange> {
  const heard: SecretChange[] = [];
  let wake = () => {};
  const hear = (_: string, message: string) => {
    // However fast they come, a list of names that waits is bounded: the secrets that a process uses are few.
    for (const change of awsSecretChanges(message)) if (heard.length < 1_000) heard.push(change);
    wake();
  };
  const end = () => wake();
  redis.on("message", hear);
  signal.addEventListener("abort", end, { once: true });
  try {
    await redis.subscribe(channel);
    while (!signal.aborted) {
      const change = heard.shift();
      if (change) yield change;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    redis.off("message", hear);
    signal.removeEventListener("abort", end);
    await redis.unsubscribe(channel).catch(() => undefined); // the connection may be gone
  }
}
