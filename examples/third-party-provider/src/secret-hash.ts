import { type ProviderRef, type ProviderSecret, SecretsError, type Stage } from "@qarion/secrets-core";

/**
 * A secret as Redis has it: a hash with a slot for each stage. `<slot>` is the value, `<slot>:version` its version, and
 * `current:since` when that became current, in seconds since the epoch by the clock of Redis. One slot more, `next`,
 * holds a value on its way to `current`, and is empty outside of transactions.
 */
export type SecretHash = Readonly<Record<string, Buffer>>;

const stages: readonly Stage[] = ["current", "previous", "pending"];

/** What the hash has for a reference. An empty slot is not found, whatever the others hold. */
export function secretIn(hash: SecretHash, { stage, version }: ProviderRef): ProviderSecret | SecretsError {
  const slot = version === undefined ? stage : stages.find((each) => `${hash[`${each}:version`]}` === version);
  const value = slot && hash[slot];
  if (!value) return new SecretsError("ERR_SECRETS_NOT_FOUND");
  const id = hash[`${slot}:version`]?.toString();
  const since = hash[`${slot}:since`];
  return { value, ...(id && { version: id }), ...(since && { activatedAt: new Date(Number(since) * 1_000) }) };
}

/**
 * Makes the version `ARGV[1]` of the secret `KEYS[1]` current, and the current one previous, in one step. Answers 1, or 0
 * and moves nothing where there is no such version. What is current already stays as it is, so a call can be repeated;
 * the previous version can be had back.
 */
export const promoteScript = `
  local key, version = KEYS[1], ARGV[1]
  local current = redis.call('HMGET', key, 'current', 'current:version')
  if current[2] == version then return 1 end
  for _, slot in ipairs({'next', 'pending', 'previous'}) do
    local found = redis.call('HMGET', key, slot, slot .. ':version')
    if found[2] == version then
      redis.call('HDEL', key, slot, slot .. ':version')
      if current[1] then
        redis.call('HSET', key, 'previous', current[1], 'previous:version', current[2] or '')
      end
      local now = redis.call('TIME')[1]
      redis.call('HSET', key, 'current', found[1], 'current:version', version, 'current:since', now)
      return 1
    end
  end
  return 0
`;
