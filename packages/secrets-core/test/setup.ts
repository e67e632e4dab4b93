import { fakeClock } from "@qarion-testing/support";
import { type CacheOptions, createSecrets, type Secrets, type SecretsEvent } from "../src/index.js";
import { type RecordedStoreOptions, recordedStore } from "./recorded-store.js";

export const ttlMs = 60_000;
export const maxStaleMs = 600_000;

/** A `Secrets` over a recorded store, with a clock that stands still and all of its events. */
export function setup(
  initial: Record<string, string>,
  options: RecordedStoreOptions & { cache?: CacheOptions | false } = {},
) {
  const store = recordedStore(initial, options);
  const clock = fakeClock();
  const events: SecretsEvent[] = [];
  const secrets = createSecrets({
    provider: store,
    clock,
    cache: options.cache === false ? false : { ttlMs, maxStaleMs, ...options.cache },
    onEvent: (event) => events.push(event),
  });
  return { store, clock, secrets, events };
}

export async function listed(secrets: Secrets, prefix?: string): Promise<unknown[]> {
  const names: unknown[] = [];
  for await (const name of secrets.list(prefix === undefined ? undefined : { prefix })) names.push(name);
  return names;
}
